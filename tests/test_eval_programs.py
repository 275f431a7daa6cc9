"""Foreign programs that are measured over lines of JSON."""

from __future__ import annotations

import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from asked_systems import FILES, ask
from conftest import write_model

from engrep import StateError
from engrep.eval.cases import Found
from engrep.eval.systems import command as protocol

if TYPE_CHECKING:
    from conftest import Cli, MakeRepo

ECHO = """
import json, os, sys
root, state = sys.argv[-2:]
mode = sys.argv[1]
if mode == "dies":
    sys.exit("the index is broken")
if mode == "late":
    import time
    time.sleep(60)
print("no JSON" if mode == "babbles" else json.dumps({"error": "no licence"} if mode == "refuses" else {"ready": True, "files": len(os.listdir(root))}), flush=True)
for line in sys.stdin:
    asked = json.loads(line)
    if mode == "forgets":
        print(json.dumps({"found": []}), flush=True)
        continue
    if asked["query"] == "die":
        sys.exit("out of memory")
    if asked["query"] == "sleep":
        import time
        time.sleep(60)
    hit = {"path": ".\\\\net\\\\retry.py", "start_line": 1, "end_line": 3, "score": 2, "symbol": asked["query"], "text": os.path.basename(state)}
    print(json.dumps({"hits": [hit] * 20}), flush=True)
"""


@pytest.fixture
def root(repo: MakeRepo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make the repository, and a model for the systems that want one."""
    monkeypatch.setenv("ENGREP_EMBEDDER", str(write_model(tmp_path / "model.npz")))
    return repo(FILES)


@pytest.fixture
def echo(tmp_path: Path) -> str:
    """Write a program that speaks the protocol, well or badly; give how it is started."""
    (tmp_path / "echo.py").write_text(ECHO, encoding="utf-8")
    return f'"{sys.executable}" "{tmp_path / "echo.py"}"'.replace("\\", "/")


def test_a_program_answers_over_lines(root: Path, echo: str) -> None:
    """A program is started with the folder and one of its own, and asked line by line; its limit is kept for it."""
    before = threading.active_count()
    first, second = ask(f"command:my-tool={echo} well", root, "backoff", "日本", limit=3)
    assert first == [Found("net/retry.py", 1, 3, "backoff", score=2.0, text="my_tool")] * 3
    assert second[0].symbol == "日本"
    assert (root.parent / "state" / "my_tool").is_dir()
    assert threading.active_count() == before


@pytest.mark.parametrize(("mode", "question", "said"), [
    ("dies", "x", "tool ended with 1: the index is broken"),
    ("babbles", "x", "tool said 'no JSON', which is no JSON object"),
    ("refuses", "x", "tool: no licence"),
    ("forgets", "x", "which is no list of hits"),
    ("well", "die", "tool ended with 1: out of memory"),
])  # fmt: skip
def test_a_program_that_fails_is_quoted(mode: str, question: str, said: str, root: Path, echo: str) -> None:
    """What a program said last is in the message."""
    with pytest.raises(StateError, match=said):
        ask(f"command:tool={echo} {mode}", root, question)


@pytest.mark.parametrize(
    ("mode", "question", "limit"), [("late", "x", "READY_SECONDS"), ("well", "sleep", "ANSWER_SECONDS")]
)
def test_a_program_that_hangs_is_ended(
    mode: str, question: str, limit: str, root: Path, echo: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program that says nothing is not waited for."""
    monkeypatch.setattr(protocol, limit, 0.5)
    with pytest.raises(StateError, match=r"said nothing for 0\.5 s and was ended"):
        ask(f"command:tool={echo} {mode}", root, question)


def test_a_program_that_is_not_there_is_named(root: Path) -> None:
    """The message names what could not be started."""
    with pytest.raises(StateError, match="tool cannot be started: no-such-program"):
        ask("command:tool=no-such-program x", root, "x")


def test_a_run_with_a_program(cli: Cli, tmp_path: Path, echo: str) -> None:
    """A program takes part in a run beside engrep."""
    specs = ("--system", f"command:tool={echo} well", "--system", "bm25")
    done = cli("eval", "run", "mini", "--limit", "3", "--cache", str(tmp_path / "cache"), *specs, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert len(list((tmp_path / "runs").glob("*.jsonl"))) == 2
