"""The tools that roles have: each reads or changes the run's own files, asks the memory, or runs an allowed command."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engrep.agents import told
from engrep.agents import workspace_files as files
from engrep.agents.flow_fence import as_text
from engrep.agents.model_types import ToolCall, ToolSpec, arguments_of
from engrep.agents.workspace_paths import RefusedError, place_in
from engrep.engine.errors import BudgetError, EngrepError, StateError
from engrep.indexers.redact import redact
from engrep.indexers.secret_files import holds_secrets

if TYPE_CHECKING:
    from engrep.agents.flow_run import Run
    from engrep.engine.types import Search

MOST_SHOWN = 24_000  # characters that one tool tells a model
MOST_OUTPUT = 8_000  # characters of a command's output that a model is shown
_TEXT = {"type": "string"}
_NUMBER = {"type": "integer", "minimum": 1}
_CHANGING = frozenset({"write_file", "edit_file", "delete_file", "run_command"})
_PATH = {"type": "string", "description": "relative to the project"}

MayWrite = Callable[[str], str]  # of a file's name: why it may not be written, '' where it may


def _spec(name: str, description: str, required: str, /, **properties: Mapping[str, Any]) -> ToolSpec:
    schema = {"type": "object", "properties": properties, "required": required.split(), "additionalProperties": False}
    return ToolSpec(name, description, schema)


_SPECS = {
    each.name: each
    for each in (
        _spec("read_file", "Read lines of a file, numbered.", "path", path=_PATH, start=_NUMBER, end=_NUMBER),
        _spec("list_files", "List a folder.", "", path=_PATH),
        _spec("search_code", "Find code by words, names or meaning.", "query", query=_TEXT),
        _spec("find_symbol", "Show every definition of a name, likeliest first.", "name", name=_TEXT),
        _spec("callers", "List who calls a symbol.", "name", name=_TEXT),
        _spec("recall", "Ask what was decided and learned about this project.", "query", query=_TEXT),
        _spec("write_file", "Write a whole file.", "path text", path=_PATH, text=_TEXT),
        _spec(
            "edit_file", "Put a text in the place of another that is in the file exactly once, or everywhere.", "path old new",
            path=_PATH, old=_TEXT, new=_TEXT, everywhere={"type": "boolean"},
        ),
        _spec("delete_file", "Delete one file.", "path", path=_PATH),
        _spec(
            "run_command", "Run an allowed program in the project; no shell.", "argv",
            argv={"type": "array", "items": _TEXT, "minItems": 1},
        ),
    )
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Told:
    """What a tool answers; `refused` says why it did nothing, '' where it did."""

    text: str
    refused: str = ""


@dataclass(frozen=True, slots=True)
class Toolbox:
    """The tools of one role at one step."""

    run: Run
    role: str
    names: tuple[str, ...]
    may_write: MayWrite = lambda _: ""
    at: str = (
        ""  # the state of the files that commands run on and leave alone; '' for the newest, which they may change
    )

    def specs(self) -> list[ToolSpec]:
        """Return what a model is told of them; the commands that are allowed among it."""
        return [_SPECS[name] for name in self.names]

    def use(self, key: str, call: ToolCall) -> Told:
        """Do what a call asks for, once; what may not be done is refused and kept for the report."""
        held = self.run.journal.get(key)
        if held is None:
            try:
                held = self._done(key, call)
            except RefusedError as exc:
                held = {"text": f"refused: {exc}", "refused": str(exc)}
            except BudgetError:  # it ends the run, and is no answer: with a larger one the call is made after all
                raise
            except KeyError as exc:
                held = {"text": f"error: {call.name} needs {exc}"}
            except (EngrepError, OSError, TypeError, ValueError) as exc:
                if call.name in _CHANGING and isinstance(exc, StateError | OSError):
                    raise  # the disk or git failed, not the call: it is made again when the run goes on
                held = {"text": f"error: {exc}"}
            if not self.run.journal.has(key):
                self.run.journal.put(key, held)
        elif "evidence" in held:
            held = self._ran(key, call)
        if held.get("refused"):
            self.run.refused(key, self.role, call, str(held["refused"]))
        return Told(str(held["text"]), str(held.get("refused", "")))

    def _done(self, key: str, call: ToolCall) -> dict[str, Any]:
        if call.name not in self.names:
            known = ", ".join((*self.names, "submit"))
            raise RefusedError(f"{self.role} has no tool {call.name}; there are {known}")
        given = arguments_of(call)
        if call.name == "run_command":
            return self._ran(key, call)
        if call.name in ("write_file", "edit_file", "delete_file"):
            return self.run.changed_by(key, lambda: self._changed(call.name, given))
        answer = redact(as_text(str(_READERS[call.name](self.run, given)))).text
        return {"text": answer[:MOST_SHOWN]}

    def _changed(self, tool: str, given: dict[str, Any]) -> tuple[str, str]:
        tree, path = self.run.space.tree, str(given["path"])
        _, name = place_in(tree, path)
        why = self.may_write(name)
        if why:
            raise RefusedError(f"{name}: {why}")
        if tool == "write_file":
            return files.write(tree, path, str(given["text"])), f"{name} is written"
        if tool == "delete_file":
            return files.delete(tree, path), f"{name} is deleted"
        everywhere = bool(given.get("everywhere"))
        return files.replace(
            tree, path, str(given["old"]), str(given["new"]), everywhere=everywhere
        ), f"{name} is changed"

    def _ran(self, key: str, call: ToolCall) -> dict[str, Any]:
        given = arguments_of(call).get("argv")
        argv = [str(each) for each in given] if isinstance(given, list) else str(given or "").split()
        found, output = self.run.command(
            key, self.run.commands.checked(argv), f"asked for by the {self.role}", role=self.role, tree=self.at
        )
        return {"text": f"{found.id}: {found.said}\n{ends(output, MOST_OUTPUT)}"}


def ends(text: str, most: int) -> str:
    """Return the beginning and, mostly, the end of a text: that is where programs say what is wrong."""
    if len(text) <= most:
        return text
    return f"{text[: most // 4]}\n…\n{text[-(most - most // 4) :]}"


def _read(run: Run, given: dict[str, Any]) -> str:
    with run.lock:
        run.on_disk(run.tree)
        return files.read_lines(run.space.tree, str(given["path"]), int(given.get("start") or 1), given.get("end"))


def _listed(run: Run, given: dict[str, Any]) -> str:
    with run.lock:
        run.on_disk(run.tree)
        return files.list_names(run.space.tree, str(given.get("path") or ""))


def _searched(run: Run, given: dict[str, Any]) -> str:
    return _shown(run.memory.search(str(given["query"]), limit=8))


def _symbol(run: Run, given: dict[str, Any]) -> str:
    return _shown(run.memory.symbol(str(given["name"]), limit=8))


def _shown(found: Search) -> str:
    return told.search(found, {hit.path for hit in found.hits if holds_secrets(hit.path)})


def _callers(run: Run, given: dict[str, Any]) -> str:
    return told.edges(run.memory.callers(str(given["name"]), limit=40), "caller")


def _recalled(run: Run, given: dict[str, Any]) -> str:
    found = run.memory.recall(str(given["query"]), budget=1200, types=("memory", "instruction", "commit"))
    return "\n\n".join(map(told.item, found.items)) or "nothing is remembered of that"


_READERS: dict[str, Callable[[Run, dict[str, Any]], str]] = {
    "read_file": _read,
    "list_files": _listed,
    "search_code": _searched,
    "find_symbol": _symbol,
    "callers": _callers,
    "recall": _recalled,
}
