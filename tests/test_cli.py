"""The command line as other programs meet it: JSON, exit codes, streams."""

from __future__ import annotations

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from conftest import Cli, MakeRepo, cli_environment, commit_all, write_files

COMMANDS = (
    "index", "search", "symbol", "callers", "callees", "implementations", "impact", "recall", "brief", "remember",
    "edit", "pin", "memories", "confirm", "forget", "restore", "undo", "history", "sessions", "export", "distill", "review", "hook", "install", "uninstall", "status", "doctor",
    "import",
)  # fmt: skip
SPOKEN_TO = {"hook"}  # they take their root and their JSON from a program
SHOP = '''
    #- billing/__init__.py
    """Money."""
    #- billing/retry.py
    """When a payment is tried again."""
    def backoff(n):
        """Wait a day for each failed payment."""
        return n * 86400
    #- billing/charge.py
    from billing.retry import backoff
    def charge(card):
        """Charge a card and try again later."""
        return backoff(1)
    #- net/__init__.py
    """Sockets."""
    #- net/retry.py
    """When a request is sent again."""
    def backoff(n):
        """Wait longer after each failed request."""
        return 0.1 * 2 ** n
    #- net/client.py
    from net.retry import backoff
    class Client:
        """Send requests."""
        def send(self, request):
            """Send a request until it succeeds."""
            return backoff(2)
    class Quiet(Client):
        """A client that says nothing."""
        def send(self, request):
            return None
'''
HIT = {"path", "start_line", "end_line", "symbol", "qualified_name", "module", "kind", "score", "why", "text"}
SEARCH = {"query", "hits", "ambiguous", "index", "ms"}
EDGES = {"symbol", "total", "shown", "edges", "ambiguous_references", "unresolved_references", "reason", "namesakes"}
EDGE = {"qualified_name", "path", "line", "rung", "confidence"}
INDEX = {
    "root", "files", "skipped", "languages", "lines", "symbols", "references", "edges", "chunks", "seconds", "updated",
    "removed",
}  # fmt: skip


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, cli: Cli) -> Path:
    """Make a git repository with two namesakes and index it."""
    folder = write_files(tmp_path_factory.mktemp("shop"), SHOP)
    commit_all(folder)
    assert cli("index", cwd=folder).returncode == 0
    return folder


def answer(done: subprocess.CompletedProcess[str], code: int = 0) -> Any:
    """Give the one JSON object of a run, after checking its exit code and that nothing else was printed."""
    assert done.returncode == code, done.stderr or done.stdout
    assert done.stderr == ""
    return json.loads(done.stdout)


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


@pytest.mark.parametrize(
    ("command", "name", "expected"),
    [
        ("callers", "net.retry.backoff", "net.client.Client.send"),
        ("callees", "billing.charge.charge", "billing.retry.backoff"),
        ("implementations", "net.client.Client", "net.client.Quiet"),
        ("impact", "billing.retry.backoff", "billing.charge.charge"),
    ],
)
def test_the_call_graph_has_the_promised_shape(command: str, name: str, expected: str, shop: Path, cli: Cli) -> None:
    """Each walk names the symbol at the other end of the edge, its place, its rung and its confidence."""
    walked = answer(cli(command, name, "--json", cwd=shop))
    assert walked.keys() >= EDGES
    assert (walked["symbol"], walked["total"], walked["shown"]) == (name, 1, 1)
    assert walked["edges"][0].keys() >= EDGE
    assert walked["edges"][0]["qualified_name"] == expected
    assert 0 < walked["edges"][0]["confidence"] <= 1


def test_impact_reads_a_git_diff(repo: MakeRepo, cli: Cli) -> None:
    """A changed function reaches its callers."""
    folder = repo(SHOP, git=True)
    text = (folder / "net/retry.py").read_text(encoding="utf-8")
    (folder / "net/retry.py").write_text(text.replace("0.1 *", "0.2 *"), encoding="utf-8")
    answer(cli("index", "--json", cwd=folder))
    reached = answer(cli("impact", "--diff", "HEAD", "--json", cwd=folder))
    assert "net.client.Client.send" in {edge["qualified_name"] for edge in reached["edges"]}


