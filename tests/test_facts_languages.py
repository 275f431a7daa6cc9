"""One snippet a language: its symbols, calls and imports. The table reads as the languages do."""

from __future__ import annotations

from textwrap import dedent

import pytest
from snippets import Snippet
from snippets_javascript import JAVASCRIPT, TSX, TYPESCRIPT
from snippets_jvm import JAVA, KOTLIN, SCALA

from engrep.indexers.facts import FileFacts
from engrep.indexers.modules import NO_HINTS
from engrep.indexers.parse import code_facts

GO = Snippet(
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


CSHARP = Snippet(
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

CSHARP_BLOCK = Snippet(
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


def facts_of(case: Snippet) -> FileFacts:
    """Read a case's snippet."""
    return code_facts(case.path, dedent(case.text).lstrip("\n").encode(), NO_HINTS)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.path)
def test_symbols(case: Snippet) -> None:
    """Definitions are found with their kind, under the names that the language gives them."""
    facts = facts_of(case)
    assert facts.problems == ()
    assert [f"{symbol.kind} {symbol.qualified_name}" for symbol in facts.symbols] == lines_of(case.symbols)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.path)
def test_uses(case: Snippet) -> None:
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
def test_imports(case: Snippet) -> None:
    """Imports give module, member and the name they are bound to."""
    assert [f"{each.module} {each.name} {each.alias}" for each in facts_of(case).imports] == lines_of(case.imports)
