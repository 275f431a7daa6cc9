"""Snippets of JavaScript and TypeScript, and what must be read in them."""

from __future__ import annotations

from snippets import Snippet

JAVASCRIPT = Snippet(
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


TYPESCRIPT = Snippet(
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


TSX = Snippet(
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
