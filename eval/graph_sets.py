"""Foreign call-graph sets, read into one shape: files, the edges they must have, and where the set knows all edges.

The JavaScript sets name functions by file and line, the Go sets by name, PyCG by qualified name. Code that nobody wrote
(natives, wrappers that a compiler makes) has no edges here, for it has no definition to find.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

SCRIPTS = frozenset({".js", ".mjs", ".cjs", ".jsx", ".ts", ".tsx"})
NamedEdge = tuple[str, str]  # call and callee: "a.js:3" and "b.js:7" where lines name them, else names of functions
Naming = Literal["line", "local name", "qualified name"]

_LIMITS = frozenset({"limits", "unhandled"})
_GO_WRAPPER = re.compile(r"\$(bound|thunk)\b")
_GO_LIBRARY = re.compile(r"\(?\*?[a-z]+\.[A-Z]")  # "(reflect.Value).Call": not among the program's files
_GO_PACKAGE = re.compile(r"[\w.]+/(?:\w+/)*\w+\.|\w+\.(?=\w+\))")
_GO_EDGE = re.compile(r"(?:edge )?(\S+) --(?:[a-z ]+--)?> (\S+)")
_GO_LISTED = re.compile(r"([\w.$\[\]()*]+): (\S.* -> .+)")


@dataclass(frozen=True, slots=True)
class CallGraph:
    """One program of a set."""

    name: str
    category: str  # the set's own
    texts: dict[str, bytes]  # path → content
    naming: Naming  # of calls and callees
    wanted: frozenset[NamedEdge]
    judged: frozenset[str] | None  # calls of which the set names every callee; None for all of the program's


def pycg_programs(folder: Path) -> Iterator[CallGraph]:
    """Yield the snippets of PyCG's micro-benchmark: all edges of each; those to what Python brings are left out."""
    for path in sorted(folder.rglob("callgraph.json")):
        graph: dict[str, list[str]] = json.loads(path.read_text(encoding="utf-8"))
        wanted = {(caller, callee) for caller, callees in graph.items() for callee in callees}
        own = frozenset(edge for edge in wanted if "<builtin>" not in edge[1])
        files = sorted(path.parent.rglob("*.py"))
        texts = {each.relative_to(path.parent).as_posix(): each.read_bytes() for each in files}
        name = path.parent.relative_to(folder).as_posix()
        yield CallGraph(name, path.parent.parent.name, texts, "qualified name", own, None)


def jelly_programs(folder: Path) -> Iterator[CallGraph]:
    """Yield the programs of jelly's tests that have a recorded run: what was called, at each call that ran."""
    for path in sorted(folder.glob("*.json")):
        graph = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(graph, dict) or not {"files", "call2fun"} <= graph.keys():
            continue
        files: list[str] = graph["files"]
        if all((folder / name).is_file() for name in files):
            wanted = frozenset(
                (_place(files, graph["calls"][call]), _place(files, graph["functions"][callee]))
                for call, callee in graph["call2fun"]
            )
            texts = {name: (folder / name).read_bytes() for name in files}
            yield CallGraph(path.stem, "recorded runs", texts, "line", wanted, frozenset(call for call, _ in wanted))


def _place(files: list[str], location: str) -> str:
    """Read "0:4:12:4:37" (number of the file, start, end) as "classes.js:4"."""
    number, line, _ = location.split(":", 2)
    return f"{files[int(number)]}:{line}"


def js_callgraph_programs(folder: Path) -> Iterator[CallGraph]:
    """Yield the programs of js-callgraph's tests: all edges of the file that the expectation is named after.

    As in the set's own runner, what lies under its known limits does not count.
    """
    for path in sorted(folder.rglob("*.truth")):
        if not _LIMITS.isdisjoint(path.relative_to(folder).parts):
            continue
        rows = [line.strip().split(" -> ") for line in path.read_text(encoding="utf-8").splitlines() if "->" in line]
        wanted = {
            (_without_name(call), _without_name(callee)) for call, callee in rows if not callee.startswith("Native")
        }
        scripts = [each for each in sorted(path.parent.rglob("*")) if each.suffix in SCRIPTS]
        own = [each for each in scripts if each.stem == path.stem]
        if own and wanted:
            texts = {each.relative_to(path.parent).as_posix(): each.read_bytes() for each in scripts}
            judged = frozenset(f"{own[0].name}:{line}" for line in range(1, own[0].read_bytes().count(b"\n") + 2))
            name = path.relative_to(folder).as_posix()
            yield CallGraph(name, path.parent.name, texts, "line", frozenset(wanted), judged)


def _without_name(place: str) -> str:
    """Read "lib.js:square:2" as "lib.js:2"."""
    file, _, line = place.split(":")
    return f"{file}:{line}"


def go_programs(folder: Path) -> Iterator[CallGraph]:
    """Yield the programs under go/callgraph whose closing comment names edges; those of data flow name none.

    CHA's lists hold the dynamic calls alone, but where they say "All calls", and RTA's are samples: there only missing
    edges can be told. VTA's list all callees of the functions that they name.
    """
    for path in sorted([*folder.rglob("*.go"), *folder.rglob("*.txtar")]):
        text = path.read_text(encoding="utf-8")
        source, _, rest = text.partition("// WANT:")
        lines = [line.removeprefix("//").strip() for line in rest.partition("\n-- ")[0].splitlines()]
        listed = [found for line in lines if (found := _GO_LISTED.fullmatch(line))]
        wanted = {
            (_go_caller(found[1]), _go_name(callee))
            for found in listed
            for site in found[2].split("; ")
            for callee in site.rpartition(" -> ")[2].split(", ")
        }
        whole = frozenset(_go_name(found[1]) for found in listed if "$" not in found[1])
        wanted |= {edge for line in lines if (edge := _go_edge(line)) is not None}
        if wanted and "testdata" in path.parts:
            texts = _unpacked(text) if path.suffix == ".txtar" else {path.name: source.encode()}
            judged = None if "All calls" in lines else whole
            name = path.relative_to(folder).as_posix()
            yield CallGraph(name, name.partition("/")[0], texts, "local name", frozenset(wanted), judged)


def _go_edge(line: str) -> NamedEdge | None:
    found = _GO_EDGE.fullmatch(line)
    if found is None or _GO_WRAPPER.search(line) or any(_GO_LIBRARY.match(name) for name in found.groups()):
        return None
    call, callee = _go_caller(found[1]), _go_name(found[2])
    is_wrapper = call == callee and found[1] != found[2]  # the method of a pointer calls that of the value
    return None if is_wrapper else (call, callee)


def _go_caller(name: str) -> str:
    """Name a caller; a function inside another one belongs to that."""
    return _go_name(name).partition("$")[0]


def _go_name(name: str) -> str:
    """Read "(*example.com/sub.A).F[int]" as "A.F"."""
    bare = _GO_PACKAGE.sub("", name.partition("[")[0] if not name.startswith("(") else re.sub(r"\[.*?\]", "", name))
    return bare.replace("(*", "").replace("(", "").replace(")", "")


def _unpacked(archive: str) -> dict[str, bytes]:
    """Unpack a txtar archive."""
    parts = re.split(r"(?m)^-- (\S+) --\n", archive)
    return {name: text.encode() for name, text in zip(parts[1::2], parts[2::2], strict=True)}


SETS: dict[str, Callable[[Path], Iterator[CallGraph]]] = {
    "pycg": pycg_programs, "jelly": jelly_programs, "js-callgraph": js_callgraph_programs, "go": go_programs,
}  # fmt: skip
