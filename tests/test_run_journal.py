"""The journal of a run: what is written is kept through a kill, and one process writes at a time."""

from __future__ import annotations

from pathlib import Path

import pytest

from engrep.agents.flow_journal import Journal
from engrep.engine.errors import StateError


def test_a_step_is_done_once(tmp_path: Path) -> None:
    """What was written down is not done again by whoever opens the journal next."""
    done: list[int] = []

    def do() -> dict[str, str]:
        done.append(1)
        return {"task": "测试 \udcff"}

    for _ in range(2):
        journal = Journal(tmp_path / "journal.jsonl")
        journal.open()
        assert journal.once("plan", do) == {"task": "测试 \udcff"}
        journal.close()
    assert done == [1]


def test_a_line_that_was_cut_short_is_none(tmp_path: Path) -> None:
    """After a kill in the middle of a line the journal ends before it, and goes on there."""
    path = tmp_path / "journal.jsonl"
    for cut in (b'{"key": "b", "val', b'{"key": "b", "at": "", "value": 1}', b"\xff\xfe\n", b"[1]\n"):
        path.unlink(missing_ok=True)
        journal = Journal(path)
        journal.open()
        journal.put("a", 1)
        journal.tell({"kind": "refusal", "what": "x"})
        journal.close()
        with path.open("ab") as file:
            file.write(cut)
        again = Journal(path)
        again.open()
        assert (again.get("a"), again.has("b")) == (1, False)
        again.put("b", 2)
        again.close()
        third = Journal(path)
        third.open()
        assert (third.get("b"), len(third.events("refusal"))) == (2, 1)
        third.close()


def test_two_processes_do_not_work_on_one_run(tmp_path: Path) -> None:
    """The second one is told, until the first lets go."""
    first, second = Journal(tmp_path / "journal.jsonl"), Journal(tmp_path / "journal.jsonl")
    first.open()
    with pytest.raises(StateError, match="another process"):
        second.open()
    first.close()
    second.open()
    second.close()
