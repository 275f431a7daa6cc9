"""A conversation in a terminal: several lines, a history, completion; Ctrl-C stops an answer, Ctrl-D ends."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

from engrep.agents.chat_types import ALWAYS, NO, YES, Agree, Wish
from engrep.chat_slash import SLASHES, show_resumed
from engrep.chat_stage import Stage
from engrep.chat_view import View
from engrep.chat_writer import BOLD, CITED, DIM, INDENT
from engrep.output import safe_block, safe_line

if TYPE_CHECKING:
    from prompt_toolkit import PromptSession
    from prompt_toolkit.completion import Completer, Completion
    from prompt_toolkit.document import Document
    from prompt_toolkit.history import History
    from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent

    from engrep.agents.chat_open import Talk

PROMPT, GOES_ON = "› ", "  "
MOST_ASKED = 12  # lines of what a person is asked to agree to


def hold(talk: Talk) -> None:
    """Hold a conversation until the person ends it."""
    view = View(talk.root, talk.chat.citations)
    stage = Stage(talk, view, choose=lambda lines: _choose(view, lines))
    talk.ask_with(_asking(view))
    talk.chat.warm()
    _head(talk, view)
    _offer_servers(talk, view)
    if talk.resumed is not None:
        show_resumed(stage, talk.resumed.title, talk.resumed.turns)
    session = _session(talk)
    while not stage.is_over:
        try:
            line = session.prompt()
        except KeyboardInterrupt:
            continue
        except EOFError:
            break
        try:
            stage.hear(line)
        except KeyboardInterrupt:  # of a command; an answer notices by itself
            view.close()
            view.quiet("stopped")
            view.line()
    try:
        stage.finish()
    except KeyboardInterrupt:
        view.quiet("not distilled: `engrep distill` does it")


def _head(talk: Talk, view: View) -> None:
    from engrep.engine.places import code_database

    who = talk.chat.model or "extracts, for no language model is configured"
    name = view.look.styled("engrep", BOLD)
    view.line()
    view.line(f"{name}  {view.look.styled(safe_line(f'{talk.root.name} · {who}'), DIM)}")
    view.quiet("/help lists the commands · Alt-Enter begins a new line · Ctrl-D ends")
    if not code_database(talk.root).exists():
        view.warn("the code is not indexed yet: `engrep index` does it")
    view.line()


def _offer_servers(talk: Talk, view: View) -> None:
    """Show the servers that the project names and nobody agreed to yet, and start those that the person agrees to."""
    if talk.chat.models is None:
        return
    from engrep.agents.mcp_agreed import agree

    for server in talk.unagreed():
        view.line(
            f"{view.look.styled(server.name, BOLD)}  {view.look.styled('is an MCP server that .mcp.json names', DIM)}"
        )
        view.line(f"{INDENT}{safe_line(server.shown)}")
        wanted = "speak to it" if server.url else "start it"
        if _answered(view, f"{wanted} here, now and from now on? [y]es  [n]o") in ("y", "yes"):
            agree(talk.root, server)
            talk.start([server])
        view.line()


def _session(talk: Talk) -> PromptSession[str]:
    from prompt_toolkit import PromptSession
    from prompt_toolkit.formatted_text import FormattedText
    from prompt_toolkit.styles import Style

    calm = Style.from_dict({
        "completion-menu": "bg:default default", "completion-menu.completion": "bg:default default",
        "completion-menu.completion.current": "bg:default bold noreverse", "completion-menu.meta.completion": "bg:default ansibrightblack",
        "completion-menu.meta.completion.current": "bg:default default", "scrollbar.background": "bg:default", "scrollbar.button": "bg:default",
    })  # fmt: skip
    return PromptSession(
        FormattedText([("ansicyan", PROMPT)]), multiline=True, key_bindings=_keys(), completer=_completer(talk),
        history=_history(), prompt_continuation=GOES_ON, style=calm, complete_while_typing=True,
        reserve_space_for_menu=6,
    )  # fmt: skip


def _keys() -> KeyBindings:
    from prompt_toolkit.key_binding import KeyBindings

    keys = KeyBindings()

    @keys.add("enter")
    def _enter(event: KeyPressEvent) -> None:
        buffer = event.current_buffer
        if buffer.document.text_before_cursor.endswith("\\"):
            buffer.delete_before_cursor()
            buffer.insert_text("\n")
        else:
            buffer.validate_and_handle()

    @keys.add("escape", "enter")
    def _newline(event: KeyPressEvent) -> None:
        event.current_buffer.insert_text("\n")

    return keys


def _history() -> History:
    from engrep.chat_history import redacted_history

    return redacted_history()


def _completer(talk: Talk) -> Completer:
    from prompt_toolkit.completion import Completer as Base
    from prompt_toolkit.completion import Completion as Found

    class Slashes(Base):
        def get_completions(self, document: Document, complete_event: object) -> Iterator[Completion]:  # noqa: ARG002 - the base class passes it
            text = document.text_before_cursor
            if not text.startswith("/") or "\n" in text:
                return
            for name, about in _offered(talk, text):
                yield Found(name, start_position=-len(text), display_meta=safe_line(about))

    return Slashes()


def _offered(talk: Talk, text: str) -> Iterator[tuple[str, str]]:
    """Give the lines that may go on from what is typed, each with what it does."""
    if " " not in text:
        known = [(f"/{each.name}", each.about) for each in SLASHES]
        known += [(f"/{each.name}", each.description) for each in talk.commands.values()]
    elif text.startswith("/agent "):
        known = [(f"/agent {each.name}", each.description) for each in talk.agents.values()]
    elif text.startswith("/model ") and talk.chat.models is not None:
        known = [(f"/model {each.name}", each.where) for each in talk.chat.models.settings.models]
    else:
        known = []
    yield from (each for each in known if each[0].startswith(text))


def _asking(view: View) -> Agree:
    def agree(wish: Wish) -> str:
        """Show what a model wants to do, and ask for leave."""
        view.line()
        view.line(f"{view.look.styled(safe_line(wish.tool), BOLD)}  {view.look.styled('wants your leave', DIM)}")
        lines = _shown(wish)
        for line in lines[:MOST_ASKED]:
            view.line(f"{INDENT}{line}")
        if len(lines) > MOST_ASKED:
            view.quiet(f"{INDENT}and {len(lines) - MOST_ASKED} more lines")
        said = _answered(view, "[y]es  [n]o  [a]lways in this session")
        return {"y": YES, "yes": YES, "a": ALWAYS, "always": ALWAYS}.get(said, NO)

    return agree


def _shown(wish: Wish) -> list[str]:
    """Return all that a use of a tool says: nothing is agreed to unseen."""
    lines = []
    for name, value in wish.arguments.items():
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        first, *rest = safe_block(text).split("\n")
        lines += [f"{safe_line(name)}: {first}", *(f"  {line}" for line in rest)]
    return lines


def _choose(view: View, lines: list[str]) -> int | None:
    """Let a person pick one of some lines by its number."""
    for number, line in enumerate(lines, 1):
        view.line(
            f"{view.look.styled(f'{number:>2}', CITED)}  {view.look.styled(safe_line(line)[: view.look.width - 6], DIM)}"
        )
    said = _answered(view, "which one? Enter for none")
    return int(said) - 1 if said.isdigit() and 1 <= int(said) <= len(lines) else None


def _answered(view: View, question: str) -> str:
    """Ask in a line below, and return what was said in lower case; Ctrl-C and Ctrl-D say nothing."""
    from prompt_toolkit import prompt
    from prompt_toolkit.formatted_text import FormattedText

    try:
        return (
            prompt(FormattedText([("ansibrightblack", f"{INDENT}{question} "), ("ansicyan", PROMPT)])).strip().lower()
        )
    except (KeyboardInterrupt, EOFError):
        view.quiet("no")
        return ""
