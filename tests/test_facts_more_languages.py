"""What each of the further languages gives: symbols, calls and imports of a small realistic file."""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import dedent

import pytest

from engrep.indexers.facts import FileFacts
from engrep.indexers.modules import NO_HINTS
from engrep.indexers.parse import code_facts


@dataclass(frozen=True)
class Case:
    """A file and what it must say; calls are "receiver name", imports "module|name|alias"."""

    path: str
    source: str
    symbols: str  # lines "kind qualified.name"
    calls: str
    imports: str = ""


C = Case(
    "loop.c",
    """
    #include "uv.h"
    #define LIMIT 10
    #define ADD(a, b) ((a) + (b))
    typedef struct loop_s { int (*tick)(int); char *name, **rest; } loop_t;
    enum mode { FAST, SLOW = 2 };
    static int running = 1;
    #ifdef DEBUG
    int trace(loop_t *loop);
    #endif
    static loop_t *make(int n) { int local = 2; loop_t *l = malloc(n); l->tick(local); return l; }
    TEST_IMPL(loop_alive) { check(1); }
    """,
    """
    constant loop.LIMIT
    macro loop.ADD
    struct loop.loop_s
    field loop.loop_s.tick
    field loop.loop_s.name
    field loop.loop_s.rest
    type loop.loop_t
    enum loop.mode
    enum_member loop.mode.FAST
    enum_member loop.mode.SLOW
    variable loop.running
    function loop.trace
    function loop.make
    function loop.loop_alive
    """,
    "l tick, check",
    "uv||uv.h",
)
CPP = Case(
    "box.cc",
    """
    #include <vector>
    namespace shop { inline namespace v1 {
    template <typename T> class Box : public Base, private ns::Mixin<T> {
     public:
      Box(int n);
      ~Box();
      T& first() { return this->at(0); }
      virtual void fill(int n) = 0;
      bool operator==(const Box&) const;
      int size_;
    };
    template <typename T> void Box<T>::grow(int n) { items->add(n); std::sort<T>(n); auto p = new Lid(1); p->shut(); }
    int Outer::Inner::count() { return 0; }
    }}
    class EXPORT_API Lid final : public Base { void shut(); };
    using Numbers = std::vector<int>;
    TEST(BoxTest, Grows) { Expect(1); }
    """,
    """
    class box.shop.v1.Box
    constructor box.shop.v1.Box.Box
    method box.shop.v1.Box.~Box
    method box.shop.v1.Box.first
    method box.shop.v1.Box.fill
    method box.shop.v1.Box.operator==
    field box.shop.v1.Box.size_
    method box.shop.v1.Box.grow
    method box.shop.v1.Outer.Inner.count
    class box.Lid
    method box.Lid.shut
    type box.Numbers
    method box.BoxTest.Grows
    """,
    "this at, items add, std sort, p shut, Expect",
    "vector||vector",
)
RUST = Case(
    "net.rs",
    """
    use std::{fmt, io::{self, Read as R, *}};
    pub use self::tcp::Stream;
    /// A pool.
    #[derive(Debug)]
    pub struct Pool<T> { pub size: usize, conn: Conn }
    enum State { Idle, Busy(u32) }
    trait Close: Drop { fn close(&self); }
    impl<T> fmt::Display for Pool<T> {
        fn fmt(&self, f: &mut Formatter) -> fmt::Result { write!(f, "{}", name(1)); self.conn.send(1)?; Ok(()) }
    }
    impl Pool<u32> { pub fn new() -> Self { let c = Conn::open(); c.ping(); crate::log::note::<u8>(1); } }
    macro_rules! retry { ($x:expr) => { $x } }
    mod tests { #[test] fn works() {} }
    """,
    """
    struct net.Pool
    field net.Pool.size
    field net.Pool.conn
    enum net.State
    enum_member net.State.Idle
    enum_member net.State.Busy
    trait net.Close
    method net.Close.close
    method net.Pool.fmt
    constructor net.Pool.new
    macro net.retry
    module net.tests
    function net.tests.works
    """,
    "name, self.conn send, Conn open, c ping, crate::log note",
    "std|fmt|fmt, std::io||io, std::io|Read|R, std::io|*|*, self::tcp|Stream|Stream",
)
RUBY = Case(
    "store.rb",
    """
    require "json"
    module Shop::Core
      class Store < Base::Record
        include Comparable
        LIMIT = 3
        attr_reader :name, :size
        alias count size
        def initialize(db)
          @db = Client.new(db)
          refresh
          @db.ping
        end
        def self.open(path) = new(path)
        def ==(other); end
        def name=(text); end
      end
    end
    Point = Struct.new(:x) do
      def length; end
    end
    """,
    """
    module store.Shop.Core
    class store.Shop.Core.Store
    constant store.Shop.Core.Store.LIMIT
    property store.Shop.Core.Store.name
    property store.Shop.Core.Store.size
    method store.Shop.Core.Store.count
    constructor store.Shop.Core.Store.initialize
    method store.Shop.Core.Store.open
    method store.Shop.Core.Store.==
    method store.Shop.Core.Store.name=
    class store.Point
    method store.Point.length
    """,
    "refresh, @db ping, new",
    "json||json",
)
PHP = Case(
    "Kernel.php",
    r"""
    <?php
    namespace App\Http;
    use Lib\Log as Writer;
    use Lib\{Cache, Db\Pool};
    abstract class Kernel extends Base implements Runs, \Ns\Stops {
        use Loggable;
        const LIMIT = 1;
        private ?Pool $pool = null;
        public function __construct(private Cache $cache) {}
        protected static function boot(Pool $p): ?Kernel { $p->open(); $this->cache->get(1); self::boot(); return helper(); }
    }
    enum Suit: string { case Hearts = 'H'; }
    """,
    """
    class App.Http.Kernel
    constant App.Http.Kernel.LIMIT
    property App.Http.Kernel.pool
    constructor App.Http.Kernel.__construct
    field App.Http.Kernel.cache
    method App.Http.Kernel.boot
    enum App.Http.Suit
    enum_member App.Http.Suit.Hearts
    """,
    "$p open, $this.cache get, self boot, helper",
    r"Lib|Log|Writer, Lib|Cache|Cache, Lib\Db|Pool|Pool",
)
SWIFT = Case(
    "session.swift",
    """
    import Foundation
    public final class Session: NSObject, Sendable {
        let queue: Queue
        init(queue: Queue) { self.queue = queue }
        func run(_ task: Task) -> Result? { task.resume(); queue.add(1); return make() }
        static func == (a: Session, b: Session) -> Bool { true }
        enum State: String { case idle, busy }
    }
    extension Session: Codable { func encode() {} }
    protocol Runner { func go() -> Int }
    """,
    """
    class session.Session
    property session.Session.queue
    constructor session.Session.init
    method session.Session.run
    method session.Session.==
    enum session.Session.State
    enum_member session.Session.State.idle
    enum_member session.Session.State.busy
    method session.Session.encode
    protocol session.Runner
    method session.Runner.go
    """,
    "task resume, queue add, make",
    "Foundation||Foundation",
)
LUA = Case(
    "plug.lua",
    """
    local util = require("plug.util")
    local M = { sub = {} }
    local function trim(s) return util.clean(s) end
    function M.sub:name(b) self:trim(1) end
    M.load = function(path) trim(path) end
    local opts = { on_done = function() end }
    return M
    """,
    """
    constant plug.M
    function plug.trim
    method plug.M.sub.name
    method plug.M.load
    variable plug.opts
    function plug.opts.on_done
    """,
    "util clean, self trim, trim",
    "plug.util||util",
)
BASH = Case(
    "run.sh",
    """
    source ./lib.sh
    LIMIT=3
    start() { local x=1; check "$x" | count; }
    function stop { kill_all; }
    trap stop EXIT
    """,
    """
    constant run.LIMIT
    function run.start
    function run.stop
    """,
    "check, count, kill_all, stop",
    "./lib||./lib.sh",
)
ELIXIR = Case(
    "repo.ex",
    """
    defmodule Shop.Repo do
      @moduledoc "Stores."
      use GenServer
      alias Shop.{Item, Cart}
      alias Shop.Query, as: Q
      import Ecto.Query, only: [from: 2]
      @limit 5
      @type t :: term
      @doc "Finds one."
      @spec get(integer) :: t
      def get(id) when is_integer(id), do: Q.one(id)
      def get(:all), do: []
      defp hidden(x) do
        x |> Item.load() |> finish
      end
      defmacro trace(x), do: x
    end
    defimpl Shop.Shown, for: Shop.Item do
      def show(x), do: x
    end
    """,
    """
    module Shop.Repo
    constant Shop.Repo.limit
    type Shop.Repo.t
    function Shop.Repo.get
    function Shop.Repo.hidden
    macro Shop.Repo.trace
    method Shop.Item.show
    """,
    "Q one, Item load, finish",
    "GenServer|*|*, Shop|Item|Item, Shop|Cart|Cart, Shop.Query||Q, Ecto.Query|from|from",
)
HASKELL = Case(
    "Zipper.hs",
    """
    module Data.Zipper (focus) where
    import Data.Map (Map, insert)
    import qualified Data.Map.Strict as M
    import Data.List hiding (lookup)
    data Zip a = Zip { left :: [a], here :: a } | Empty
    class Shown a where
      shown :: a -> String
    instance Shown (Zip a) where
      shown Empty = ""
      shown z = render z
    -- | The element in focus.
    focus :: Zip a -> a
    focus Empty = fail 1
    focus z = M.find (here z) . cut $ z
    (<+>) a b = a
    """,
    """
    type Data.Zipper.Zip
    enum_member Data.Zipper.Zip.Zip
    field Data.Zipper.Zip.Zip.left
    field Data.Zipper.Zip.Zip.here
    enum_member Data.Zipper.Zip.Empty
    class Data.Zipper.Shown
    method Data.Zipper.Shown.shown
    method Data.Zipper.Zip.shown
    function Data.Zipper.focus
    function Data.Zipper.<+>
    """,
    "render, fail, M find, here, cut",
    "Data.Map|Map|Map, Data.Map|insert|insert, Data.Map.Strict||M, Data.List|*|*",
)
ZIG = Case(
    "args.zig",
    """
    const std = @import("std");
    const hash = @import("hash.zig").of;
    pub const Args = struct {
        count: u32,
        pub fn init(n: u32) Args { return Args{ .count = n }; }
        fn step(self: *Args) !void { self.next(1); try std.debug.print("x", .{}); }
    };
    const Mode = enum { on, off };
    var seen: u32 = 0;
    test "steps" { const a = Args.init(1); a.step(); }
    """,
    """
    struct args.Args
    field args.Args.count
    method args.Args.init
    method args.Args.step
    enum args.Mode
    enum_member args.Mode.on
    enum_member args.Mode.off
    variable args.seen
    function args.steps
    """,
    "self next, std.debug print, Args init, a step",
    "std||std, hash|of|hash",
)
CASES = (C, CPP, RUST, RUBY, PHP, SWIFT, LUA, BASH, ELIXIR, HASKELL, ZIG)


