"""Filters and choices that name nothing: an error that says what there is, and no empty answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Cli, MakeRepo


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ("--lang klingon", "there is no language klingon; there are bash, c, cpp, csharp, "),
        ("--lang pyhton", "there is no language pyhton; did you mean python?; there are bash, "),
        ("--lang ts", "there is no language ts; did you mean typescript?; there are bash, "),
        ("--kind foo", "there is no kind of symbol foo; there are function, method, constructor, class, "),
        ("--kind klass", "there is no kind of symbol klass; did you mean class?; there are function, "),
        ("--from missing/file.py", "there is no file missing/file.py to ask from"),
        ("--from retry.py", "there is no file retry.py to ask from; did you mean billing/retry.py or net/retry.py?"),
        ("--lanes x", "there is no lane x; the lanes are lexical, dense, identity, graph"),
    ],
)
def test_a_filter_that_names_nothing_is_refused(options: str, says: str, shop: Path, cli: Cli) -> None:
    """A slip of the pen was an empty answer, or went unnoticed."""
    done = cli("search", "backoff", *options.split(), cwd=shop)
    assert (done.returncode, done.stdout) == (2, "")
    assert says in done.stderr


def test_symbol_refuses_an_asker_that_is_not_there(shop: Path, cli: Cli) -> None:
    """The same slip decided between no namesakes, and nobody was told."""
    done = cli("symbol", "backoff", "--from", "net/clinet.py", cwd=shop)
    assert done.returncode == 2
    assert "there is no file net/clinet.py to ask from; did you mean net/client.py?" in done.stderr


@pytest.mark.parametrize("options", ["--lang Python", "--kind Function", "--from fresh.py", "--from net/client.py"])
def test_what_there_is_is_taken(options: str, shop: Path, cli: Cli) -> None:
    """Capitals do not matter, and one may ask from a file that the index does not have yet."""
    (shop / "fresh.py").write_text("from net.retry import backoff\n", encoding="utf-8")
    assert cli("search", "backoff", *options.split(), cwd=shop).returncode == 0


def test_one_may_ask_from_a_file_that_is_gone(shop: Path, cli: Cli) -> None:
    """While the index has it, it tells what was meant there."""
    path = shop / "net" / "client.py"
    kept = path.read_bytes()
    path.unlink()
    try:
        assert cli("search", "backoff", "--from", "net/client.py", cwd=shop).returncode == 0
    finally:
        path.write_bytes(kept)


@pytest.mark.parametrize("spec", ["./no/such.npz", "such.npz", "no/such/folder"])
def test_an_embedder_that_is_not_there_is_missing(spec: str, shop: Path, cli: Cli) -> None:
    """A path was "no embedder", as if it had been misspelt as one."""
    done = cli("index", "--embedder", spec, cwd=shop)
    assert done.returncode == 2
    assert f"{spec} is no embedder: there is no file or folder {shop / spec}" in " ".join(done.stderr.split())


def test_a_word_that_is_no_embedder_tells_what_there_is(shop: Path, cli: Cli) -> None:
    """What cannot be a path is a choice that is misspelt."""
    done = cli("index", "--embedder", "statik", cwd=shop)
    assert done.returncode == 2
    assert "statik is no embedder: name one of none, static, " in done.stderr


def test_a_choice_of_no_vectors_is_told_as_long_as_it_lasts(repo: MakeRepo, cli: Cli) -> None:
    """Made once in passing, it stays with the index, and no command said so."""
    folder = repo("#- a.py\ndef backoff(n): return n\n")
    says = "none, by choice: `engrep index --embedder static` makes them"
    assert says in cli("index", cwd=folder, ENGREP_EMBEDDER="none").stdout
    for command in ("index", "status"):
        assert says in cli(command, cwd=folder, ENGREP_EMBEDDER="").stdout
    assert "by choice" not in cli("index", "--embedder", "static", cwd=folder, ENGREP_EMBEDDER="").stdout
    assert "by choice" not in cli("status", cwd=folder, ENGREP_EMBEDDER="").stdout
