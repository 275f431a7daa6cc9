"""What each of the further languages gives: symbols, calls and imports of a small realistic file."""

from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING

import pytest
from snippets_dynamic import BASH, ELIXIR, HASKELL, LUA, PHP, RUBY
from snippets_native import CPP, RUST, SWIFT, ZIG, C

from engrep.indexers.facts import FileFacts
from engrep.indexers.modules import NO_HINTS
from engrep.indexers.parse import code_facts

if TYPE_CHECKING:
    from snippets import Sample

CASES = (C, CPP, RUST, RUBY, PHP, SWIFT, LUA, BASH, ELIXIR, HASKELL, ZIG)


def facts_of(path: str, source: str) -> FileFacts:
    """Read a dedented source."""
    return code_facts(path, dedent(source).lstrip().encode(), NO_HINTS)


def check_language(case: Sample) -> None:
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
def test_a_file_gives_its_symbols_calls_and_imports(case: Sample) -> None:
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
