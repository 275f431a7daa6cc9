"""What a model may do with a repository: look things up in it, and, when a person agrees, remember.

Each tool is a verb of `Memory`, or reads lines of a file inside the root. None writes a file or runs a program.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engrep.agents import told
from engrep.agents.confined import lines_of, path_inside
from engrep.agents.model_types import ToolSpec
from engrep.agents.permissions import ALLOW, ASK, READ, Permissions
from engrep.engine.errors import UsageError
from engrep.engine.memory_types import KINDS

if TYPE_CHECKING:
    from engrep.engine.memory import Memory
    from engrep.engine.memory_types import Evidence

Given = Mapping[str, Any]
REMEMBER = "remember"
TOOL_TOKENS = 2500  # of one answer of a tool
_SPELLINGS = {
    "query": ("query", "q", "question", "pattern"),
    "name": ("name", "symbol", "query"),
    "path": ("path", "file_path", "file", "filename"),
    "text": ("text", "content", "memory"),
}


@dataclass(frozen=True, slots=True)
class Tool:
    """One tool: how a model is told of it, what rules see of a use, and what it does."""

    spec: ToolSpec
    subject: Callable[
        [Given], str
    ]  # what it is used on, as rules match it; raises UsageError where it is used on nothing
    run: Callable[[Given, Permissions], str]
    otherwise: str = ALLOW  # where no rule says anything

    @property
    def name(self) -> str:
        """What it is called."""
        return self.spec.name


def toolset(memory: Memory, said: Callable[[], Sequence[Evidence]] = tuple) -> dict[str, Tool]:
    """Return the tools of a root by name; `said` gives what the person said last, as evidence of what is remembered."""
    found = (
        _search(memory), _symbol(memory), *_walks(memory), _recall(memory), _why(memory), _sessions(memory), _read(memory),
        _remember(memory, said),
    )  # fmt: skip
    return {tool.name: tool for tool in found}


def _search(memory: Memory) -> Tool:
    def run(given: Given, may: Permissions) -> str:
        path = given.get("path")
        found = memory.search(text_in(given, "query"), limit=_number(given, "limit", 6, 20), path=path or None)
        return told.search(found, _hidden((each.path for each in found.hits), may))

    properties = {"query": _TEXT, "path": {"type": "string", "description": "glob or folder"}, "limit": _NUMBER}
    about = "Find code by meaning, words, a name, an error or a whole issue text; the best place of each file first."
    return Tool(_spec("search", about, properties, "query"), lambda given: text_in(given, "query"), run)


def _symbol(memory: Memory) -> Tool:
    def run(given: Given, may: Permissions) -> str:
        found = memory.symbol(text_in(given, "name"), limit=_number(given, "limit", 5, 20))
        return told.search(found, _hidden((each.path for each in found.hits), may))

    about = "Show the source of every definition of a name, likeliest first. Any spelling: backoff, net.retry.backoff, net/retry.py:12."
    return Tool(_spec("symbol", about, {"name": _TEXT, "limit": _NUMBER}, "name"), _named, run)


def _walks(memory: Memory) -> tuple[Tool, ...]:
    def walk(verb: str, noun: str, about: str) -> Tool:
        def run(given: Given, may: Permissions) -> str:
            found = getattr(memory, verb)(text_in(given, "name"), depth=_number(given, "depth", 1, 6), limit=40)
            return told.edges(found, noun, _hidden((each.path for each in found.edges), may))

        return Tool(_spec(verb, about, {"name": _TEXT, "depth": _NUMBER}, "name"), _named, run)

    return (
        walk("callers", "caller", "List who calls a symbol, with place and confidence."),
        walk("callees", "callee", "List what a symbol calls, with place and confidence."),
    )


def _recall(memory: Memory) -> Tool:
    def run(given: Given, may: Permissions) -> str:
        found = memory.recall(text_in(given, "query"), budget=TOOL_TOKENS - 300)
        shown = [told.item(each) for each in found.items if may.may_show(each.path, memory.root)]
        withheld = [f"{found.stale_withheld} memories are withheld: their code changed"] if found.stale_withheld else []
        return "\n\n".join([*(shown or ["nothing is known about it"]), *withheld])

    about = "Bring back what answers a question: decisions, constraints and fixes remembered, code, and what was said in sessions."
    return Tool(_spec("recall", about, {"query": _TEXT}, "query"), lambda given: text_in(given, "query"), run)


def _why(memory: Memory) -> Tool:
    def run(given: Given, may: Permissions) -> str:
        found = memory.why(text_in(given, "name"), budget=TOOL_TOKENS - 300)
        shown = [told.item(each) for each in found.items if may.may_show(each.path, memory.root)]
        return "\n\n".join(shown or ["nothing is known about it"])

    about = "Tell why a symbol or file is as it is: memories about it, and the commits that its lines come from."
    return Tool(_spec("why", about, {"name": _TEXT}, "name"), _named, run)


def _sessions(memory: Memory) -> Tool:
    def run(given: Given, may: Permissions) -> str:
        wanted = str(given.get("id") or "")
        if not wanted:
            newest = memory.sessions()[::-1]
            return "\n\n".join([f"{len(newest)} sessions", *map(told.session, newest[:20])])
        page = memory.session(wanted, after=_number(given, "after", 0, 1 << 30), limit=20)
        shown = [each for each in page.turns if may.may_show(each.path, memory.root)]
        more = [f"more: after={page.next_after}"] if page.next_after else []
        return "\n\n".join([*map(told.turn, shown), *more])

    properties = {"id": {"type": "string", "description": "none: list them"}, "after": _NUMBER}
    return Tool(
        _spec("sessions", "List past sessions, newest first; with id, what was said in one.", properties),
        lambda given: str(given.get("id") or ""), run,
    )  # fmt: skip


def _read(memory: Memory) -> Tool:
    def subject(given: Given) -> str:
        return path_inside(memory.root, text_in(given, "path"))

    def run(given: Given, _may: Permissions) -> str:
        start = _number(given, "start_line", 1, 1 << 30)
        end = _number(given, "end_line", start + 199, 1 << 30)
        path, lines, total = lines_of(memory.root, text_in(given, "path"), start, end)
        last = start + len(lines) - 1
        return "\n".join([f"{path}, lines {start} to {last} of {total}", *told.numbered(lines, start)])

    properties = {"path": _TEXT, "start_line": _NUMBER, "end_line": _NUMBER}
    return Tool(_spec(READ, "Read lines of a file of this repository.", properties, "path"), subject, run)


def _remember(memory: Memory, said: Callable[[], Sequence[Evidence]]) -> Tool:
    def run(given: Given, _may: Permissions) -> str:
        about = given.get("about") or ()
        found = memory.remember(
            text_in(given, "text"), kind=str(given.get("kind") or "decision"), why=str(given.get("why") or ""),
            about=[about] if isinstance(about, str) else [str(each) for each in about], actor="chat",
            evidence=said(),
        )  # fmt: skip
        told_back = f"known already as {found.duplicate_of}" if found.duplicate_of else f"remembered as {found.id}"
        clash = f"; contradicts {', '.join(found.conflicts)}" if found.conflicts else ""
        return told_back + (f"; replaces {', '.join(found.superseded)}" if found.superseded else "") + clash

    properties = {
        "text": _TEXT, "kind": {"type": "string", "enum": list(KINDS)},
        "about": {"type": "array", "items": {"type": "string"}, "description": "symbols or paths"}, "why": _TEXT,
    }  # fmt: skip
    about = "Keep one fact for later sessions, in a sentence or two. The person is asked first."
    return Tool(_spec(REMEMBER, about, properties, "text"), lambda given: text_in(given, "text"), run, ASK)


def text_in(given: Given, name: str) -> str:
    """Return a text among the arguments, in any of its spellings.

    Raises:
        UsageError: there is none.

    """
    for spelling in _SPELLINGS.get(name, (name,)):
        value = given.get(spelling)
        if isinstance(value, str) and value.strip():
            return value.strip()
    message = f"`{name}` is missing: say it as a text"
    raise UsageError(message)


def _named(given: Given) -> str:
    return text_in(given, "name")


def _number(given: Given, name: str, default: int, most: int) -> int:
    value = given.get(name)
    try:
        return default if value is None else min(max(int(value), min(default, 1)), most)
    except (TypeError, ValueError) as exc:
        message = f"`{name}` is no number"
        raise UsageError(message) from exc


def _hidden(paths: Iterable[str], may: Permissions) -> set[str]:
    return {path for path in paths if not may.may_show(path)}


_TEXT = {"type": "string"}
_NUMBER = {"type": "integer"}


def _spec(name: str, about: str, properties: dict[str, Any], *required: str) -> ToolSpec:
    return ToolSpec(name, about, {"type": "object", "properties": properties, "required": list(required)})
