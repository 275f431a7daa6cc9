"""The command line as other programs meet it: JSON, exit codes, streams."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from retry_shop import SHOP, answer

if TYPE_CHECKING:
    from conftest import Cli, MakeRepo

COMMANDS = (
    "index", "search", "symbol", "callers", "callees", "implementations", "impact", "recall", "why", "brief", "remember",
    "edit", "pin", "memories", "confirm", "forget", "restore", "undo", "history", "sessions", "export", "distill", "review",
    "hook", "install", "uninstall", "mcp", "serve", "chat", "run", "models", "status", "doctor",
    "import",
)  # fmt: skip
SPOKEN_TO = {"hook", "mcp", "serve"}  # programs and a browser speak to them
HIT = {"path", "start_line", "end_line", "symbol", "qualified_name", "module", "kind", "score", "why", "text"}


SEARCH = {"query", "hits", "ambiguous", "index", "ms"}


INDEX = {
    "root", "files", "skipped", "languages", "lines", "symbols", "references", "edges", "chunks", "seconds", "updated",
    "removed",
}  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command: str, cli: Cli, tmp_path: Path) -> None:
    """Every command explains itself and offers --json and --repo, but for those that programs speak to."""
    done = cli(command, "--help", cwd=tmp_path)
    assert done.returncode == 0
    assert command in SPOKEN_TO or {"--json", "--repo"} <= set(done.stdout.split())


def test_help_names_every_command(cli: Cli, tmp_path: Path) -> None:
    """Help lists the commands, with or without asking for it."""
    with_flag, without = cli("--help", cwd=tmp_path), cli(cwd=tmp_path)
    assert (with_flag.returncode, without.returncode) == (0, 0)
    assert with_flag.stdout == without.stdout
    assert tuple(re.findall(r"^  (\w+)  ", with_flag.stdout, re.MULTILINE)) == (*COMMANDS, "eval")


def test_version(cli: Cli, tmp_path: Path) -> None:
    """--version prints the name and the version."""
    assert re.fullmatch(r"engrep \d+\.\d+\.\d+\S*\n", cli("--version", cwd=tmp_path).stdout)


def test_completion_knows_the_commands(cli: Cli, tmp_path: Path) -> None:
    """A shell that completes `engrep impl` is told the command."""
    request = {"_ENGREP_COMPLETE": "complete_bash", "COMP_WORDS": "engrep impl", "COMP_CWORD": "1"}
    assert cli(cwd=tmp_path, **request).stdout.split() == ["implementations"]


def test_index_reports_what_it_did(repo: MakeRepo, cli: Cli) -> None:
    """The report of a first run counts everything, that of a second run finds nothing to do."""
    folder = repo(SHOP)
    first = answer(cli("index", str(folder), "--json", cwd=folder.parent))
    assert first.keys() >= INDEX
    assert (first["root"], first["files"], first["updated"], first["removed"]) == (str(folder), 6, 6, 0)
    assert first["languages"] == {"python": 6}
    second = answer(cli("index", "--json", cwd=folder))
    assert (second["files"], second["updated"], second["symbols"]) == (6, 0, first["symbols"])


def test_search_gives_the_promised_shape(shop: Path, cli: Cli) -> None:
    """A search has hits, each with its place, its text and the parts of its score."""
    found = answer(cli("search", "wait after a failed request", "--json", cwd=shop))
    assert found.keys() >= SEARCH
    assert found["query"] == "wait after a failed request"
    assert found["index"].keys() >= {"commit", "stale_files", "files"}
    assert found["index"]["files"] == 6
    best = found["hits"][0]
    assert best.keys() >= HIT
    assert best["qualified_name"] == "net.retry.backoff"
    assert best["path"] == "net/retry.py"
    assert best["start_line"] <= 2 <= best["end_line"]
    assert "Wait longer after each failed request." in best["text"]
    assert sum(part["value"] for part in best["why"]) == pytest.approx(best["score"], abs=1e-3)


def test_words_need_no_quotes(shop: Path, cli: Cli) -> None:
    """Several words are one question, and so is a text on stdin."""
    words = answer(cli("search", "failed", "request", "--json", cwd=shop))
    piped = answer(cli("search", "-", "--json", cwd=shop, stdin="failed request"))
    assert words["query"] == "failed request"
    assert words["hits"] == piped["hits"]


def test_search_can_be_narrowed(shop: Path, cli: Cli) -> None:
    """Limit, path, kind and language narrow an answer."""
    narrow = ("-k", "1", "--path", "billing/*", "--kind", "function", "--lang", "python", "--json")
    found = answer(cli("search", "backoff", *narrow, cwd=shop))
    assert [hit["qualified_name"] for hit in found["hits"]] == ["billing.retry.backoff"]


def test_symbol_lists_every_namesake(shop: Path, cli: Cli) -> None:
    """A bare name gives every definition; a qualified one gives its own first."""
    every = answer(cli("symbol", "backoff", "--json", cwd=shop))
    assert {hit["qualified_name"] for hit in every["hits"]} == {"billing.retry.backoff", "net.retry.backoff"}
    for spelling in ("net.retry.backoff", "net/retry.py:backoff", "retry.backoff --from net/client.py".split()):
        asked = [spelling] if isinstance(spelling, str) else spelling
        found = answer(cli("symbol", *asked, "--json", cwd=shop))
        assert found["hits"][0]["qualified_name"] == "net.retry.backoff"


def test_undecided_namesakes_are_listed_and_strict_fails(shop: Path, cli: Cli) -> None:
    """A name that the evidence does not decide is ambiguous, and exits with 2 under --strict."""
    found = answer(cli("symbol", "backoff", "--strict", "--json", cwd=shop), code=2)
    assert found["ambiguous"].keys() >= {"name", "margin", "candidates"}
    assert {candidate["module"] for candidate in found["ambiguous"]["candidates"]} == {"billing.retry", "net.retry"}
    assert answer(cli("symbol", "net.retry.backoff", "--strict", "--json", cwd=shop))["ambiguous"] is None


def test_nothing_found_exits_with_1(shop: Path, cli: Cli) -> None:
    """An unknown name is no success, and near names are offered."""
    done = cli("symbol", "net.retry.backof", cwd=shop)
    assert done.returncode == 1
    assert "did you mean" in done.stdout + done.stderr
    assert "backoff" in done.stdout + done.stderr
    assert cli("callers", "nowhere_at_all", cwd=shop).returncode == 1


def test_nothing_found_names_the_filters_and_suggests_no_name_that_is_there(shop: Path, cli: Cli) -> None:
    """It was answered with "Nothing found for backoff; did you mean backoff?"."""
    done = cli("search", "backoff", "--lang", "rust", cwd=shop)
    assert (done.returncode, done.stdout) == (
        1,
        "Nothing found for backoff with --lang rust: no indexed file is rust; the index has python\n",
    )
    assert cli("search", "", cwd=shop).stdout == "Nothing found: the question is empty\n"


def test_a_misspelt_name_with_hits_brings_its_suggestion_too(repo: MakeRepo, cli: Cli) -> None:
    """The suggestion was in the JSON but not shown to a person as soon as anything was found."""
    folder = repo("""
        #- a.py
        class Client:
            '''Send what Clint asked for.'''
    """)
    answer(cli("index", "--json", cwd=folder))
    done = cli("search", "Clint", cwd=folder)
    assert done.returncode == 0
    assert "did you mean Client?" in done.stdout


def test_doctor_gives_no_advice_that_its_finding_contradicts(repo: MakeRepo, cli: Cli) -> None:
    """A newer database needs a newer engrep; `engrep index --full` refuses it and was advised."""
    folder = repo(SHOP, git=True)
    answer(cli("index", "--json", cwd=folder))
    with closing(sqlite3.connect(folder / ".engrep/code.db")) as connection:
        connection.execute("PRAGMA user_version = 1000")
    done = cli("doctor", cwd=folder)
    assert done.returncode == 3
    assert "upgrade engrep" in done.stdout
    assert "--full" not in done.stdout


@pytest.mark.parametrize(
    "arguments",
    [("serch", "x"), ("search",), ("search", "x", "--limit", "0"), ("search", "x", "--nope"), ("impact",)],
)
def test_a_wrong_command_line_exits_with_2(arguments: tuple[str, ...], shop: Path, cli: Cli) -> None:
    """A mistake on the command line is one line on stderr, or one object under --json."""
    done = cli(*arguments, cwd=shop)
    assert (done.returncode, done.stdout) == (2, "")
    assert re.fullmatch(r"engrep: .+\n", done.stderr)
    error = answer(cli(*arguments, "--json", cwd=shop), code=2)["error"]
    assert error.keys() == {"kind", "message", "near"}
    assert error["kind"] == "usage"


def test_an_unknown_lane_is_a_usage_error(shop: Path, cli: Cli) -> None:
    """A lane that does not exist is named in the error."""
    error = answer(cli("search", "x", "--lanes", "lexical,psychic", "--json", cwd=shop), code=2)["error"]
    assert error["kind"] == "usage"
    assert "psychic" in error["message"]


def test_a_folder_that_does_not_exist_is_a_usage_error(cli: Cli, tmp_path: Path) -> None:
    """A wrong --repo says which path."""
    error = answer(cli("search", "x", "--repo", str(tmp_path / "gone"), "--json", cwd=tmp_path), code=2)["error"]
    assert "gone" in error["message"]


@pytest.mark.parametrize("command", ["search", "symbol", "callers", "callees", "implementations", "impact"])
def test_asking_before_indexing_says_what_to_do(command: str, repo: MakeRepo, cli: Cli) -> None:
    """Without an index every question exits with 3 and names the command to run."""
    folder = repo(SHOP)
    done = cli(command, "backoff", "--repo", str(folder), cwd=folder)
    assert (done.returncode, done.stdout) == (3, "")
    assert re.fullmatch(r"engrep: .*not indexed yet: run `engrep index.*`.*\n", done.stderr)
    error = answer(cli(command, "backoff", "--repo", str(folder), "--json", cwd=folder), code=3)["error"]
    assert error["kind"] == "not_indexed"


def test_status_shows_the_index_and_what_was_left_out(repo: MakeRepo, cli: Cli) -> None:
    """Status counts the index, notices changes, and lists skipped files with their reasons."""
    folder = repo(SHOP)
    assert answer(cli("status", "--repo", str(folder), "--json", cwd=folder), code=3)["indexed"] is False
    (folder / "logo.png").write_bytes(b"\x89PNG\x00\x01\x02")
    answer(cli("index", "--repo", str(folder), "--json", cwd=folder))
    (folder / "net/retry.py").write_text("def backoff(n): return n\n", encoding="utf-8")
    state = answer(cli("status", "--skipped", "--json", cwd=folder))
    assert (state["indexed"], state["files"], state["changed_files"]) == (True, 6, 1)
    assert {"path": "logo.png", "reason": "binary"} in state["skipped_files"]
    assert "logo.png  binary" in cli("status", "--skipped", cwd=folder).stdout


def test_doctor_finds_a_sound_index_sound(shop: Path, cli: Cli) -> None:
    """Doctor gives one verdict and the checks behind it."""
    found = answer(cli("doctor", "--json", cwd=shop))
    assert found["ok"] is True
    assert all(check.keys() >= {"name", "ok", "detail", "fix"} for check in found["checks"])
