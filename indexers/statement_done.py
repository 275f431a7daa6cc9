"""What tools did: an error and the edits after which the same command passed, commands that worked, interfaces changed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from engrep.engine.memory_types import Turn
from engrep.indexers.statement import Candidate
from engrep.indexers.statement_cues import is_statement
from engrep.indexers.statement_text import blocks, count_words, cut, identifiers, plain

_SHELLS = re.compile(
    r"(?i)^(?:bash|shell|exec|exec_command|local_shell|run|terminal|run_terminal_cmd|run_shell_command|execute)\w*$"
)
_EDITS = re.compile(r"(?i)^(?:edit|multiedit|write|apply_patch|str_replace\w*|patch|replace|update|create)\w*$")
_WORTH = re.compile(
    r"(?:^|&&\s*|\b)(?:(?:python3? -m |uv run |poetry run |npx |bunx |pnpm |yarn |bun |npm )?(?:pytest|unittest|tox|nox|mypy|ruff|jest|vitest|eslint|tsc|playwright)\b|"
    r"(?:pnpm|npm|yarn|bun)(?: run)? [\w:-]+|make [\w-]+|just [\w-]+|cargo (?:test|build|clippy|run)|go (?:test|build|vet)|mvn |gradle|\./gradlew|dotnet |bundle exec|rake |"
    r"docker compose |alembic |aerich |tox\b|ctest|cmake )"
)
_TRIVIAL = re.compile(r"^(?:npm|pnpm|yarn|bun) (?:i|install|add|remove)\b|[|>]|<<|\$\(|;.*;")
_FAILED = re.compile(
    r"(?m)^(?:E\s+\S.*|.*\b\w*(?:Error|Exception)\b: .*|.*\bFAILED\b.*|.*error(?:\[\w+\])?: .*|.*✕.*|.*\d+ failed\b.*|panic: .*|AssertionError.*|.*Exit code:? [1-9].*)$"
)
_MESSAGE = re.compile(r"(?m)^(?:E\s+)?((?:[\w.]*(?:Error|Exception)|panic|error(?:\[\w+\])?)\b: .{3,160})$")
_SIGNATURE = re.compile(
    r"(?m)^\s*(?:(?:async\s+)?def\s+(\w+)\s*(\([^)]*\)(?:\s*->\s*[^:\n]+)?)|(?:export\s+)?(?:async\s+)?function\s+(\w+)\s*(\([^)]*\)[^{\n]*)|func\s+(?:\([^)]*\)\s*)?(\w+)\s*(\([^)]*\)[^{\n]*)|"
    r"(?:pub\s+)?fn\s+(\w+)\s*(\([^)]*\)[^{\n]*))"
)
_TELLING = re.compile(
    r"(?i)\b(?:because|caused? by|the (?:problem|issue|bug|cause)|was (?:never|not)|were (?:never|not)|instead of|without|must|needs? to)\b|因为|原因|问题"
)
_FOUND_IT = re.compile(r"(?i)^(?:i(?:'ve)? )?(?:found|see) (?:it|the (?:bug|problem|issue|cause))\s*[:,—–-]\s*")
_EDITED = re.compile(r"(?s)\bold_(?:string|str): (.*?)\nnew_(?:string|str): (.*)")


@dataclass(frozen=True, slots=True)
class Run:
    """One command of a shell, and how it ended."""

    at: int  # index of the call among the turns
    command: str
    result: int  # index of what it gave
    output: str
    passed: bool


def done(turns: Sequence[Turn]) -> list[Candidate]:
    """Return what the tools of a session show."""
    ran = runs(turns)
    return [*_fixes(turns, ran), *_commands(turns, ran), *_interfaces(turns)]


def runs(turns: Sequence[Turn]) -> list[Run]:
    """Return the commands with their outcome; a result belongs to the oldest call of its tool that waits for one."""
    waiting: list[int] = []
    found: list[Run] = []
    for index, turn in enumerate(turns):
        if turn.role == "call" and _SHELLS.match(turn.tool):
            waiting.append(index)
        elif turn.role in ("result", "error"):
            call = next((each for each in waiting if not turn.tool or turns[each].tool == turn.tool), None)
            if call is not None:
                waiting.remove(call)
                passed = turn.role == "result" and not _FAILED.search(turn.text)
                found.append(Run(call, " ".join(turns[call].text.split()), index, turn.text, passed))
    return found


def _fixes(turns: Sequence[Turn], ran: Sequence[Run]) -> Iterator[Candidate]:
    """Give each error with what was edited before the same command passed."""
    for number, run in enumerate(ran):
        if run.passed or not _WORTH.search(run.command):
            continue
        again = next((each for each in ran[number + 1 :] if each.command == run.command), None)
        if again is None or not again.passed:
            continue
        edits = [
            turn for turn in turns[run.at : again.at] if turn.role == "call" and _EDITS.match(turn.tool) and turn.path
        ]
        paths = list(dict.fromkeys(turn.path for turn in edits))
        message = _MESSAGE.search(run.output)
        if not paths or len(paths) > 3 or message is None:
            continue
        why, told = _explanation(turns[max(0, run.at - 3) : again.at + 3])
        body = cut(f"`{run.command}` failed with `{message[1].strip()}`; fixed in {', '.join(paths)}. {why}".strip())
        if body:
            evidence = tuple(
                sorted(
                    {
                        *told,
                        turns[run.at].number,
                        turns[run.result].number,
                        *(turn.number for turn in edits),
                        turns[again.result].number,
                    }
                )
            )
            yield Candidate(
                "bug_fix",
                body,
                evidence,
                message[1].strip(),
                "",
                tuple(dict.fromkeys([*paths, *identifiers(why)])),
                is_confirmed=True,
            )


def _explanation(turns: Sequence[Turn]) -> tuple[str, tuple[int, ...]]:
    """Return the sentence in which the assistant says what was wrong, and the number of its turn."""
    for turn in turns:
        parts = (
            [part for block in blocks(turn.text) if block.form == "prose" for part in block.parts]
            if turn.role == "assistant"
            else []
        )
        for said in (_FOUND_IT.sub("", plain(part)) for part in parts):
            if _TELLING.search(said) and 5 <= count_words(said) <= 30 and is_statement(said):
                return said, (turn.number,)
    return "", ()


def _commands(turns: Sequence[Turn], ran: Sequence[Run]) -> Iterator[Candidate]:
    """Give each command of the project that passed twice."""
    passed: dict[str, list[int]] = {}
    for run in ran:
        if run.passed and _WORTH.search(run.command) and not _TRIVIAL.search(run.command) and len(run.command) <= 120:
            command = re.sub(r"^cd \S+ && ", "", run.command)
            passed.setdefault(command, []).append(turns[run.at].number)
    for command, numbers in passed.items():
        if len(numbers) >= 2:
            yield Candidate(
                "convention", f"Command that works here: `{command}`", tuple(numbers[:2]), command, is_confirmed=True
            )


def _interfaces(turns: Sequence[Turn]) -> Iterator[Candidate]:
    """Give each signature that an edit changed."""
    for turn in turns:
        edited = _EDITED.search(turn.text) if turn.role == "call" and _EDITS.match(turn.tool) and turn.path else None
        if edited is None:
            continue
        old, new = _signatures(edited[1]), _signatures(edited[2])
        for name in (each for each in old if each in new and old[each] != new[each] and not each.startswith("test")):
            body = f"The signature of `{name}` in {turn.path} changed from `{name}{old[name]}` to `{name}{new[name]}`"
            if count_words(body) <= 60:
                yield Candidate("interface", body, (turn.number,), f"{name}{new[name]}", "", (turn.path, name))


def _signatures(code: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for match in _SIGNATURE.finditer(code):
        name, signature = next((match[at], match[at + 1]) for at in (1, 3, 5, 7) if match[at])
        found[name] = " ".join(signature.split())
    return found