def test_impact_of_a_deleted_or_moved_file_reaches_its_callers(repo: MakeRepo, cli: Cli) -> None:
    """Whoever calls what is gone is reached; it was answered with "no indexed symbol changed"."""
    folder = repo(SHOP, git=True)
    answer(cli("index", "--json", cwd=folder))
    (folder / "net/retry.py").rename(folder / "net/again.py")
    reached = answer(cli("impact", "--diff", "HEAD", "--json", cwd=folder))
    assert "net.client.Client.send" in {edge["qualified_name"] for edge in reached["edges"]}


def test_impact_says_when_the_index_is_older_than_the_changes(repo: MakeRepo, cli: Cli) -> None:
    """The lines of a diff may be other lines in an older index, so the answer says so until it is made again."""
    folder = repo(SHOP, git=True)
    answer(cli("index", "--json", cwd=folder))
    text = (folder / "net/retry.py").read_text(encoding="utf-8")
    (folder / "net/retry.py").write_text(f"# one\n# two\n{text}", encoding="utf-8")
    assert "1 file newer than the index" in answer(cli("impact", "--diff", "HEAD", "--json", cwd=folder))["symbol"]
    answer(cli("index", "--json", cwd=folder))
    assert "newer" not in answer(cli("impact", "--diff", "HEAD", "--json", cwd=folder), 1)["symbol"]


def test_the_call_graph_names_the_namesakes_it_does_not_speak_of(shop: Path, cli: Cli) -> None:
    """A bare name of two functions is answered for one of them; the other is named, unless the module was."""
    bare = answer(cli("callers", "backoff", "--json", cwd=shop))
    assert {bare["symbol"], *bare["namesakes"]} == {"net.retry.backoff", "billing.retry.backoff"}
    assert bare["namesakes"][0] in cli("callers", "backoff", cwd=shop).stdout
    assert answer(cli("callers", "net.retry.backoff", "--json", cwd=shop))["namesakes"] == []


def test_nothing_found_exits_with_1(shop: Path, cli: Cli) -> None:
    """An unknown name is no success, and near names are offered."""
    done = cli("symbol", "net.retry.backof", cwd=shop)
    assert done.returncode == 1
    assert "did you mean" in done.stdout + done.stderr
    assert "backoff" in done.stdout + done.stderr
    assert cli("callers", "nowhere_at_all", cwd=shop).returncode == 1


def test_nothing_found_names_the_filters_and_suggests_no_name_that_is_there(shop: Path, cli: Cli) -> None:
    """It was answered with "Nothing found for backoff; did you mean backoff?"."""
    done = cli("search", "backoff", "--lang", "klingon", cwd=shop)
    assert (done.returncode, done.stdout) == (1, "Nothing found for backoff with --lang klingon\n")
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


def test_nobody_calling_says_why(shop: Path, cli: Cli) -> None:
    """An empty walk exits with 1 and carries its reason."""
    walked = answer(cli("callers", "billing.charge.charge", "--json", cwd=shop), code=1)
    assert walked["edges"] == []
    assert walked["reason"]


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


@pytest.mark.parametrize(
    "arguments",
    [("index",), ("search", "backoff", "-v"), ("callers", "net.retry.backoff"), ("status",), ("doctor",)],
)
def test_piped_output_is_plain(arguments: tuple[str, ...], shop: Path, cli: Cli) -> None:
    """Nothing but text goes into a pipe, and no progress bar to stderr."""
    done = cli(*arguments, cwd=shop)
    assert (done.returncode, done.stderr) == (0, "")
    assert "\x1b" not in done.stdout


def test_piped_lines_are_whole(shop: Path, cli: Cli) -> None:
    """A line in a pipe is never wrapped, and the place reads `path:line`."""
    headlines = [
        line for line in cli("search", "backoff", cwd=shop, COLUMNS="20").stdout.splitlines() if "retry.py" in line
    ]
    assert "net.retry.backoff  function  net/retry.py:2" in headlines


@pytest.mark.skipif(os.name == "nt", reason="needs a pseudo terminal")
def test_a_terminal_gets_colour_unless_told_not_to(shop: Path) -> None:
    """On a terminal the matched words are marked; NO_COLOR turns colour off."""
    assert "\x1b[1;33mbackoff" in on_a_terminal(["search", "backoff"], shop)
    assert "\x1b[1;33m" not in on_a_terminal(["search", "backoff"], shop, NO_COLOR="1")


