"""One snippet a language: its symbols, calls and imports. The table reads as the languages do."""

from __future__ import annotations

from textwrap import dedent
from typing import NamedTuple

import pytest

from engrep.indexers.facts import FileFacts
from engrep.indexers.modules import NO_HINTS
from engrep.indexers.parse import code_facts


class Case(NamedTuple):
    """A file and what must be read in it, each line sorted as it stands in the file."""

    path: str
    text: str
    symbols: str  # "kind qualified.name" a line
    uses: str  # "kind receiver.name : receiver type" a line; only calls, constructions, bases and decorators
    imports: str  # "module name alias" a line


JAVASCRIPT = Case(
    "lib/app.js",
    """
    import def, { a, b as c } from './x.js'
    import * as ns from 'pkg'
    export { q } from './q'
    const fs = require('fs'), { join, sep: s } = require('path')
    export const LIMIT = 3
    export default class App extends ns.Base {
      count = 0
      handle = (e) => this.run(e)
      constructor() { super(); this.store = new Store() }
      get size() { return this.store.size() }
      #hidden() {}
    }
    export const arrow = async (x) => { await fetchIt(x) }
    const View = memo(function (props) { return draw() })
    const api = { list() { return a() }, load: () => c() }
    app.use = function use(fn) { fn.call() }
    Thing.prototype.go = function () {}
    exports.helper = function () { join() }
    module.exports = function main() { new App().handle() }
    function* gen() {}
    """,
    """
    constant lib.app.LIMIT
    class lib.app.App
    field lib.app.App.count
    method lib.app.App.handle
    constructor lib.app.App.constructor
    method lib.app.App.size
    method lib.app.App.#hidden
    function lib.app.arrow
    function lib.app.View
    variable lib.app.api
    method lib.app.api.list
    method lib.app.api.load
    method lib.app.app.use
    method lib.app.Thing.go
    function lib.app.helper
    function lib.app.main
    function lib.app.gen
    """,
    """
    inherit ns.Base
    call this.run
    call super
    construct Store
    call this.store.size : Store
    call fetchIt
    call memo
    call draw
    call a
    call c
    call fn.call
    call join
    construct App
    call new App().handle
    """,
    """
    ./x default def
    ./x a a
    ./x b c
    pkg  ns
    ./q q q
    fs  fs
    path join join
    path sep s
    """,
)

TYPESCRIPT = Case(
    "src/svc/index.ts",
    """
    import type { Repo } from '../repo'
    import cfg = require('./cfg')
    export interface Shape extends Base, Other<T> { area(): number; name: string }
    export abstract class Svc extends Core<X> implements Shape {
      private readonly cache = new Map<string, Item>()
      constructor(private repo: Repo, public log?: Logger) { super() }
      protected load(id: string): Promise<Item> { return this.repo.find(id) }
      get all(): Item[] { return this.cache.values() }
      abstract x(): void
      @memo() y() {}
    }
    export enum Color { Red, Green = 2 }
    export type Id = string | number
    namespace Inner { export function deep(s: Svc): Item { return s.load('') } }
    export function over(a: string): void
    export const make = (r: Repo): Svc => new Svc(r)
    declare module 'ext' { export function outside(): void }
    """,
    """
    interface src.svc.Shape
    method src.svc.Shape.area
    field src.svc.Shape.name
    class src.svc.Svc
    field src.svc.Svc.cache
    constructor src.svc.Svc.constructor
    field src.svc.Svc.repo
    field src.svc.Svc.log
    method src.svc.Svc.load
    method src.svc.Svc.all
    method src.svc.Svc.x
    method src.svc.Svc.y
    enum src.svc.Color
    enum_member src.svc.Color.Red
    enum_member src.svc.Color.Green
    type src.svc.Id
    namespace src.svc.Inner
    function src.svc.Inner.deep
    function src.svc.over
    function src.svc.make
    namespace src.svc.ext
    function src.svc.ext.outside
    """,
    """
    inherit Base
    inherit Other
    inherit Core
    inherit Shape
    construct Map
    call super
    call this.repo.find : Repo
    call this.cache.values : Map
    decorate memo
    call s.load : Svc
    construct Svc
    """,
    """
    ../repo Repo Repo
    ./cfg  cfg
    """,
)

