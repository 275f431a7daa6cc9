"""What sampled call sites of a Python package mean according to jedi, which knows nothing of the index."""

from __future__ import annotations

import ast
import json
import random
import sys
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from engrep.engine.errors import MissingExtraError

if TYPE_CHECKING:
    from jedi.api.classes import Name

DEFINED = frozenset({"function", "class"})


@dataclass(frozen=True, slots=True)
class Gold:
    """What an oracle says of one call site."""

    path: str
    line: int
    column: int
    name: str
    answer: str  # "inside" (a function or class of the project), "outside" (a dependency, a variable), "silent"
    places: frozenset[tuple[str, int, str]]  # path, line and name of every definition inside the project


def call_sites(root: Path, start: Path, count: int, seed: int) -> list[tuple[str, int, int, str]]:
    """Draw calls by name or attribute from the Python files under `start`: path, line, column and name."""
    sites = []
    for path in sorted(start.rglob("*.py")):
        try:
            tree = ast.parse(path.read_bytes())
        except (SyntaxError, ValueError):
            continue
        relative = path.relative_to(root).as_posix()
        for node in ast.walk(tree):
            callee = node.func if isinstance(node, ast.Call) else None
            if isinstance(callee, ast.Name):
                sites.append((relative, callee.lineno, callee.col_offset, callee.id))
            elif isinstance(callee, ast.Attribute):
                width = len(callee.attr.encode())
                sites.append((relative, callee.end_lineno or 0, (callee.end_col_offset or 0) - width, callee.attr))
    sites.sort()
    return sorted(random.Random(seed).sample(sites, min(count, len(sites))))


def jedi_gold(root: Path, start: Path, count: int, seed: int) -> list[Gold]:
    """Ask jedi about sampled call sites; `MissingExtraError` without jedi."""
    try:
        import jedi
    except ImportError as exc:
        raise _missing() from exc
    standard = [path for path in sys.path if path and "site-packages" not in path]
    project = jedi.Project(root, smart_sys_path=False, sys_path=[str(root), *standard])
    environment = jedi.create_environment(sys.executable, safe=False)  # not one that a variable of the user names
    scripts: dict[str, jedi.Script] = {}
    golds = []
    for path, line, column, name in call_sites(root, start, count, seed):
        if path not in scripts:
            scripts = {path: jedi.Script(path=str(root / path), project=project, environment=environment)}
        golds.append(_ask(scripts[path], root, (path, line, column, name)))
    return golds


def _ask(script: object, root: Path, site: tuple[str, int, int, str]) -> Gold:
    _, line, column, _ = site
    try:
        names = script.goto(line, column, follow_imports=True)  # type: ignore[attr-defined]
        held = script.infer(line, column)  # type: ignore[attr-defined]
    except Exception:  # noqa: BLE001  # jedi raises many kinds of errors of its own on code it cannot follow
        return Gold(*site, "silent", frozenset())
    return gold_of(site, [_place(each, root) for each in names], [_place(each, root) for each in held])


class Place(NamedTuple):
    """A definition as an oracle names it."""

    type: str
    path: str  # "" outside of the project
    line: int
    name: str
    full_name: str


def _place(name: Name, root: Path) -> Place:
    path = Path(name.module_path) if name.module_path else None
    inside = path is not None and path.is_relative_to(root)
    written = path.relative_to(root).as_posix() if path and inside else ""
    return Place(name.type, written, name.line or 0, name.name, name.full_name or "")


def gold_of(site: tuple[str, int, int, str], names: list[Place], held: list[Place]) -> Gold:
    """Judge jedi's answers: the definition that a name leads to counts, and what a variable or parameter holds.

    jedi brings stubs of some packages along and leads into them; then what the name holds is the definition itself.
    """
    functions = {place[1:4] for place in names if place.type in DEFINED and place.path}
    variables = {place[1:4] for place in names if place.type not in DEFINED and place.path}
    stubbed = {place.full_name for place in names if not place.path}
    values = {
        place[1:4]
        for place in held
        if place.type in DEFINED and place.path and (variables or place.full_name in stubbed)
    }
    answer = "inside" if functions or values else "outside" if names else "silent"
    return Gold(*site, answer, frozenset(functions | variables | values))


def oracle_version() -> str:
    """Name the oracle: "jedi 0.19.2 python 3.11"; raises MissingExtraError without jedi."""
    try:
        return f"jedi {version('jedi')} python {sys.version_info.major}.{sys.version_info.minor}"
    except PackageNotFoundError as exc:
        raise _missing() from exc


def _missing() -> MissingExtraError:
    return MissingExtraError("jedi, which judges call edges, is not installed: pip install 'engrep[eval]'")


def save_gold(golds: list[Gold], path: Path) -> None:
    """Write answers as JSON, one object each."""
    rows = [{**asdict(gold), "places": sorted(gold.places)} for gold in golds]
    path.parent.mkdir(parents=True, exist_ok=True)
    whole = path.with_suffix(".part")
    whole.write_text(json.dumps(rows, indent=0), encoding="utf-8")
    whole.replace(path)


def load_gold(path: Path) -> list[Gold]:
    """Read what `save_gold` wrote."""
    rows = json.loads(path.read_text(encoding="utf-8"))
    return [Gold(**{**row, "places": frozenset(map(tuple, row["places"]))}) for row in rows]
