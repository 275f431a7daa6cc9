"""Call edges: every rung, the traps around it, and the edit of one file."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence

import pytest

from engrep.engine.project import Project, project_of
from engrep.engine.resolve import ReferenceRow, resolve
from engrep.indexers.modules import is_manifest, project_hints
from engrep.indexers.parse import code_facts

CALLS = ("call", "construct", "decorate")


def read_files(fixture: str) -> dict[str, str]:
    """Split a fixture into its files, each after a line `#- path`."""
    files: dict[str, str] = {}
    for part in textwrap.dedent(fixture).split("#- ")[1:]:
        path, _, text = part.partition("\n")
        files[path.strip()] = textwrap.dedent(text)
    return files


def load(files: Mapping[str, str]) -> tuple[Project, list[ReferenceRow]]:
    """Build a project and its reference rows from files; ids are positions."""
    hints = project_hints(files, {path: text for path, text in files.items() if is_manifest(path)})
    file_rows: list[tuple[int, str, str, str, bool]] = []
    symbols: list[tuple[int, int, str, str, str, int | None, tuple[str, ...], str, str]] = []
    imports: list[tuple[int, str, str, str, int | None]] = []
    references: list[ReferenceRow] = []
    for file_id, (path, text) in enumerate(files.items()):
        facts = code_facts(path, text.encode(), hints)
        first = len(symbols)
        file_rows.append((file_id, path, facts.module, facts.language, facts.is_test))
        for each in facts.symbols:
            parent = None if each.parent < 0 else first + each.parent
            row = (len(symbols), file_id, each.name, each.qualified_name, each.kind, parent)
            symbols.append((*row, each.bases, each.returns, each.visibility))
        imports += [
            (file_id, item.module, item.name, item.alias, None if item.symbol < 0 else first + item.symbol)
            for item in facts.imports
        ]
        for use in facts.references:
            scope = None if use.symbol < 0 else first + use.symbol
            references.append((len(references), file_id, use.name, use.receiver, use.receiver_type, scope, use.kind))
    return project_of(file_rows, symbols, imports), references


def edges(fixture: str) -> tuple[dict[str, list[tuple[str, str]]], dict[str, list[str]]]:
    """Return callees with rungs, and the outcomes of what has none, by caller."""
    project, references = load(read_files(fixture))
    found: dict[str, list[tuple[str, str]]] = {}
    outcomes: dict[str, list[str]] = {}
    for row, (_, resolution) in zip(references, resolve(project, references), strict=True):
        if row[6] not in CALLS:
            continue
        caller = project.files[row[1]].module if row[5] is None else project.symbols[row[5]].qualified_name
        named = [(project.symbols[each.symbol_id].qualified_name, each.rung) for each in resolution.candidates]
        found.setdefault(caller, []).extend(named)
        outcomes.setdefault(caller, []).append(resolution.outcome)
    return found, outcomes


def check_edges(fixture: str, expected: Mapping[str, Sequence[tuple[str, str]]]) -> None:
    """Compare all edges of some callers."""
    found, _ = edges(fixture)
    assert {caller: sorted(found.get(caller, [])) for caller in expected} == {
        caller: sorted(callees) for caller, callees in expected.items()
    }


def check_outcomes(fixture: str, expected: Mapping[str, Sequence[str]]) -> None:
    """Compare what became of the calls of some callers."""
    _, outcomes = edges(fixture)
    assert {caller: outcomes.get(caller) for caller in expected} == expected


def test_a_nested_function_is_found_in_its_scope() -> None:
    """A function defined inside a function is found there before its namesake in the module."""
    check_edges("""
        #- a.py
        def helper(): ...
        def outer():
            def helper(): ...
            helper()
        def other():
            helper()
        """, {"a.outer": [("a.outer.helper", "same scope")], "a.other": [("a.helper", "same module")]})  # fmt: skip


def test_a_method_is_not_in_the_scope_of_its_neighbours() -> None:
    """A bare name in a Python method never means the class's own method of that name."""
    check_edges("""
        #- a.py
        def signature(): ...
        class Task:
            def signature(self): ...
            def run(self):
                signature()
                self.signature()
        """, {"a.Task.run": [("a.signature", "same module"), ("a.Task.signature", "self")]})  # fmt: skip


