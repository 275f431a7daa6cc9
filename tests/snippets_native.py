"""Snippets of languages that compile to machine code, and what must be read in them."""

from __future__ import annotations

from snippets import Sample

C = Sample(
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


CPP = Sample(
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


RUST = Sample(
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


SWIFT = Sample(
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


ZIG = Sample(
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
