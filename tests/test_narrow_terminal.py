"""What stands in columns is read on a narrow terminal too: the real command line in a pseudo-terminal."""

from __future__ import annotations

import os
import re
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import Cli, MakeRepo, cli_environment
from rich.text import Text

from engrep.render_columns import columns, shortened

NAME = "dispatch_everything_at_once"
CALLS = f"""
    #- orders/processing/collector.py
    class CollectorOfOutstandingOrders:
        def {NAME}(self, orders, warehouses=None, couriers=None, deadline=None):
            return orders
    #- orders/returns/collector.py
    class CollectorOfOutstandingReturns:
        def {NAME}(self, returns, warehouses=None, couriers=None, deadline=None):
            return returns
    #- jobs.py
    from orders.processing.collector import CollectorOfOutstandingOrders

    def run_nightly_collection_of_outstanding_orders():
        CollectorOfOutstandingOrders().{NAME}([])
"""


@pytest.fixture
def root(repo: MakeRepo, cli: Cli) -> Path:
    """Index a repository with two namesakes of long names."""
    folder = repo(CALLS)
    assert cli("index", "--embedder", "none", cwd=folder).returncode == 0
    return folder


def shown(root: Path, width: int, *arguments: str) -> list[str]:
    """Run a command in a terminal of some columns and give the lines that it wrote."""
    pty, termios, fcntl = (pytest.importorskip(name) for name in ("pty", "termios", "fcntl"))
    outer, inner = pty.openpty()
    fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("HHHH", 40, width, 0, 0))
    command = [sys.executable, "-m", "engrep", *arguments]
    written = b""
    environment = cli_environment(TERM="xterm")
    with subprocess.Popen(command, cwd=root, env=environment, stdin=inner, stdout=inner, stderr=inner):
        os.close(inner)
        while piece := _read(outer):
            written += piece
    os.close(outer)
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", written.decode()).replace("\r", "").split("\n")


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # nobody writes to it any more
        return b""


@pytest.mark.parametrize("width", [60, 80, 120])
def test_namesakes_are_not_cut_within_words(root: Path, width: int) -> None:
    """The table was folded wherever the terminal ended: `def apply_async(self, a`."""
    lines = shown(root, width, "symbol", NAME, "-k", "1")
    assert all(len(line) <= width for line in lines)
    start = next(at for at, line in enumerate(lines) if line.startswith("Undecided between 2 namesakes"))
    words = " ".join(lines[start:]).split()
    assert {"orders/processing/collector.py:2", "orders/returns/collector.py:2", "orders,…", "returns,…"} <= set(words)
    joined = "".join(lines[start:]).replace(" ", "")
    assert f"orders.processing.collector.CollectorOfOutstandingOrders.{NAME}" in joined
    assert "calledbyjobs.run_nightly_collection_of_outstanding_orders" in joined


@pytest.mark.parametrize("width", [60, 120])
def test_callers_are_not_cut_within_words(root: Path, width: int) -> None:
    """A caller's name, its place and how sure it is are whole words."""
    lines = shown(root, width, "callers", f"CollectorOfOutstandingOrders.{NAME}")
    assert all(len(line) <= width for line in lines)
    assert "jobs.run_nightly_collection_of_outstanding_orders" in " ".join(lines).split()
    assert "jobs.py:4" in " ".join(lines).split()


def test_a_long_line_of_code_is_cut_at_the_edge(root: Path) -> None:
    """Code was folded into the next line, which then looked like code of its own."""
    lines = shown(root, 60, "symbol", NAME, "-k", "1")
    assert [line for line in lines if line.startswith("  2 │ ") and line.endswith("…") and len(line) == 60]


def test_wide_characters_take_two_columns() -> None:
    """A cell of Chinese is broken by the room that it takes."""
    rows = [[Text("支付重试等待时间计算模块说明文档"), Text("a/b.py:1")]]
    assert all(line.cell_len <= 24 for line in columns(rows, 24))
    assert "".join(line.plain.strip() for line in columns(rows, 24)) == "支付重试等待时间计算模块说明文档a/b.py:1"


def test_what_is_cut_says_so() -> None:
    """A text is cut behind a word."""
    assert shortened("def f(self, argument)", 16) == "def f(self,…"
    assert shortened("def f(self)", 16) == "def f(self)"
