"""The commands of a conversation: /recall, /remember and the rest, each a verb of the library; and the project's own."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engrep.engine.errors import UsageError
from engrep.output import make_console, safe_line

if TYPE_CHECKING:
    from rich.text import Text

    from engrep.agents.chat_open import Talk
    from engrep.chat_stage import Stage


@dataclass(frozen=True, slots=True)
class Slash:
    """One command."""

    name: str
    takes: str
    about: str
    run: Callable[[Stage, str], None]


def run(stage: Stage, text: str) -> str:
    """Run a command; return the question that it asks, '' for none.

    Raises:
        UsageError: there is no such command, or it lacks something.

    """
    name, _, rest = text[1:].partition(" ")
    found = {each.name: each for each in SLASHES}.get({"exit": "quit", "?": "help"}.get(name, name))
    if found is not None:
        found.run(stage, rest.strip())
        return ""
    return _own(stage, name, rest.strip())


def _own(stage: Stage, name: str, rest: str) -> str:
    question, notes = question_of(stage.talk, name, rest)
    for each in notes:
        stage.view.warn(each)
    return question


def question_of(talk: Talk, name: str, rest: str) -> tuple[str, tuple[str, ...]]:
    """Return the question of a command that the project or the person has, and what a person should know of it.

    Raises:
        UsageError: there is no such command.

    """
    from engrep.agents.chat_files import expanded

    commands = talk.commands
    short = [each for each in commands if each.rpartition(":")[2] == name]
    command = commands.get(name) or (commands[short[0]] if len(short) == 1 else None)
    if command is None:
        message = f"there is no command /{name}: /help lists them"
        raise UsageError(message)
    question, notes = expanded(command, rest, talk.root, talk.chat.toolbox.permissions)
    return question, tuple(notes)


def _recall(stage: Stage, rest: str) -> None:
    from engrep.render_recall import recall_lines

    found = stage.talk.chat.memory.recall(_needed(rest, "what to recall"))
    _show(stage, recall_lines(found, why=False))


def _search(stage: Stage, rest: str) -> None:
    from engrep.render import search_lines

    found = stage.talk.chat.memory.search(_needed(rest, "what to search for"), limit=5)
    _show(stage, search_lines(found, make_console(), why=False))


def _callers(stage: Stage, rest: str) -> None:
    from engrep.render import edge_lines

    found = stage.talk.chat.memory.callers(_needed(rest, "whose callers"), limit=30)
    _show(stage, edge_lines(found, noun="caller"))


def _remember(stage: Stage, rest: str) -> None:
    found = stage.talk.chat.memory.remember(_needed(rest, "what to remember"))
    known = f"known already as {found.duplicate_of}" if found.duplicate_of else f"remembered as {found.id}"
    stage.view.quiet(known + (f", replaces {', '.join(found.superseded)}" if found.superseded else ""))
    for each in found.conflicts:
        stage.view.warn(f"contradicts {each}: /forget the one that does not hold")
    stage.view.line()


def _forget(stage: Stage, rest: str) -> None:
    found = stage.talk.chat.memory.forget(_needed(rest, "the id of a memory"))
    stage.view.quiet(f"forgot {found.id}: {found.text}")
    stage.view.quiet(f"engrep restore {found.id} brings it back")
    stage.view.line()


def _resume(stage: Stage, rest: str) -> None:
    from engrep.agents.chat_keep import newest

    held = [each for each in newest(stage.talk.chat.memory, 30) if each.id != stage.talk.chat.kept.session]
    if not rest:
        if not held:
            stage.view.quiet("no earlier session is kept")
            stage.view.line()
            return
        lines = [
            f"{each.ended_at[:16].replace('T', ' ')}  {each.program:<7} {each.turns:>4} turns  {each.title}"
            for each in held
        ]
        at = stage.choose(lines) if stage.choose else None
        if at is None:
            if stage.choose is None:
                for each, line in zip(held, lines, strict=True):
                    stage.view.quiet(f"{each.id}  {line}")
            stage.view.line()
            return
        rest = held[at].id
    stage.finish()
    found = stage.talk.chat.resume(held[0].id if rest == "last" and held else rest)
    show_resumed(stage, found.title, found.turns)


def show_resumed(stage: Stage, title: str, turns: int) -> None:
    """Say which session is gone on with, and show the end of it."""
    stage.view.quiet(f"going on with {title} ({turns} turns)")
    for turn in stage.talk.chat.conversation.said[-2:]:
        words = " ".join(turn.text.split())
        stage.view.quiet(f"{'›' if turn.role == 'user' else ' '} {words}")
    stage.view.line()


def _model(stage: Stage, rest: str) -> None:
    models = stage.talk.chat.models
    if rest:
        stage.talk.choose_model(rest)
        stage.view.quiet(f"from now on answers {stage.talk.chat.model or 'nobody: there are extracts'}")
    elif models is None:
        stage.view.quiet("no language model is configured: answers are extracts; `engrep models` says how to have one")
    else:
        for at, each in enumerate(models.candidates("chat")):
            stage.view.quiet(f"{'answers' if at == 0 else 'stands in':<10} {each.name}  {each.model} at {each.where}")
    stage.view.line()


def _agent(stage: Stage, rest: str) -> None:
    if rest:
        unknown = stage.talk.choose_agent("" if rest == "off" else rest)
        if unknown:
            stage.view.warn(f"it names tools that chat does not have: {', '.join(unknown)}")
        stage.view.quiet("no agent is followed" if rest == "off" else f"following {rest} from now on")
    else:
        for each in stage.talk.agents.values():
            stage.view.quiet(f"{each.name:<20} {each.description}")
        if not stage.talk.agents:
            stage.view.quiet("there is no agent in .claude/agents")
    stage.view.line()


def _tools(stage: Stage, _rest: str) -> None:
    stage.talk.wait()
    box = stage.talk.chat.toolbox
    for tool in box.tools.values():
        stage.view.quiet(
            f"{box.permissions.decide(tool.name, '', tool.otherwise):<6} {tool.name:<28} {tool.spec.description}"
        )
    for each in stage.talk.unagreed():
        stage.view.quiet(f"{'not started, nobody agreed':<35} {each.name}: {each.shown}")
    stage.view.line()


def _cost(stage: Stage, _rest: str) -> None:
    from engrep.agents.chat_cost import cost_lines

    models = stage.talk.chat.models
    for line in cost_lines(models.account if models else None):
        stage.view.quiet(line)
    stage.view.line()


def _compact(stage: Stage, _rest: str) -> None:
    before = stage.talk.chat.conversation.tokens
    done = stage.talk.chat.compact()
    after = stage.talk.chat.conversation.tokens
    stage.view.quiet(
        f"{done} messages summed up, {before:,} tokens are {after:,} now" if done else "there is nothing to sum up yet"
    )
    for each in stage.talk.chat.conversation.kept if done else ():
        stage.view.quiet(f"kept word for word  {each.removeprefix('> ')}")
    stage.view.line()


def _help(stage: Stage, _rest: str) -> None:
    rows = [(f"/{each.name} {each.takes}".rstrip(), each.about) for each in SLASHES]
    rows += [(f"/{each.name} {each.hint}".rstrip(), each.description) for each in stage.talk.commands.values()]
    width = max(len(name) for name, _ in rows)
    for name, about in rows:
        stage.view.line(f"{safe_line(name):<{width}}  {stage.view.look.styled(safe_line(about), '2')}")
    stage.view.line()


def _quit(stage: Stage, _rest: str) -> None:
    stage.is_over = True


SLASHES = (
    Slash("recall", "QUESTION", "what is known: memories, code, past sessions", _recall),
    Slash("search", "QUESTION", "places in the code", _search),
    Slash("callers", "NAME", "who calls a symbol", _callers),
    Slash("remember", "TEXT", "keep a fact for later sessions", _remember),
    Slash("forget", "ID", "take a memory out of every answer", _forget),
    Slash("resume", "[ID]", "go on with an earlier session", _resume),
    Slash("agent", "[NAME|off]", "follow an agent of .claude/agents", _agent),
    Slash("model", "[NAME]", "which model answers, or another one", _model),
    Slash("tools", "", "what a model may use, and what it is asked about", _tools),
    Slash("cost", "", "tokens, money and time so far", _cost),
    Slash("compact", "", "sum up what was said long ago", _compact),
    Slash("help", "", "this list", _help),
    Slash("quit", "", "end; what was said is kept and distilled", _quit),
)


def _needed(rest: str, what: str) -> str:
    if not rest:
        message = f"say {what} behind the command"
        raise UsageError(message)
    return rest


def _show(stage: Stage, lines: Iterable[Text]) -> None:
    console = make_console()
    with console.capture() as captured:
        for line in lines:
            console.print(line)
    for shown in captured.get().rstrip("\n").split("\n"):
        stage.view.line(shown)
    stage.view.line()
