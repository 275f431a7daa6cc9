"""A chat for other programs: a line is a command or a question, each answer a JSON object; and the exit code."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from engrep.engine.errors import EngrepError, UsageError
from engrep.output import FOUND, INTERRUPTED, NOTHING, STATE, write_json

if TYPE_CHECKING:
    from engrep.agents.chat_open import Talk
    from engrep.agents.chat_types import Reply
    from engrep.engine.memory import Memory

# The commands that have an answer; the others set a conversation of a person up, for which a program has options.
VERBS: Mapping[str, Callable[[Memory, str], Any]] = {
    "recall": lambda memory, rest: memory.recall(rest),
    "search": lambda memory, rest: memory.search(rest, limit=5),
    "callers": lambda memory, rest: memory.callers(rest, limit=30),
    "remember": lambda memory, rest: memory.remember(rest),
    "forget": lambda memory, rest: memory.forget(rest),
}


def hear(talk: Talk, text: str) -> int:
    """Do what a line says, write one object for it, and return its exit code."""
    talk.wait()
    notes, talk.notes = tuple(talk.notes), []
    name, _, rest = text.removeprefix("/").partition(" ")
    try:
        if text.startswith("/") and name in VERBS:
            if not rest.strip():
                message = f"/{name} wants something behind it"
                raise UsageError(message)
            found = VERBS[name](talk.chat.memory, rest.strip())
            write_json({"command": name, "result": asdict(found), "notes": notes})
            return FOUND
        if text.startswith("/"):
            from engrep.chat_slash import SLASHES, question_of

            if name in {each.name for each in SLASHES}:
                message = f"/{name} is for a person: with --json there are /{', /'.join(VERBS)} and the project's own"
                raise UsageError(message)
            question, more = question_of(talk, name, rest.strip())
            reply, notes = talk.chat.ask(question, said=text), (*notes, *more)
        else:
            reply = talk.chat.ask(text)
    except EngrepError as error:
        from engrep.failures import report

        return report(error, as_json=True)
    write_json(shape(replace(reply, notes=(*notes, *reply.notes))))
    return code_of(reply)


def shape(reply: Reply) -> dict[str, Any]:
    """Return an answer as the object that `--json` writes."""
    return {
        "question": reply.question, "answer": reply.answer, "mode": reply.mode, "model": reply.model or None,
        "citations": [asdict(each) for each in reply.citations],
        "items": [asdict(each) for each in reply.recalled],
        "tools": [
            {"tool": use.tool, "arguments": use.arguments, "decision": use.decision, "error": use.error or None}
            for use in reply.uses
        ],
        "notes": list(reply.notes), "problem": reply.problem or None, "session": reply.session or None,
        "usage": {**asdict(reply.usage), "total": reply.usage.total}, "costs": dict(reply.costs),
        "seconds": reply.seconds, "first_seconds": reply.first_seconds, "stopped": reply.is_stopped,
    }  # fmt: skip


def code_of(reply: Reply) -> int:
    """Return the exit code of an answer: a model that failed is a state that needs a hand, though there are extracts."""
    if reply.is_stopped:
        return INTERRUPTED
    if reply.problem:
        return STATE
    return FOUND if reply.answer else NOTHING
