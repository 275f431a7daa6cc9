"""How anything leaves the program: JSON, safe text, a console, one line for an error.

File names and file contents come from strangers. A terminal obeys control characters and reorders text at
bidirectional marks, so both are made visible here, once, before anything is printed.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable, Iterable
from dataclasses import asdict, is_dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    View: TypeAlias = Callable[[Console], Iterable[Text]]

FOUND, NOTHING, USAGE, STATE, INTERRUPTED, PIPE_CLOSED = 0, 1, 2, 3, 130, 141

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_LINE_CONTROL = re.compile(f"[\t\n]|{_CONTROL.pattern}")
_NOT_IN_JSON = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def _visible(match: re.Match[str]) -> str:
    code = ord(match.group())
    if code < 0x20:
        return chr(0x2400 + code)  # the picture of the control character: ESC shows as one small symbol
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def safe_line(text: str) -> str:
    """Make every control character of a name visible, line ends too: an escape character shows as `␛`."""
    return _LINE_CONTROL.sub(_visible, text)


def safe_block(text: str) -> str:
    """Make the control characters of source text visible; lines stay lines and tabs become four blanks."""
    return _CONTROL.sub(_visible, text.replace("\r\n", "\n").expandtabs(4))


def safe_source(text: str) -> str:
    """Make control characters visible, as `safe_block`, and leave tabs: for a reader that copies what it is shown."""
    return _CONTROL.sub(_visible, text.replace("\r\n", "\n"))


def json_text(value: object, *, indent: int | None = None) -> str:
    """Write a result as JSON that any terminal and any encoding survives.

    Text stays readable (CJK is not escaped); what a terminal would obey, and the lone surrogates that stand for
    undecodable bytes in a file name, are written as escapes.
    """
    plain = asdict(value) if is_dataclass(value) and not isinstance(value, type) else value
    text = json.dumps(plain, ensure_ascii=False, indent=indent)
    return safe_json(text)


def safe_json(text: str) -> str:
    """Write as escapes what a terminal would obey, in a text that is JSON already."""
    return _NOT_IN_JSON.sub(lambda match: f"\\u{ord(match.group()):04x}", text)


def write(text: str) -> None:
    """Write to stdout and leave quietly when the reader has gone."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        leave_broken_pipe()


def write_json(value: object) -> None:
    """Write one JSON object and a line end to stdout, as UTF-8 whatever the locale; indented for a person."""
    text = json_text(value, indent=2 if sys.stdout.isatty() else None)
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(encoding="utf-8")
    write(text + "\n")


def leave_broken_pipe() -> None:
    """End the program without a word; stdout is redirected so that the interpreter's last flush cannot fail either."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    raise SystemExit(PIPE_CLOSED)


def prepare_streams() -> None:
    """Let no character make a print fail, whatever the locale."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def emit(value: object, view: View, *, as_json: bool) -> None:
    """Print one result: as JSON, or as the lines its view gives."""
    if as_json:
        write_json(value)
        return
    console = make_console()
    with console.capture() as captured:
        for line in view(console):
            # The console forgets how a text wants to be cut; in a pipe nothing is cut.
            if console.is_terminal:
                console.print(line, no_wrap=line.no_wrap, overflow=line.overflow)
            else:
                console.print(line)
    write(captured.get())


def make_console(*, stderr: bool = False) -> Console:
    """Make a console that takes all text literally; lines are wrapped only on a terminal."""
    from rich.console import Console

    console = Console(stderr=stderr, markup=False, emoji=False, highlight=False)
    console.soft_wrap = not console.is_terminal
    return console


def note(message: str) -> None:
    """Write one line to stderr."""
    sys.stderr.write(f"engrep: {safe_line(message)}\n")
