"""Questions from real calls: a name as its caller writes it, the calling file, and jedi's word for what it means."""

from __future__ import annotations

import ast
import random
import warnings
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from engrep.engine.errors import MissingExtraError
from engrep.eval.collisions import Namesake, by_name, colliding
from engrep.eval.questions import MAX_PER_NAME, Question, ask

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import jedi

MAX_CALLS = 4  # calls of one name in one file that are all resolved; with more, the pair is left out
ATTEMPTS = 15  # pairs tried for each question wanted: most receivers have no type that jedi can tell
LAYOUTS = ("", "src", "lib")  # folders below the root that packages are imported from


def calls(source: bytes) -> Iterator[tuple[str, int, int]]:
    """Yield (name, line, column of the name) of each call, line 1-based, column 0-based in characters.

    Calls on lines with characters outside ASCII are left out: there ast counts bytes and jedi characters.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return
    lines = source.split(b"\n")
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        if isinstance(node.func, ast.Name):
            name, line, column = node.func.id, node.func.lineno, node.func.col_offset
        elif isinstance(node.func, ast.Attribute):
            name, line = node.func.attr, node.func.end_lineno or 0
            column = (node.func.end_col_offset or 0) - len(name)
        else:
            continue
        if lines[line - 1].isascii():
            yield name, line, column


def pairs(root: Path, found: Sequence[Namesake]) -> dict[tuple[str, str], list[tuple[int, int]]]:
    """Return (calling file, name) → places, for colliding names that the calling file does not define itself."""
    names = {each.name for each in colliding(by_name(found))}
    defined = {(each.path, each.name) for each in found}
    places: dict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)
    for path in sorted({each.path for each in found if each.can_be_asked}):
        for name, line, column in calls((root / path).read_bytes()):
            if name in names and (path, name) not in defined:
                places[path, name].append((line, column))
    return {pair: where for pair, where in places.items() if len(where) <= MAX_CALLS}


def meaning(script: jedi.Script, root: Path, place: tuple[int, int]) -> tuple[str, int] | None:
    """Return the (path, line) that jedi goes to from a place, None unless it is one function or class under `root`."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            goals = script.goto(*place, follow_imports=True)
    except Exception:  # noqa: BLE001  # jedi raises what its inference runs into, from KeyError to RecursionError
        return None
    if len(goals) != 1 or goals[0].type not in ("function", "class") or goals[0].module_path is None:
        return None
    path = goals[0].module_path
    return (path.relative_to(root).as_posix(), goals[0].line or 0) if path.is_relative_to(root) else None


def call_site_questions(root: Path, found: Sequence[Namesake], seed: int, wanted: int) -> Iterator[Question]:
    """Yield up to `wanted` questions: the bare name, asked from a file all whose calls of it mean one definition.

    Raises MissingExtraError when jedi is not installed.
    """
    try:
        import jedi
    except ImportError as exc:
        message = "call-site questions need jedi: pip install 'engrep[eval]'"
        raise MissingExtraError(message) from exc
    root = root.resolve()
    project = jedi.Project(root, sys_path=[str(root / layout) for layout in LAYOUTS], smart_sys_path=False)
    environment = jedi.InterpreterEnvironment()
    targets = {(each.path, each.line): each for each in found if each.can_be_asked}
    namesakes = Counter(each.name for each in found)
    places = pairs(root, found)
    order = sorted(places)
    random.Random(f"{seed} call site").shuffle(order)
    asked: Counter[str] = Counter()
    for path, name in order[: ATTEMPTS * wanted]:
        if asked.total() >= wanted or asked[name] >= MAX_PER_NAME:
            continue
        script = jedi.Script(path=root / path, project=project, environment=environment)
        meanings = {meaning(script, root, place) for place in places[path, name]}
        goal = meanings.pop()
        gold = targets.get(goal) if goal is not None and not meanings else None
        if gold is not None and gold.name == name:
            asked[name] += 1
            yield ask("call site", name, gold, namesakes[name], path)
