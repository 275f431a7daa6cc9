"""Filters of a search, and why an answer is empty."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from engrep.engine.memory import Memory

if TYPE_CHECKING:
    from conftest import MakeRepo


@pytest.mark.parametrize(("glob", "found"), [
    ("src/**/*.py", {"src/a.py", "src/deep/er/b.py"}), ("src/", {"src/a.py", "src/deep/er/b.py"}), ("./src/a.py", {"src/a.py"}),
    ("*.py", {"src/a.py", "src/deep/er/b.py", "c.py"}), ("**/b.py", {"src/deep/er/b.py"}), ("src/*/b.py", {"src/deep/er/b.py"}),
    ("{root}/src/deep", {"src/deep/er/b.py"}), ("srcs", set()),
])  # fmt: skip
def test_a_path_filter_may_be_written_in_many_ways(repo: MakeRepo, glob: str, found: set[str]) -> None:
    """`src/**/*.py` did not find src/a.py, and neither an absolute path nor `./src` found anything."""
    folder = repo("#- src/a.py\ndef wait(): ...\n#- src/deep/er/b.py\ndef wait(): ...\n#- c.py\ndef wait(): ...\n")
    with Memory.open(folder) as memory:
        memory.index()
        answer = memory.search("wait", path=glob.format(root=folder.resolve()))
    assert {hit.path for hit in answer.hits} == found
    assert (answer.reason is None) == bool(found)


def test_an_empty_answer_says_which_condition_nothing_met(repo: MakeRepo) -> None:
    """No file, no word, no such path, language or kind: each has its own reason."""
    folder = repo("#- a.py\ndef wait(): ...\n#- big/table.csv\n1,2\n#- lock.sql\nselect 1;\n")
    (folder / "big" / "picture.bin").write_bytes(b"\x00" * 64)
    with Memory.open(folder) as memory:
        memory.index()
        reasons = {
            "word": memory.search("...").reason,
            "path": memory.search("wait", path="big/*.bin").reason,
            "language": memory.search("wait", language="rust").reason,
            "kind": memory.search("wait", kind="class").reason,
            "name": memory.symbol("nowhere").reason,
            "found": memory.search("wait").reason,
        }
    assert reasons["word"] == "the question holds no word to search for"
    assert reasons["path"] == "no indexed file matches the path big/*.bin; 1 is not indexed: 1 binary"
    assert (reasons["language"] or "").startswith("no indexed file is rust; the index has python")
    assert reasons["kind"] == "nothing of the kind class answers it"
    assert "searched as text only, for engrep knows no symbols of such kinds: " in (reasons["name"] or "")
    assert reasons["found"] is None