def facts_of(path: str, source: str) -> FileFacts:
    """Read a dedented source."""
    return code_facts(path, dedent(source).lstrip().encode(), NO_HINTS)


def check_language(case: Case) -> None:
    """Compare all symbols, and demand the calls and imports listed."""
    facts = facts_of(case.path, case.source)
    assert [f"{symbol.kind} {symbol.qualified_name}" for symbol in facts.symbols] == dedent(case.symbols).split("\n")[
        1:-1
    ]
    calls = {f"{each.receiver} {each.name}".strip() for each in facts.references if each.kind == "call"}
    assert {call.strip() for call in case.calls.split(",")} <= calls
    imports = {f"{each.module}|{each.name}|{each.alias}" for each in facts.imports}
    assert {each.strip() for each in case.imports.split(",")} <= imports


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.path)
def test_a_file_gives_its_symbols_calls_and_imports(case: Case) -> None:
    """Symbols are exactly those written; calls keep their receivers; imports their module, name and alias."""
    check_language(case)


def bases_of(path: str, source: str, name: str) -> tuple[str, ...]:
    """Give the bases of the symbol of a name."""
    return next(symbol.bases for symbol in facts_of(path, source).symbols if symbol.name == name)


def test_every_base_is_kept() -> None:
    """Base lists keep all their members, templates and access words dropped."""
    assert bases_of("box.cc", CPP.source, "Box") == ("Base", "ns.Mixin")
    assert bases_of("box.cc", CPP.source, "Lid") == ("Base",)
    assert set(bases_of("Kernel.php", PHP.source, "Kernel")) >= {"Base", "Runs", "Ns.Stops"}
    assert set(bases_of("session.swift", SWIFT.source, "Session")) >= {"NSObject", "Sendable"}


