"""What an edit can touch elsewhere: resolving that much again must equal resolving everything."""

from __future__ import annotations

import random
from collections.abc import Mapping

import pytest
from resolved_code import load

from engrep.engine.affected import Surroundings, Touched, interface_of, mentions, surroundings, touched
from engrep.engine.project import Project
from engrep.engine.resolve import resolve
from engrep.engine.rungs import Resolution

PROJECT = {
    "pkg/__init__.py": "from .core import make, Base\n",
    "pkg/core.py": "class Base:\n    def save(self): ...\ndef make() -> Base: ...\nshared = Base()\n",
    "pkg/child.py": "from . import Base as B\nclass Child(B):\n    def go(self): self.save()\n",
    "pkg/use.py": (
        "from pkg import make\nfrom pkg.core import shared as s\nimport pkg.core as c\n"
        "def a(): make().save()\ndef b(): s.save()\ndef d(x): x.blast_off()\ndef e(): c.make()\ndef f(): c.fresh()\n"
    ),
    "pkg/rocket.py": "class Rocket:\n    def blast_off(self): ...\n",
}
EDITS = [
    ("pkg/core.py", "    def save(self): ...\n", "    def store(self): ...\n"),
    ("pkg/core.py", "def make() -> Base: ...", "def make(): ..."),
    ("pkg/core.py", "def make() -> Base: ...", "def make() -> Base: return 1"),
    ("pkg/core.py", "shared = Base()", "shared = None\nclass Late(Base):\n    def blast_off(self): ...\n"),
    ("pkg/core.py", "shared = Base()", "shared = Base()\ndef fresh(): ..."),
    ("pkg/core.py", "def make() -> Base: ...\n", ""),
    ("pkg/__init__.py", "make, ", ""),
    ("pkg/__init__.py", "Base", "Base, shared"),
    ("pkg/child.py", "from . import Base as B", "class B:\n    def save(self): ..."),
    ("pkg/rocket.py", "blast_off", "land"),
    ("pkg/rocket.py", "class Rocket", "def blast_off(): ...\nclass Rocket2: ...\nclass Rocket"),
]


def resolved(
    files: Mapping[str, str],
) -> tuple[Project, dict[tuple[str, int], tuple[object, ...]], list[tuple[str, str, str, str]]]:
    """Resolve everything; results by file and position in it, with symbols by qualified name."""
    project, references = load(files)
    found: dict[tuple[str, int], tuple[object, ...]] = {}
    counts: dict[str, int] = {}
    for row, (_, each) in zip(references, resolve(project, references), strict=True):
        path = project.files[row[1]].path
        at = counts[path] = counts.get(path, -1) + 1
        found[path, at] = named(project, each)
    return project, found, [(project.files[row[1]].path, *row[2:5]) for row in references]


def named(project: Project, each: Resolution) -> tuple[object, ...]:
    """Write a resolution without ids."""
    return each.outcome, each.total, [(project.symbols[c.symbol_id].qualified_name, c.rung) for c in each.candidates]


def around(project: Project) -> Surroundings:
    """Gather what may pass a change on."""
    return surroundings(
        [(file_id, *row) for file_id, rows in project.file_imports.items() for row in rows],
        [(row.returns, row.name) for row in project.symbols.values() if row.returns],
        {base for row in project.symbols.values() for base in row.bases},
    )


@pytest.mark.parametrize("seed", range(30))
def test_resolving_what_an_edit_touches_equals_resolving_everything(seed: int) -> None:
    """After random edits, redoing only the references that `touched` names gives the full result."""
    edits = random.Random(seed).sample(EDITS, 3)
    files = dict(PROJECT)
    project, before, _ = resolved(files)
    for path, old, new in edits:
        files[path] = files[path].replace(old, new)
        after, full, references = resolved(files)
        file_id = list(files).index(path)
        change = touched(interface_of(project, file_id), interface_of(after, file_id), after, around(after))
        merged = {}
        for key, row in zip(full, references, strict=True):
            redo = (
                key[0] == path
                or change is None
                or list(files).index(key[0]) in change.files
                or mentions(change.names, *row[1:])
            )
            merged[key] = full[key] if redo else before[key]
        assert merged == full
        project, before = after, full


def test_an_edit_inside_a_body_touches_no_other_file() -> None:
    """A changed function body leaves all references of other files alone."""
    changed = {
        **PROJECT,
        "pkg/core.py": PROJECT["pkg/core.py"].replace("def save(self): ...", "def save(self): return 2"),
    }
    (before, _), (after, _) = load(PROJECT), load(changed)
    change = touched(interface_of(before, 1), interface_of(after, 1), after, around(after))
    assert change == Touched(set(), set())


@pytest.mark.parametrize("path", [*PROJECT, "pkg/deep/er.py"])
@pytest.mark.parametrize("comes", [True, False])
def test_resolving_what_a_file_touches_that_comes_or_goes_equals_resolving_everything(path: str, comes: bool) -> None:
    """A file that comes or goes touches what mentions its names or its module, and whoever imports one of them."""
    text = {"pkg/deep/er.py": "from pkg.core import Base\nclass Deep(Base): ...\ndef blast_off(): ...\n"}
    user = {"pkg/last.py": "from pkg import rocket\nfrom .deep import er\ndef z(): er.Deep().save(); rocket.Rocket()\n"}
    files = {**PROJECT, **text, **user}
    whole, without = files, {each: files[each] for each in files if each != path}
    old, new = (without, whole) if comes else (whole, without)
    (project, before, _), (after, full, references) = resolved(old), resolved(new)
    one = interface_of(after if comes else project, list(whole).index(path))
    change = touched(None, one, after, around(after)) if comes else touched(one, None, after, around(after))
    assert (change is None) == (path in ("pkg/__init__.py", "pkg/core.py"))
    for key, row in zip(full, references, strict=True):
        is_redone = change is None or list(new).index(key[0]) in change.files or mentions(change.names, *row[1:])
        assert is_redone or key[0] == path or full[key] == before[key]
