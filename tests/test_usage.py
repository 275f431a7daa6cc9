"""Namesakes by how the asker's file uses the name, and by what their documentation says."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest
from conftest import write_files

from engrep import Memory
from engrep.engine.wording import likeness

JOBS = """
    #- jobs.py
    class Mail:
        def run(self, at): ...
        def resend(self): ...
    class Print:
        def run(self, at): ...
        def cancel(self): ...
    #- desk.py
    def stop(thing):
        thing.run(0)
        thing.cancel()
"""
SHAPES = """
    #- base.py
    class Shape:
        def area(self): ...
    #- round.py
    from base import Shape
    class Circle(Shape):
        def area(self): ...
    #- square.py
    from base import Shape
    class Square(Shape):
        def area(self): ...
    class Field:
        def area(self): ...
    #- total.py
    def add(things):
        return sum(each.area() for each in things)
"""
ADDERS = """
    #- tasks.py
    def add(x, y): ...
    #- sets.py
    class Limited:
        def add(self, item): ...
    #- worker.py
    def work(revoked_tasks, name):
        revoked_tasks.add(name)
"""
SESSIONS = """
    #- first.py
    class Pool:
        def release(self, connection):
            \"\"\"Close a connection and give it back to the pool for later.\"\"\"
    #- second.py
    class Handle:
        def release(self, connection):
            \"\"\"Give a connection back.

            The pool keeps it for later, or will close it.
            \"\"\"
"""


@pytest.mark.parametrize(
    ("fixture", "question", "from_file", "first"),
    [
        (JOBS, "run", "desk.py", "jobs.Print.run"),
        (SHAPES, "area", "total.py", "base.Shape.area"),
        (ADDERS, "add", "worker.py", "sets.Limited.add"),
        (SESSIONS, "release: Give a connection back", None, "second.Handle.release"),
    ],
    ids=[
        "what else is called on it",
        "the base that others override",
        "no module of that name",
        "what the doc opens with",
    ],
)
def test_a_use_picks_the_namesake(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    fixture: str,
    question: str,
    from_file: str | None,
    first: str,
) -> None:
    """A receiver without a type is told by what else is called on it; a quotation by what it is a quotation of."""
    monkeypatch.setenv("ENGREP_EMBEDDER", "none")
    root = write_files(tmp_path / "root", dedent(fixture))
    with Memory.open(root, home=tmp_path / "home") as memory:
        memory.index(jobs=1)
        found = memory.search(question, from_file=from_file).hits
    assert found[0].qualified_name == first, [(hit.qualified_name, hit.why) for hit in found]


def test_likeness_is_of_the_first_sentence() -> None:
    """A quotation of the first sentence is 1, of half of it less, of another sentence nothing."""
    doc = "Give it back to the pool. Later ones wait.\n\nMore."
    assert likeness("give it back to the pool", doc) == 1.0
    assert 0.0 < likeness("back to the pool, if there is one", doc) < 1.0
    assert likeness("later ones wait", doc) == 0.0
    assert likeness("", doc) == likeness("word", "") == 0.0