def test_trait_implementations_are_inherit_references() -> None:
    """`impl Trait for Type` and extensions say what the type implements."""
    for path, source, base in (("net.rs", RUST.source, "Display"), ("session.swift", SWIFT.source, "Codable")):
        inherits = {
            (each.name, each.receiver_type) for each in facts_of(path, source).references if each.kind == "inherit"
        }
        assert any(name == base and held for name, held in inherits)


def test_receivers_get_types_from_fields_parameters_and_assignments() -> None:
    """What this file tells of a receiver's type stands with the call."""
    expected = (
        (RUST, "send", "Conn"),
        (RUST, "ping", "Conn::open()"),
        (PHP, "open", "Pool"),
        (PHP, "get", "Cache"),
        (SWIFT, "resume", "Task"),
        (SWIFT, "add", "Queue"),
        (RUBY, "ping", "Client()"),
        (ZIG, "step", "Args.init()"),
        (CPP, "shut", "Lid()"),
    )
    for case, name, held in expected:
        types = {each.receiver_type for each in facts_of(case.path, case.source).references if each.name == name}
        assert held in types, (case.path, name, types)


def test_clauses_of_one_function_are_one_symbol() -> None:
    """A Haskell signature with its equations and the clauses of an Elixir function span one symbol."""
    focus = next(each for each in facts_of("Zipper.hs", HASKELL.source).symbols if each.name == "focus")
    assert (focus.start_line, focus.end_line, focus.signature) == (12, 14, "focus :: Zip a -> a")
    assert focus.doc == "The element in focus."
    get = next(each for each in facts_of("repo.ex", ELIXIR.source).symbols if each.name == "get")
    assert (get.start_line, get.end_line, get.doc) == (11, 12, "Finds one.")