@pytest.mark.parametrize(
    ("statement", "call", "rung"),
    [
        ("from pkg.core import make", "make()", "import"),
        ("from pkg.core import make as build", "build()", "re-export"),
        ("import pkg.core", "pkg.core.make()", "import"),
        ("import pkg.core as c", "c.make()", "import"),
        ("from pkg import core", "core.make()", "import"),
        ("from pkg import make", "make()", "re-export"),
        ("from . import core", "core.make()", "import"),
        ("from .core import make", "make()", "import"),
        ("from .core import *", "make()", "import"),
    ],
)
def test_imports_lead_to_the_definition(statement: str, call: str, rung: str) -> None:
    """Every way to import a function leads to it, through `__init__` too."""
    check_edges(f"""
        #- pkg/__init__.py
        from .core import make
        #- pkg/core.py
        def make(): ...
        #- pkg/user.py
        {statement}
        def use():
            {call}
        """, {"pkg.user.use": [("pkg.core.make", rung)]})  # fmt: skip


def test_a_python_module_may_be_called_default() -> None:
    """`default` is a plain name in Python; only a JavaScript module has a default export."""
    check_edges(
        """
        #- engine/__init__.py
        class Engine: ...
        #- engine/default.py
        class Dialect:
            def rollback(self): ...
        #- sqlite.py
        from engine import default
        class SQLite(default.Dialect):
            def close(self):
                self.rollback()
        """,
        {"sqlite.SQLite.close": [("engine.default.Dialect.rollback", "inherited")]},
    )


def test_a_local_import_binds_only_in_its_function() -> None:
    """An import inside a function is seen there alone."""
    check_edges("""
        #- pkg/__init__.py
        #- pkg/core.py
        def make(): ...
        #- pkg/user.py
        def use():
            from pkg.core import make
            make()
        def other():
            make()
        """, {"pkg.user.use": [("pkg.core.make", "import")], "pkg.user.other": []})  # fmt: skip


def test_methods_are_inherited_in_resolution_order() -> None:
    """`self.m()` and `super().m()` follow the bases as Python does, across files and aliases."""
    check_edges("""
        #- base.py
        class Root:
            def save(self): ...
            def load(self): ...
        class Left(Root): ...
        class Right(Root):
            def save(self): ...
        #- child.py
        import base as b
        from base import Right as R
        class Child(b.Left, R):
            def load(self):
                super().load()
            def go(self):
                self.save()
                self.load()
        """, {
            "child.Child.load": [("base.Root.load", "inherited")],
            "child.Child.go": [("base.Right.save", "inherited"), ("child.Child.load", "self")],
        })  # fmt: skip


def test_the_type_of_a_receiver_decides_between_namesakes() -> None:
    """Annotations, constructors, attributes, return types and module variables tell the type."""
    check_edges("""
        #- types_.py
        class Disk:
            def flush_all(self): ...
        class Net:
            def flush_all(self): ...
        def make() -> Net: ...
        shared = Disk()
        #- use.py
        from types_ import Disk, Net, make, shared
        class Owner:
            def __init__(self):
                self.disk = Disk()
            def attribute(self):
                self.disk.flush_all()
        def annotated(x: Net):
            x.flush_all()
        def constructed():
            d = Disk()
            d.flush_all()
        def returned():
            n = make()
            n.flush_all()
        def chained():
            make().flush_all()
        def variable():
            shared.flush_all()
        """, {
            "use.Owner.attribute": [("types_.Disk.flush_all", "typed receiver")],
            "use.annotated": [("types_.Net.flush_all", "typed receiver")],
            "use.constructed": [("types_.Disk", "import"), ("types_.Disk.flush_all", "typed receiver")],
            "use.returned": [("types_.make", "import"), ("types_.Net.flush_all", "typed receiver")],
            "use.chained": [("types_.make", "import"), ("types_.Net.flush_all", "typed receiver")],
            "use.variable": [("types_.Disk.flush_all", "typed receiver")],
        })  # fmt: skip


