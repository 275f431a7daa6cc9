"""The command that talks about a repository: in a terminal, in a pipe, or one question for a script."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from engrep.options import Json, Repo
from engrep.output import note, write_json

if TYPE_CHECKING:
    from engrep.agents.chat import Chat
    from engrep.agents.chat_types import Reply


def chat(
    prompt: Annotated[
        str | None,
        typer.Option("--prompt", "-p", metavar="QUESTION", help="Answer one question and exit; - reads stdin."),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(
            "--model", metavar="MODEL", help="A configured NAME, PROVIDER:MODEL, MODEL@URL, or none for extracts."
        ),
    ] = None,
    agent: Annotated[
        str, typer.Option("--agent", metavar="NAME", help="Follow the instructions of .claude/agents/NAME.md.")
    ] = "",
    resume: Annotated[
        str, typer.Option("--resume", metavar="ID", help="Go on with a session that is kept; `last` is the newest.")
    ] = "",
    allow: Annotated[
        list[str] | None,
        typer.Option(
            "--allow", metavar="RULE", help="Allow a tool without asking: remember, read(src/**); may be repeated."
        ),
    ] = None,
    repo: Repo = None,
    as_json: Json = False,
) -> int:
    """Ask about the code and what was decided: with a language model, or without one in cited extracts.

    Without --prompt a conversation begins; in a pipe each line is a question.
    """
    from engrep.agents.chat_open import opened

    with opened(repo, model=model, agent=agent, resume=resume, allow=allow or (), is_script=prompt is not None) as talk:
        if prompt is not None:
            talk.wait()
            for each in talk.notes:
                note(each)
            return _once(talk.chat, _text(prompt), as_json=as_json)
        from engrep.chat_session import converse

        return converse(talk, as_json=as_json)


def _once(chat: Chat, question: str, *, as_json: bool) -> int:
    """Answer one question; the answer alone goes to stdout."""
    from engrep.agents.chat_types import Piece
    from engrep.chat_json import code_of, shape

    if as_json:
        reply = chat.ask(question)
        chat.end()
        write_json(shape(reply))
        return code_of(reply)
    from engrep.chat_view import View

    view = View(chat.memory.root, chat.citations)
    reply = chat.ask(question, lambda event: view.piece(event) if isinstance(event, Piece) else None)
    view.close()
    chat.end()
    _notes(reply)
    return code_of(reply)


def _notes(reply: Reply) -> None:
    for each in (*reply.notes, *([reply.problem] if reply.problem else ())):
        note(each)
    for cited in reply.citations:
        if not cited.verified:
            note(f"unverified: {cited.text} ({cited.problem})")
    for use in reply.uses:
        if use.error:
            note(f"{use.tool} {use.subject}: {use.error}")
    if not reply.answer:
        note("nothing is known about it")


def _text(prompt: str) -> str:
    return sys.stdin.buffer.read().decode("utf-8", "replace") if prompt == "-" else prompt
