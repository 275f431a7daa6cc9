"""Loose methods, renamed exports, packages without a name: what foreign call graphs taught us."""

from __future__ import annotations

from resolved_code import check_edges


def test_methods_of_an_object_literal_are_found() -> None:
    """A call through the variable finds the method, `this` in it means the object, and another object's is not taken."""
    check_edges("""
        #- api.js
        const api = { fetchAll() { return this.fetchOne(); }, fetchOne: () => 1 };
        const other = { fetchOne() {} };
        function run() { api.fetchAll(); api.fetchOne(); }
        """, {
            "api.run": [("api.api.fetchAll", "typed receiver"), ("api.api.fetchOne", "typed receiver")],
            "api.api.fetchAll": [("api.api.fetchOne", "self")],
        })  # fmt: skip


def test_methods_of_a_constructor_function_are_found() -> None:
    """What is assigned to a function's prototype is found on what `new` makes, and `this` tells two functions apart."""
    check_edges("""
        #- stack.js
        function Stack() {}
        Stack.prototype.push = function (x) { this.grow(); };
        Stack.prototype.grow = function () {};
        function Queue() {}
        Queue.prototype.push = function (x) { this.grow(); };
        Queue.prototype.grow = function () {};
        function run() { const s = new Stack(); s.push(1); }
        """, {
            "stack.run": [("stack.Stack", "same module"), ("stack.Stack.push", "typed receiver")],
            "stack.Stack.push": [("stack.Stack.grow", "self")],
            "stack.Queue.push": [("stack.Queue.grow", "self")],
        })  # fmt: skip


def test_a_local_function_is_no_method_of_the_function_around_it() -> None:
    """`build.step()` does not mean a function that `build` keeps to itself."""
    check_edges("""
        #- a.js
        function build() { function step() {} }
        function run() { build.step(); }
        """, {"a.run": []})  # fmt: skip


def test_lua_tables_are_modules() -> None:
    """Lua: `M.f` and `self:f` mean the module's own table, and what `require` gives has its functions."""
    check_edges("""
        #- lua/net/socket.lua
        local M = {}
        function M.open() M.bind() end
        function M.bind() end
        function M:send()
            local function soon() self:flush() end
        end
        function M:flush() end
        return M
        #- lua/disk/socket.lua
        local M = {}
        function M.open() end
        return M
        #- lua/net/client.lua
        local socket = require("net.socket")
        local function run() socket.open() end
        """, {
            "lua.net.socket.M.open": [("lua.net.socket.M.bind", "typed receiver")],
            "lua.net.socket.M.send.soon": [("lua.net.socket.M.flush", "self")],
            "lua.net.client.run": [("lua.net.socket.M.open", "import")],
        })  # fmt: skip


def test_a_package_in_the_root_folder_may_have_no_name() -> None:
    """Go files that lie in the root, without a go.mod, see each other's functions."""
    check_edges("""
        #- main.go
        package main
        func run() { step() }
        #- step.go
        package main
        func step() {}
        """, {"run": [("step", "same package")]})  # fmt: skip


def test_go_functions_are_called_with_their_types_written_out() -> None:
    """Go: with one argument `f[T](x)` looks like a conversion, with several like an index; both are calls."""
    check_edges("""
        #- go.mod
        module example.com/shop
        #- list/list.go
        package list
        func Map[T any](x T) {}
        func Fold[T, U any](x T, y U) {}
        #- main.go
        package main
        import "example.com/shop/list"
        func own[T any](x T) {}
        func run() { own[int](1); list.Map[int](1); list.Fold[int, string](1, "") }
        """, {"shop.run": [
            ("shop.own", "same module"), ("shop.list.Map", "import"), ("shop.list.Fold", "import"),
        ]})  # fmt: skip


def test_exports_under_another_name_lead_to_the_definition() -> None:
    """`export { a as b }` and `export default a` bind what they name, whatever the importer calls it."""
    check_edges("""
        #- src/store.js
        import { Far } from './far';
        class Store { save() {} }
        function open() {}
        export { open as openStore, Far as Remote };
        export default Store;
        #- src/far.js
        export class Far { save() {} }
        #- src/use.js
        import Anything, { openStore, Remote } from './store';
        function run() { openStore(); const s = new Anything(); s.save(); new Remote(); }
        """, {"src.use.run": [
            ("src.store.open", "re-export"), ("src.store.Store", "import"), ("src.store.Store.save", "typed receiver"),
            ("src.far.Far", "re-export"),
        ]})  # fmt: skip


def test_commonjs_modules_are_what_they_export() -> None:
    """What `require` gives is the module's members, or the one thing that is exported as a whole."""
    check_edges("""
        #- src/clock.js
        class Clock { tick() {} }
        function other() {}
        module.exports = Clock;
        #- src/api.js
        const api = { fetchAll() {} };
        module.exports = api;
        #- src/parts.js
        exports.cut = function () {};
        #- src/use.js
        const Timer = require('./clock');
        const web = require('./api');
        const parts = require('./parts');
        function run() { const t = new Timer(); t.tick(); web.fetchAll(); parts.cut(); }
        """, {"src.use.run": [
            ("src.clock.Clock", "import"), ("src.clock.Clock.tick", "typed receiver"),
            ("src.api.api.fetchAll", "typed receiver"), ("src.parts.cut", "import"),
        ]})  # fmt: skip