def test_cls_and_decorators_resolve() -> None:
    """`cls()` is the class, `cls.m()` its method, and a decorator is a reference."""
    check_edges("""
        #- a.py
        def traced(f): ...
        class Node:
            @classmethod
            def build(cls):
                cls.check()
                return cls()
            @classmethod
            def check(cls): ...
        @traced
        def run(): ...
        """, {"a.Node.build": [("a.Node.check", "self"), ("a.Node", "self")]})  # fmt: skip


def test_a_unique_method_is_found_and_ranked_by_reach() -> None:
    """With no type known, the only method of a name counts; more when its file is imported."""
    check_edges("""
        #- far.py
        class Engine:
            def ignite_boosters(self): ...
        #- near.py
        from far import Engine
        def use(x): x.ignite_boosters()
        #- other.py
        def use(x): x.ignite_boosters()
        """, {
            "near.use": [("far.Engine.ignite_boosters", "unique in reach")],
            "other.use": [("far.Engine.ignite_boosters", "unique")],
        })  # fmt: skip


def test_several_methods_of_a_name_stay_ambiguous() -> None:
    """Namesakes that nothing tells apart are all candidates, with a low confidence, and none is chosen."""
    project, references = load(
        read_files("""
        #- a/one.py
        class One:
            def settle_up(self): ...
        #- b/two.py
        class Two:
            def settle_up(self): ...
        #- b/use.py
        def use(x): x.settle_up()
        """)
    )
    [(_, found)] = resolve(project, references)
    assert (found.outcome, found.total) == ("ambiguous", 2)
    assert {project.symbols[each.symbol_id].name for each in found.candidates} == {"settle_up"}
    assert max(each.confidence for each in found.candidates) < 0.5


def test_common_method_names_are_never_guessed() -> None:
    """A project's only `append` does not attract every list's `append`, nor a builtin's call a method."""
    check_outcomes("""
        #- a.py
        class Log:
            def append(self, x): ...
            def set(self, x): ...
        def use(rows):
            rows.append(1)
            rows.set(2)
        def literal():
            "".join([])
        """, {"a.use": ["unresolved", "unresolved"], "a.literal": ["external"]})  # fmt: skip


def test_dependencies_are_external() -> None:
    """What is imported from outside of the project is external, also through a base class or a variable."""
    check_outcomes("""
        #- a.py
        import logging
        from requests import get
        from unittest import TestCase
        log = logging.getLogger()
        class Case(TestCase):
            def run_it(self):
                self.assertSomething()
        def use():
            get()
            log.warn_twice()
            logging.shut_all()
        #- b.py
        class Other:
            def assertSomething(self): ...
            def warn_twice(self): ...
            def shut_all(self): ...
        """, {"a.Case.run_it": ["external"], "a.use": ["external"] * 3})  # fmt: skip


def test_a_package_module_does_not_shadow_the_standard_library() -> None:
    """`import json` in a package means the standard library, though the package has a module of that name."""
    check_outcomes("""
        #- pkg/__init__.py
        #- pkg/json.py
        def dumps_all(): ...
        #- pkg/use.py
        import json
        def use(): json.dumps_all()
        """, {"pkg.use.use": ["external"]})  # fmt: skip


def test_cycles_end() -> None:
    """Imports, bases and variables that lead in circles are given up, not followed forever."""
    check_outcomes("""
        #- a.py
        from b import thing
        x = x.next()
        class A(B): ...
        class B(A):
            def go(self): self.missing_one()
        def use():
            thing()
            x.missing_two()
        #- b.py
        from a import thing
        """, {"a.use": ["unresolved", "unresolved"], "a.B.go": ["unresolved"]})  # fmt: skip


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