TSX = Case(
    "web/List.tsx",
    """
    import React from 'react'
    export function List({ items }: Props) {
      const onClick = () => pick(items)
      return <Frame.Box><Row key={1} onClick={onClick} /><div>{render()}</div></Frame.Box>
    }
    export default React.memo(List)
    """,
    """
    function web.List.List
    function web.List.List.onClick
    """,
    """
    call pick
    call Frame.Box
    call Row
    call render
    call React.memo
    """,
    """
    react default React
    """,
)

GO = Case(
    "net/server.go",
    """
    package net
    import (
        "fmt"
        str "strings"
        . "dot/all"
        "gopkg.in/yaml.v3"
    )
    const Limit = 1
    var state = newState()
    type Server struct {
        *Base
        pkg.Mixin
        store *Store
        Name  string
    }
    type Saver interface {
        io.Writer
        Save(key string) error
    }
    type Handler func(a int)
    func (s *Server[T]) Run(x Item) (*Result, error) {
        s.store.Put(x)
        x.Check()
        c := NewClient(1)
        c.Do()
        o := &Options{A: 1}
        o.Apply()
        go func() { fmt.Println(str.ToUpper("a")) }()
        return nil, nil
    }
    func New() *Server { return &Server{} }
    """,
    """
    constant net.Limit
    variable net.state
    struct net.Server
    field net.Server.store
    field net.Server.Name
    interface net.Saver
    method net.Saver.Save
    type net.Handler
    method net.Server.Run
    function net.New
    """,
    """
    call newState
    inherit Base
    inherit pkg.Mixin
    inherit io.Writer
    call s.store.Put : Store
    call x.Check : Item
    call NewClient
    call c.Do : NewClient()
    construct Options
    call o.Apply : Options
    call fmt.Println
    call str.ToUpper
    construct Server
    """,
    """
    fmt  fmt
    strings  str
    dot/all * *
    gopkg.in/yaml.v3  yaml
    """,
)

JAVA = Case(
    "src/main/java/org/acme/Order.java",
    """
    package org.acme;
    import java.util.List;
    import static org.acme.Checks.*;
    import static org.acme.Names.full;
    @Entity(name = "o")
    public class Order<T> extends Base<T> implements Item, java.io.Closeable {
        private final Store store = new Store();
        static final int MAX = 1;
        public Order(Store s) { super(s); this.store.open(); }
        @Override public List<Line> lines(Query q) {
            q.run();
            var made = new Maker();
            made.make();
            for (Line line : all()) line.check();
            items.forEach(Line::print);
            return helper().of(1).list();
        }
        enum State { OPEN, CLOSED; boolean done() { return this == CLOSED; } }
        interface Visitor { void visit(Order o); }
        record Point(int x, int y) { Point { validate(x); } }
    }
    """,
    """
    class org.acme.Order
    field org.acme.Order.store
    field org.acme.Order.MAX
    constructor org.acme.Order.Order
    method org.acme.Order.lines
    enum org.acme.Order.State
    enum_member org.acme.Order.State.OPEN
    enum_member org.acme.Order.State.CLOSED
    method org.acme.Order.State.done
    interface org.acme.Order.Visitor
    method org.acme.Order.Visitor.visit
    record org.acme.Order.Point
    field org.acme.Order.Point.x
    field org.acme.Order.Point.y
    constructor org.acme.Order.Point.Point
    """,
    """
    decorate Entity
    inherit Base
    inherit Item
    inherit java.io.Closeable
    construct Store
    call super
    call this.store.open : Store
    decorate Override
    call q.run : Query
    construct Maker
    call made.make : Maker
    call all
    call line.check : Line
    call items.forEach
    call Line.print
    call helper
    call helper().of
    call helper().of().list
    call validate
    """,
    """
    java.util List List
    org.acme.Checks * *
    org.acme.Names full full
    """,
)

