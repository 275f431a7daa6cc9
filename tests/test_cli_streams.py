"""What a command writes: to a pipe and to a terminal, with odd text, and when it is cut short."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import Cli, MakeRepo, cli_environment
from retry_shop import SHOP, answer


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