def on_a_terminal(arguments: list[str], cwd: Path, **environment: str) -> str:
    """Run the command line with a terminal as its stdout and give what appeared there."""
    import pty

    reader, writer = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "engrep", *arguments],
        cwd=cwd,
        env=cli_environment(TERM="xterm-256color", **environment),
        stdout=writer,
        stderr=subprocess.DEVNULL,
    )
    os.close(writer)
    shown = bytearray()
    try:
        while block := os.read(reader, 65536):
            shown += block
    except OSError:  # the terminal is gone with the last writer
        pass
    finally:
        os.close(reader)
    assert process.wait(60) == 0
    return shown.decode()


@pytest.mark.skipif(os.name == "nt", reason="such names do not exist there")
def test_hostile_names_stay_text(repo: MakeRepo, cli: Cli) -> None:
    """Control characters, markup and undecodable bytes in a name or a text neither act nor crash."""
    folder = repo(SHOP)
    name = "e\x1b[31mvil\n[red]\u202e.py"
    (folder / name).write_text("def qwertz(): return '\x1b[2J [bold]:smile:'\n", encoding="utf-8")
    answer(cli("index", str(folder), "--json", cwd=folder))
    shown = cli("search", "qwertz", cwd=folder)
    assert shown.returncode == 0
    assert not set("\x1b\u202e\r") & set(shown.stdout)
    assert "e␛[31mvil␊[red]\\u202e.py:1" in shown.stdout
    assert "'␛[2J [bold]:smile:'" in shown.stdout
    assert answer(cli("symbol", "qwertz", "--json", cwd=folder))["hits"][0]["path"] == name


@pytest.mark.skipif(os.name == "nt", reason="such names do not exist there")
def test_a_name_that_is_not_utf8_stops_nothing(repo: MakeRepo, cli: Cli) -> None:
    """A file name that cannot be decoded is indexed or skipped with a reason, and the rest is found."""
    folder = repo(SHOP)
    try:
        (folder / os.fsdecode(b"caf\xe9.py")).write_text("def qwertz(): return 1\n", encoding="utf-8")
    except OSError:
        pytest.skip("this file system takes only UTF-8 names")
    report = answer(cli("index", str(folder), "--json", cwd=folder))
    assert report["files"] + sum(report["skipped"].values()) == 7
    assert answer(cli("symbol", "send", "--repo", str(folder), "--json", cwd=folder))["hits"]
    for arguments in (("search", "qwertz"), ("status", "--skipped")):
        assert cli(*arguments, "--repo", str(folder), cwd=folder).returncode in {0, 1}
        assert json.loads(cli(*arguments, "--repo", str(folder), "--json", cwd=folder).stdout)


def test_text_in_any_script_survives(repo: MakeRepo, cli: Cli) -> None:
    """CJK and emoji come out as they are, whatever the locale."""
    folder = repo('#- 锁.py\ndef 死锁检测():\n    """检查权限死锁 🔒"""\n')
    answer(cli("index", str(folder), "--json", cwd=folder))
    for environment in ({}, {"PYTHONIOENCODING": "ascii"}):
        done = cli("search", "死锁", "--json", cwd=folder, **environment)
        assert answer(done)["hits"][0]["symbol"] == "死锁检测"
        assert "死锁检测" in done.stdout
        assert cli("search", "死锁", cwd=folder, **environment).returncode == 0


@pytest.mark.skipif(os.name == "nt", reason="signals work differently there")
def test_an_interrupt_ends_quietly(tmp_path: Path) -> None:
    """Ctrl-C exits with 130 and no traceback."""
    process = subprocess.Popen(
        [sys.executable, "-m", "engrep", "search", "-"],
        cwd=tmp_path,
        env=cli_environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdin is not None
    process.stdin.write(b"x" * 1_000_000)  # more than a pipe holds: returns once the program is reading
    process.stdin.flush()
    process.send_signal(signal.SIGINT)
    shown, errors = process.communicate(timeout=60)
    assert (process.returncode, shown, errors) == (130, b"", b"")


@pytest.mark.skipif(os.name == "nt", reason="pipes work differently there")
def test_a_closed_pipe_ends_quietly(shop: Path) -> None:
    """A reader that stops reading is no error to shout about."""
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, "-m", "engrep", "search", "backoff"],
        cwd=shop,
        env=cli_environment(),
        stdout=writer,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (141, b"")