KOTLIN = Case(
    "src/Shop.kt",
    """
    package org.acme.shop
    import a.b.C
    import a.b.D as E
    import x.y.*

    @Serializable
    class Shop<T>(private val store: Store, name: String) : Base<T>(name), Open by x {
        val total: Int get() = store.sum()
        companion object {
            const val MAX = 1
            fun create(): Shop = Shop(Store())
        }
        override fun open(door: Door?): Boolean {
            door?.unlock(1) { it.go() }
            val key = Key()
            key.turn()
            return a until b
        }
        enum class State { ON, OFF }
    }

    interface Open {
        fun open(door: Door?): Boolean
    }

    object Single : Open
    data class Point(val x: Int)
    fun String.shout(n: Int): String = this.uppercase()
    typealias Doors = List<Door>
    val top = load()
    """,
    """
    class org.acme.shop.Shop
    property org.acme.shop.Shop.store
    property org.acme.shop.Shop.total
    property org.acme.shop.Shop.MAX
    method org.acme.shop.Shop.create
    method org.acme.shop.Shop.open
    enum org.acme.shop.Shop.State
    enum_member org.acme.shop.Shop.State.ON
    enum_member org.acme.shop.Shop.State.OFF
    interface org.acme.shop.Open
    method org.acme.shop.Open.open
    object org.acme.shop.Single
    class org.acme.shop.Point
    property org.acme.shop.Point.x
    function org.acme.shop.shout
    type org.acme.shop.Doors
    variable org.acme.shop.top
    """,
    """
    decorate Serializable
    inherit Base
    inherit Open
    call store.sum : Store
    call Shop
    call Store
    call door.unlock : Door
    call it.go
    call Key
    call key.turn : Key()
    call a.until
    inherit Open
    call this.uppercase
    call load
    """,
    """
    a.b C C
    a.b D E
    x.y * *
    """,
)

SCALA = Case(
    "src/Shop.scala",
    """
    package org.acme
    package shop
    import a.b.C
    import a.b.{D, E => F, _}
    import x.y._
    @entity class Shop[T](val store: Store, name: Int) extends Base[T](name) with Open {
      private val cache: Cache = new Cache()
      lazy val size = store.count()
      def this(a: Int) = this(a, 1)
      private[shop] def open(door: Door): Key = {
        door.unlock(1)
        val k = Key(2)
        k.turn()
        xs map twice
      }
    }
    object Shop { def apply(): Shop = new Shop(1) }
    trait Open { def open(d: Door): Key }
    case class Point(x: Int)
    enum Color { case Red, Green }
    given ordering: Ordering[Point] with { def compare(a: Point) = 1 }
    extension (s: String) def shout(n: Int) = s.upper(n)
    """,
    """
    class org.acme.shop.Shop
    field org.acme.shop.Shop.store
    field org.acme.shop.Shop.cache
    field org.acme.shop.Shop.size
    constructor org.acme.shop.Shop.this
    method org.acme.shop.Shop.open
    object org.acme.shop.Shop
    method org.acme.shop.Shop.apply
    trait org.acme.shop.Open
    method org.acme.shop.Open.open
    class org.acme.shop.Point
    field org.acme.shop.Point.x
    enum org.acme.shop.Color
    enum_member org.acme.shop.Color.Red
    enum_member org.acme.shop.Color.Green
    object org.acme.shop.ordering
    method org.acme.shop.ordering.compare
    function org.acme.shop.shout
    """,
    """
    decorate entity
    inherit Base
    inherit Open
    construct Cache
    call store.count : Store
    call this
    call door.unlock : Door
    call Key
    call k.turn : Key()
    call xs.map
    construct Shop
    inherit Ordering
    call s.upper : String
    """,
    """
    a.b C C
    a.b D D
    a.b E F
    a.b * *
    x.y * *
    """,
)