def test_overloads_stay_apart() -> None:
    """Adjacent C++ overloads are two symbols, for only clause languages merge."""
    facts = facts_of("a.cc", "int f(int a) { return 1; }\nint f(char a) { return 2; }\n")
    assert [symbol.name for symbol in facts.symbols] == ["f", "f"]


def test_attributes_belong_to_a_rust_item() -> None:
    """The span of an item starts at its attributes, and a test attribute makes a test."""
    works = next(each for each in facts_of("a.rs", "#[test]\n#[ignore]\nfn works() {}\n").symbols)
    assert (works.start_line, works.end_line, works.is_test) == (1, 3, True)


@pytest.mark.parametrize("extension", ["c", "cc", "rs", "rb", "php", "swift", "lua", "sh", "ex", "hs", "zig"])
@pytest.mark.parametrize("data", [b"", b"\0" * 99, b"{" * 50_000, b"f(" * 20_000 + b")" * 20_000, b"x = 1\r\n\xff\n"])
def test_hostile_files_give_facts(extension: str, data: bytes) -> None:
    """Nothing that a file holds makes reading it fail, and blank-free bytes always end up in chunks."""
    facts = code_facts(f"a.{extension}", data, NO_HINTS)
    assert facts.lines >= data.count(b"\n")
    assert bool(facts.chunks) == bool(data.strip(b"\0 \r\n"))


def test_parents_never_form_a_circle() -> None:
    """A test that defines the type its suite is named after once made the two each other's parent, without end."""
    facts = facts_of("a.cc", "TEST(Pool, Grows) { struct Pool { void grow() { item.go(); } }; }\n")
    for index in range(len(facts.symbols)):
        seen, at = set(), index
        while at >= 0:
            assert at not in seen
            seen.add(at)
            at = facts.symbols[at].parent


def test_rust_items_inside_a_macro_call_are_items() -> None:
    """A macro that only switches items on or off hides none of them; what is no Rust between braces stays text."""
    text = """
use std::io;

cfg_rt! {
    /// Waits for a task.
    pub struct JoinHandle<T> { raw: T }

    cfg_unstable! {
        impl<T> JoinHandle<T> {
            pub fn abort(&self) { self.raw.shutdown(); }
        }
    }
}

mod inner {
    cfg_net! { pub fn bind() { connect() } }
}

thread_local! { static CONTEXT: u8 = const { 0 } }
fn last() { let x = vec! { 1 }; }
"""
    facts = facts_of("src/task.rs", text)
    named = {symbol.qualified_name.split("task.")[1]: symbol for symbol in facts.symbols}
    assert {"JoinHandle", "JoinHandle.abort", "inner.bind", "last"} <= named.keys()
    assert (named["JoinHandle"].start_line, named["JoinHandle"].doc) == (5, "Waits for a task.")
    assert named["JoinHandle.abort"].signature.startswith("pub fn abort")
    assert {"shutdown", "connect"} <= {use.name for use in facts.references}
    assert facts.problems == ()


def test_a_rust_macro_that_holds_no_rust_costs_nothing() -> None:
    """Where opening the braces would break the file, it is read as it stands."""
    text = "grammar! { rule fn => struct {{ ; }} impl }\n\npub fn after() {}\n"
    facts = facts_of("src/a.rs", text)
    assert [symbol.name for symbol in facts.symbols] == ["after"]
    assert facts.problems == ()
