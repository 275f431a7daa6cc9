"""Call edges in the languages that find names by package, path and header."""

from __future__ import annotations

from resolved_code import check_edges


def test_go_packages_and_embedded_types() -> None:
    """Go: the package is the folder, imports go by path, embedded methods are inherited."""
    check_edges("""
        #- go.mod
        module example.com/shop
        #- cart/cart.go
        package cart
        type Base struct{}
        func (b *Base) Audit() {}
        type Cart struct { Base }
        func NewCart() *Cart { return &Cart{} }
        #- cart/more.go
        package cart
        func Fill() { NewCart() }
        #- main.go
        package main
        import "example.com/shop/cart"
        func run() {
            c := cart.NewCart()
            c.Audit()
        }
        """, {
            "shop.cart.Fill": [("shop.cart.NewCart", "same package")],
            "shop.run": [("shop.cart.NewCart", "import"), ("shop.cart.Base.Audit", "inherited")],
        })  # fmt: skip


def test_typescript_imports_by_path() -> None:
    """TypeScript: relative paths, index files, re-exports, `this` and typed members."""
    check_edges("""
        #- src/store/index.ts
        export { open } from './disk';
        #- src/store/disk.ts
        export function open() {}
        export class Disk { spinUp() {} }
        #- src/app.ts
        import { open } from './store';
        import * as disk from './store/disk';
        class App {
            constructor(private drive: disk.Disk) {}
            start() { open(); this.halt(); this.drive.spinUp(); disk.open(); }
            halt() {}
        }
        """, {"src.app.App.start": [
            ("src.store.disk.open", "re-export"), ("src.app.App.halt", "self"),
            ("src.store.disk.Disk.spinUp", "typed receiver"), ("src.store.disk.open", "import"),
        ]})  # fmt: skip


def test_java_packages_and_implicit_this() -> None:
    """Java: bare calls mean the class and its bases, types of the same package need no import."""
    check_edges("""
        #- src/a/Base.java
        package a;
        public class Base { protected void audit() {} }
        #- src/a/Job.java
        package a;
        import b.Sink;
        public class Job extends Base {
            void run(Sink sink) { audit(); step(); sink.drainAll(); }
            void step() {}
        }
        #- src/b/Sink.java
        package b;
        public class Sink { public void drainAll() {} }
        """, {"a.Job.run": [
            ("a.Base.audit", "inherited"), ("a.Job.step", "self"), ("b.Sink.drainAll", "typed receiver"),
        ]})  # fmt: skip


def test_rust_paths() -> None:
    """Rust: `use crate::…`, associated functions and `self`."""
    check_edges("""
        #- Cargo.toml
        [package]
        name = "net"
        #- src/lib.rs
        mod tcp;
        use crate::tcp::Conn;
        pub fn start() { let c = Conn::dial(); c.greet(); }
        #- src/tcp.rs
        pub struct Conn {}
        impl Conn {
            pub fn dial() -> Conn { Conn {} }
            pub fn greet(&self) { self.shake_hands(); }
            fn shake_hands(&self) {}
        }
        """, {
            "net.start": [("net.tcp.Conn.dial", "typed receiver"), ("net.tcp.Conn.greet", "typed receiver")],
            "net.tcp.Conn.greet": [("net.tcp.Conn.shake_hands", "self")],
        })  # fmt: skip


def test_c_functions_behind_headers() -> None:
    """C: a declaration stands for its one definition, and another file's static function is out of sight."""
    check_edges("""
        #- list.h
        void list_add(int x);
        #- other.c
        #include "list.h"
        void list_add(int x) { }
        static void tick(void) { }
        #- main.c
        #include "list.h"
        static void tick(void) { }
        void run(void) { list_add(1); tick(); }
        """, {"main.run": [("other.list_add", "unique in reach"), ("main.tick", "same module")]})  # fmt: skip