CSHARP = Case(
    "src/Shop.cs",
    """
    using System.Linq;
    using static System.Math;
    using Alias = A.B.C;
    namespace Acme.Shop;
    [Table("x")]
    public class Shop<T> : Base<T>, IOpen where T : new()
    {
        private readonly Store _store = new Store();
        const int Max = 1;
        public int Total { get; set; }
        public int Sum => _store.Sum();
        public Shop(int x) : base(x) { this.Total = 1; }
        protected async Task<Key> Open(Door door)
        {
            door?.Unlock(1);
            var key = new Key();
            key.Turn<int>(2);
            var made = Make();
            made.Run();
            void Local() { base.Close(); }
            return await Get().First();
        }
        public static Shop operator +(Shop a, Shop b) => a;
        enum State { On, Off = 2 }
    }
    public record Point(int X);
    interface IOpen { void Open(Door d); }
    """,
    """
    class Acme.Shop.Shop
    field Acme.Shop.Shop._store
    field Acme.Shop.Shop.Max
    property Acme.Shop.Shop.Total
    property Acme.Shop.Shop.Sum
    constructor Acme.Shop.Shop.Shop
    method Acme.Shop.Shop.Open
    function Acme.Shop.Shop.Open.Local
    method Acme.Shop.Shop.+
    enum Acme.Shop.Shop.State
    enum_member Acme.Shop.Shop.State.On
    enum_member Acme.Shop.Shop.State.Off
    record Acme.Shop.Point
    property Acme.Shop.Point.X
    interface Acme.Shop.IOpen
    method Acme.Shop.IOpen.Open
    """,
    """
    decorate Table
    inherit Base
    inherit IOpen
    construct Store
    call _store.Sum : Store
    call base
    call door.Unlock : Door
    construct Key
    call key.Turn : Key
    call Make
    call made.Run : Make()
    call base.Close
    call Get
    call Get().First
    """,
    """
    System.Linq * *
    System.Math * *
    A.B C Alias
    """,
)

CSHARP_BLOCK = Case(
    "src/Old.cs",
    """
    namespace Acme.Old { class A { void F() { } } }
    """,
    """
    namespace Acme.Old
    class Acme.Old.A
    method Acme.Old.A.F
    """,
    "",
    "",
)

CASES = [JAVASCRIPT, TYPESCRIPT, TSX, GO, JAVA, KOTLIN, SCALA, CSHARP, CSHARP_BLOCK]


def lines_of(text: str) -> list[str]:
    """Split a block of the table into its lines."""
    return [line.strip() for line in text.strip().splitlines()]


def facts_of(case: Case) -> FileFacts:
    """Read a case's snippet."""
    return code_facts(case.path, dedent(case.text).lstrip("\n").encode(), NO_HINTS)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.path)
def test_symbols(case: Case) -> None:
    """Definitions are found with their kind, under the names that the language gives them."""
    facts = facts_of(case)
    assert facts.problems == ()
    assert [f"{symbol.kind} {symbol.qualified_name}" for symbol in facts.symbols] == lines_of(case.symbols)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.path)
def test_uses(case: Case) -> None:
    """Calls, constructions, decorators and bases are found with their receiver and what is known of its type."""
    facts = facts_of(case)
    found = sorted((use.line, use.kind == "inherit", position, use) for position, use in enumerate(facts.references))
    written = [
        f"{use.kind} {use.receiver + '.' if use.receiver else ''}{use.name}{' : ' + use.receiver_type if use.receiver_type else ''}"
        for _, _, _, use in found
        if use.kind != "type"
    ]
    assert sorted(written) == sorted(lines_of(case.uses))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.path)
def test_imports(case: Case) -> None:
    """Imports give module, member and the name they are bound to."""
    assert [f"{each.module} {each.name} {each.alias}" for each in facts_of(case).imports] == lines_of(case.imports)
