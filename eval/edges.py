"""Measure call edges against oracles that know nothing of the index.

    python -m engrep.eval.edges jedi DIR [--sites 1500] [--seed 7] [--gold FILE]
    python -m engrep.eval.edges pycg DIR

`jedi` samples call sites of a Python package and compares edges with jedi's answers (extra `eval`); `pycg` runs over the
snippets of the PyCG micro-benchmark. Both print tables in Markdown.
"""

from __future__ import annotations

import argparse
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from engrep.engine.project import Project, project_of
from engrep.engine.resolve import ReferenceRow, resolve
from engrep.engine.rungs import AMBIGUOUS, DEFAULT_MIN_CONFIDENCE, OUTCOMES, RUNGS, Resolution
from engrep.eval.edge_oracles import Gold, jedi_gold, load_gold, pycg_snippets, save_gold
from engrep.indexers.facts import CALLABLE_KINDS, FileFacts, Reference
from engrep.indexers.modules import project_hints
from engrep.indexers.parse import code_facts

THRESHOLDS = (0.0, 0.1, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98)
CALLS = frozenset({"call", "construct", "decorate"})


@dataclass(frozen=True, slots=True)
class Edges:
    """A resolved project: its symbols, and each reference with what became of it."""

    project: Project
    spans: dict[int, tuple[int, int]]  # symbol → first and last line
    found: list[tuple[str, int | None, Reference, Resolution]]  # path, enclosing symbol's id


def edges_of(facts: Sequence[FileFacts]) -> Edges:
    """Resolve all references of some files; ids are positions."""
    files: list[tuple[int, str, str, str, bool]] = []
    symbols: list[tuple[int, int, str, str, str, int | None, tuple[str, ...], str, str]] = []
    imports: list[tuple[int, str, str, str, int | None]] = []
    rows: list[ReferenceRow] = []
    places: list[tuple[str, int | None, Reference]] = []
    spans: dict[int, tuple[int, int]] = {}
    for file_id, each in enumerate(facts):
        first = len(symbols)
        files.append((file_id, each.path, each.module, each.language, each.is_test))
        for symbol in each.symbols:
            parent = None if symbol.parent < 0 else first + symbol.parent
            spans[len(symbols)] = (symbol.start_line, symbol.end_line)
            symbols.append((
                len(symbols), file_id, symbol.name, symbol.qualified_name, symbol.kind, parent, symbol.bases,
                symbol.returns, symbol.visibility,
            ))  # fmt: skip
        imports += [
            (file_id, item.module, item.name, item.alias, None if item.symbol < 0 else first + item.symbol)
            for item in each.imports
        ]
        for use in each.references:
            scope = None if use.symbol < 0 else first + use.symbol
            rows.append((len(rows), file_id, use.name, use.receiver, use.receiver_type, scope, use.kind))
            places.append((each.path, scope, use))
    project = project_of(files, symbols, imports)
    return Edges(project, spans, [(*places[at], resolution) for at, resolution in resolve(project, rows)])


def facts_under(root: Path, start: Path, pattern: str = "*.py") -> list[FileFacts]:
    """Read the facts of all files under `start`, with paths relative to `root`."""
    texts = {path.relative_to(root).as_posix(): path.read_bytes() for path in sorted(start.rglob(pattern))}
    hints = project_hints(texts, {})
    return [code_facts(path, data, hints) for path, data in texts.items()]


@dataclass(frozen=True, slots=True)
class Judged:
    """One sampled call site: the oracle's answer beside ours."""

    gold: Gold
    resolution: Resolution | None  # None when no reference was found there
    rights: tuple[bool, ...]  # for each candidate, whether the oracle names it


def judge(edges: Edges, golds: Iterable[Gold]) -> list[Judged]:
    """Find our answer for each site of the oracle."""
    by_site = {(path, use.line, use.name): found for path, _, use, found in edges.found if use.kind in CALLS}
    judged = []
    for gold in golds:
        found = by_site.get((gold.path, gold.line, gold.name))
        candidates = found.candidates if found else ()
        rights = tuple(any(_is_at(edges, each.symbol_id, place) for place in gold.places) for each in candidates)
        judged.append(Judged(gold, found, rights))
    return judged


def _is_at(edges: Edges, symbol_id: int, place: tuple[str, int, str]) -> bool:
    """Tell whether a symbol is the definition at a path and line; decorators stand above the line an oracle gives."""
    path, line, name = place
    symbol = edges.project.symbols[symbol_id]
    first, last = edges.spans[symbol_id]
    return symbol.name == name and edges.project.files[symbol.file_id].path == path and first <= line <= last


