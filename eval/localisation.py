"""The rules of issue localisation: which rank an issue got, and what counts as one function."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engrep.engine.types import Hit
from engrep.eval.definitions import definitions
from engrep.eval.figures import share, table
from engrep.indexers.facts import CALLABLE_KINDS, TYPE_KINDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

CUTOFFS = (1, 5, 10)


@dataclass(frozen=True, slots=True)
class Located:
    """How one issue went; a rank is that of the last gold item to appear, None when one is missing."""

    instance_id: str
    repo: str
    namesakes: int  # the most definitions that share a gold function's name, 0 without gold functions
    file_rank: int | None
    function_rank: int | None
    floor_rank: int | None
    files: tuple[str, ...]
    functions: tuple[str, ...]
    gold_files: tuple[str, ...]
    gold_functions: tuple[str, ...]
    index_seconds: float
    search_ms: float


def strict_rank(ranking: Iterable[str], gold: Iterable[str]) -> int | None:
    """Return the 1-based place among distinct items at which all of `gold` has appeared; None without gold."""
    missing = set(gold)
    if not missing:
        return None
    for place, item in enumerate(dict.fromkeys(ranking), 1):
        missing.discard(item)
        if not missing:
            return place
    return None


def file_kinds(path: Path) -> dict[str, bool]:
    """Return local name → whether it is a class, for the definitions of a Python file; {} where it cannot be read."""
    try:
        return {found.local: found.is_class for found in definitions(path.read_bytes())}
    except OSError:
        return {}


def fold(local: str, is_class: Mapping[str, bool]) -> str:
    """Fold a nested function to its outermost one, and `X.__init__` to `X`."""
    parts = local.split(".")
    for length in range(1, len(parts)):
        if is_class.get(".".join(parts[:length])) is False:
            parts = parts[:length]
            break
    if len(parts) > 1 and parts[-1] == "__init__":
        parts.pop()
    return ".".join(parts)


def functions_of(hits: Iterable[Hit], kinds_of: Callable[[str], Mapping[str, bool]]) -> list[str]:
    """Return the distinct functions of a ranking as "path:name".

    A class stands for its constructor, so one that defines none is no function; text between symbols is none either.
    """
    found: dict[str, None] = {}
    for hit in hits:
        if hit.kind not in CALLABLE_KINDS | TYPE_KINDS or not hit.path.endswith(".py"):
            continue
        local = hit.qualified_name.removeprefix(hit.module + ".")
        kinds = kinds_of(hit.path)
        if kinds.get(local) is True and f"{local}.__init__" not in kinds:
            continue
        found[f"{hit.path}:{fold(local, kinds)}"] = None
    return list(found)


def fold_gold(functions: Iterable[str], kinds_of: Callable[[str], Mapping[str, bool]]) -> list[str]:
    """Fold the gold functions, written "path:name", by the same rule."""
    split = [function.rsplit(":", 1) for function in functions]
    return list(dict.fromkeys(f"{path}:{fold(local, kinds_of(path))}" for path, local in split))


def hit_count(ranks: Iterable[int | None], k: int) -> int:
    """Count the ranks within the first k."""
    return sum(rank is not None and rank <= k for rank in ranks)


def _row(name: str, rows: Sequence[Located]) -> tuple[object, ...]:
    n = len(rows)
    ranks = ([row.file_rank for row in rows], [row.function_rank for row in rows], [row.floor_rank for row in rows])
    cells = ["/".join(f"{100 * hit_count(each, k) / n:.1f}" for k in CUTOFFS) for each in ranks]
    return (name, n, cells[0], cells[1], cells[2])


def report(rows: Sequence[Located]) -> str:
    """Write the figures as Markdown: n with a gold function and n of all, then strata by namesakes and by project."""
    gold = [row for row in rows if row.gold_functions]
    if not gold:
        return "no issue with a gold function was run"
    lines = [
        f"file Acc@5 n={len(part)}: {share(hit_count((row.file_rank for row in part), 5), len(part))}, floor "
        f"{share(hit_count((row.floor_rank for row in part), 5), len(part))}"
        for part in (gold, rows)
    ]
    functions = hit_count((row.function_rank for row in gold), 10)
    lines.append(f"function Acc@10 n={len(gold)}: {share(functions, len(gold))}")
    parts = [("gold function", gold), ("all", list(rows))]
    parts += [
        ("unique name", [row for row in gold if row.namesakes <= 1]),
        ("2 to 4 namesakes", [row for row in gold if 2 <= row.namesakes <= 4]),
        ("5 or more", [row for row in gold if row.namesakes >= 5]),
    ]
    parts += [(repo, [row for row in gold if row.repo == repo]) for repo in sorted({row.repo for row in gold})]
    head = ("issues", "n", "file Acc@1/5/10", "function Acc@1/5/10", "floor file Acc@1/5/10")
    return "\n".join(lines) + "\n\n" + table(head, [_row(name, part) for name, part in parts if part])