def jedi_report(judged: Sequence[Judged]) -> str:
    """Write rungs, a threshold sweep and what jedi did not answer as Markdown."""
    answered = [each for each in judged if each.gold.answer != "silent"]
    inside = [each for each in answered if each.gold.answer == "inside"]
    lines = [f"{len(judged)} sites, jedi answers {len(answered)}, inside the project {len(inside)}", ""]
    lines += ["| rung | edges | right | precision | on silent sites |", "|---|---|---|---|---|"]
    for rung in RUNGS:
        edges = [right for each in answered for right, found in _edges(each, 0.0) if found == rung]
        silent = sum(found == rung for each in judged if each.gold.answer == "silent" for _, found in _edges(each, 0.0))
        if edges or silent:
            lines.append(f"| {rung} | {len(edges)} | {sum(edges)} | {_share(sum(edges), len(edges))} | {silent} |")
    lines += ["", "| confidence | edges | precision | recall |", "|---|---|---|---|"]
    for threshold in sorted({*THRESHOLDS, DEFAULT_MIN_CONFIDENCE}):
        shown = [right for each in answered for right, _ in _edges(each, threshold)]
        hit = sum(any(right for right, _ in _edges(each, threshold)) for each in inside)
        mark = " (default)" if threshold == DEFAULT_MIN_CONFIDENCE else ""
        lines.append(
            f"| {threshold}{mark} | {len(shown)} | {_share(sum(shown), len(shown))} | {_share(hit, len(inside))} |"
        )
    return "\n".join([*lines, "", *_outcome_table(judged)])


def _outcome_table(judged: Sequence[Judged]) -> list[str]:
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for each in judged:
        counts[each.gold.answer][each.resolution.outcome if each.resolution else "no reference"] += 1
    columns = (*OUTCOMES, "no reference")
    lines = [f"| jedi | {' | '.join(columns)} |", "|---" * (len(columns) + 1) + "|"]
    return lines + [
        f"| {answer} | {' | '.join(str(row[each]) for each in columns)} |" for answer, row in counts.items()
    ]


def _edges(each: Judged, threshold: float) -> list[tuple[bool, str]]:
    if each.resolution is None:
        return []
    pairs = zip(each.rights, each.resolution.candidates, strict=True)
    return [(right, candidate.rung) for right, candidate in pairs if candidate.confidence >= threshold]


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.3f}" if whole else "-"


def pycg_report(folder: Path) -> str:
    """Write, per category, how many snippets are free of false edges, free of missed ones, and the edges' scores."""
    totals: dict[str, Counter[str]] = defaultdict(Counter)
    for category, snippet, gold in pycg_snippets(folder):
        found = _named_edges(edges_of(facts_under(snippet, snippet)))
        wanted = {
            (caller, callee) for caller, callees in gold.items() for callee in callees if "<builtin>" not in callee
        }
        for row in (totals[category], totals["all"]):
            row.update(
                snippets=1, complete=int(found <= wanted), sound=int(wanted <= found), right=len(found & wanted), found=len(found),
                wanted=len(wanted),
            )  # fmt: skip
    lines = ["| category | snippets | complete | sound | edges | precision | recall |", "|---|---|---|---|---|---|---|"]
    for category, row in totals.items():
        scores = f"{_share(row['right'], row['found'])} | {_share(row['right'], row['wanted'])}"
        lines.append(
            f"| {category} | {row['snippets']} | {row['complete']} | {row['sound']} | {row['wanted']} | {scores} |"
        )
    return "\n".join(lines)


def _named_edges(edges: Edges) -> set[tuple[str, str]]:
    """Name callers and callees as PyCG does: a class that is called is its `__init__`, or nothing without one."""
    project = edges.project
    modules = {row.path: row.module for row in project.files.values()}
    named = set()
    for path, scope, use, found in edges.found:
        if use.kind not in CALLS:
            continue
        caller = modules[path] if scope is None else project.symbols[scope].qualified_name
        for candidate in found.candidates:
            symbol = project.symbols[candidate.symbol_id]
            callee = symbol.qualified_name
            if symbol.kind == "class":
                callee = f"{callee}.__init__"
            is_function = symbol.kind in CALLABLE_KINDS or (symbol.kind == "class" and callee in project.qualified)
            if candidate.rung != AMBIGUOUS and is_function:
                named.add((caller, callee))
    return named


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one oracle over a folder and print its report."""
    parser = argparse.ArgumentParser(prog="engrep.eval.edges", description=main.__doc__)
    parser.add_argument("oracle", choices=("jedi", "pycg"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--sites", type=int, default=1500)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument(
        "--gold", type=Path, help="keep jedi's answers here, and read them from here when the file exists"
    )
    options = parser.parse_args(arguments)
    if options.oracle == "pycg":
        print(pycg_report(options.folder))
        return
    start = options.folder.resolve()
    root = next(folder for folder in (start, *start.parents) if not (folder / "__init__.py").exists())
    if options.gold and options.gold.exists():
        golds = load_gold(options.gold)
    else:
        golds = jedi_gold(root, start, options.sites, options.seed)
    if options.gold and not options.gold.exists():
        save_gold(golds, options.gold)
    print(jedi_report(judge(edges_of(facts_under(root, start)), golds)))


if __name__ == "__main__":
    main()
