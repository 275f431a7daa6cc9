"""How an answer is written while it comes: words folded at the terminal's edge, citations as links, Markdown as quiet styles.

What a model says is a stranger's text: its control characters are made visible, and only what was found to be there is a link.
"""

from __future__ import annotations

import os
import platform
import sys
from pathlib import Path
from typing import TextIO
from urllib.parse import quote

from engrep.agents.chat_types import Citation
from engrep.agents.citations import Citations, Stream
from engrep.output import safe_block, safe_line

BOLD, DIM, CODE, CITED, WARN = "1", "2", "36", "36", "33"
INDENT = "  "
MOST_WIDTH = 100  # columns: longer lines are hard to read
_PARTIAL = 24  # columns that must be free for the beginning of a word to be shown before its end is known


class Look:
    """What a stream can show: colours, links, how wide it is."""

    def __init__(self, stream: TextIO) -> None:
        self.is_terminal = stream.isatty()
        self.has_colour = self.is_terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
        self.has_links = self.has_colour and _knows_links()

    @property
    def width(self) -> int:
        """How many columns text may take."""
        try:
            columns = os.get_terminal_size(sys.stdout.fileno()).columns
        except (OSError, ValueError):
            columns = 80
        return max(min(columns or 80, MOST_WIDTH), 20)

    def styled(self, text: str, *styles: str) -> str:
        """Return a text in some styles."""
        wanted = ";".join(style for style in styles if style)
        return f"\x1b[{wanted}m{text}\x1b[0m" if self.has_colour and wanted and text else text

    def linked(self, text: str, path: Path, line: int) -> str:
        """Return a text that opens a file, where the terminal knows links."""
        if not self.has_links:
            return text
        where = quote(f"/{path.as_posix().lstrip('/')}", safe="/:")
        place = f"file://{quote(platform.node())}{where}{f'#{line}' if line else ''}"
        return f"\x1b]8;;{place}\x1b\\{text}\x1b]8;;\x1b\\"


def _knows_links() -> bool:
    """Tell whether a terminal makes links of OSC 8; one that does not would show rubbish or nothing."""
    given = os.environ
    if given.get("FORCE_HYPERLINK"):
        return given["FORCE_HYPERLINK"] != "0"
    if given.get("TERM_PROGRAM") in {"iTerm.app", "WezTerm", "vscode", "ghostty", "Hyper", "Tabby"}:
        return True
    if any(given.get(name) for name in ("WT_SESSION", "KONSOLE_VERSION", "KITTY_WINDOW_ID", "ALACRITTY_WINDOW_ID")):
        return True
    return int(given.get("VTE_VERSION") or 0) >= 5000


class Writer:
    """Writes one answer."""

    def __init__(self, out: TextIO, look: Look, citations: Citations, root: Path, *, markdown: bool = True) -> None:
        self._out, self._look, self._root = out, look, root
        self._has_marks = markdown
        self._plain = ""
        self._stream = Stream(citations)
        self._column = 0
        self._word: list[tuple[str, str]] = []  # what came of the word so far, each part with its style
        self._word_width = 0
        self._is_bold = self._is_code = self._is_fenced = self._is_heading = False
        self._is_skipped = False  # the rest of a line that opens or closes a listing
        self._marks = ""  # characters that may begin a mark of Markdown
        self._at_start = True  # of a line
        self.is_empty = True

    def take(self, text: str) -> None:
        """Write a piece."""
        if not self._look.is_terminal:  # a program reads it: as it is, and whole
            self._plain += text
            return
        self._write(self._stream.take(text))
        if self._word and self._column + self._word_width + _PARTIAL < self._look.width:
            self._end_word()
        self._out.flush()

    def end(self) -> None:
        """Write what was held back, and end the last line."""
        if self._plain:
            self._out.write(safe_block(self._plain).rstrip("\n") + "\n")
            self._plain = ""
        self._write(self._stream.end())
        self._settle_marks("")
        self._end_word()
        if self._column:
            self._out.write("\n")
        self._column, self._at_start = 0, True
        self._is_bold = self._is_code = self._is_fenced = self._is_heading = False
        self._out.flush()

    def restart(self) -> None:
        """Say that what was written is void: the answer comes again."""
        self._stream, self._plain = Stream(self._stream.citations), ""
        self.end()
        if not self.is_empty:
            self._out.write(f"{INDENT}{self._look.styled('(the answer was cut; again:)', DIM)}\n\n")
        self.is_empty = True

    def _write(self, parts: list[str | Citation]) -> None:
        for part in parts:
            self.is_empty = False
            if isinstance(part, Citation):
                self._settle_marks("")
                self._cite(part)
                continue
            for char in safe_block(part):
                self._char(char)

    def _cite(self, found: Citation) -> None:
        text = safe_line(found.text)
        if found.verified:
            shown = self._look.styled(text, CITED)
            shown = self._look.linked(shown, self._root / found.path, found.line) if found.path else shown
            self._add(shown, len(text))
        else:
            mark = " (unverified)"
            self._add(self._look.styled(text + mark, WARN), len(text) + len(mark))
        self._at_start = False

    def _char(self, char: str) -> None:
        if self._has_marks and char in "`*#" and self._is_mark(char):
            self._marks += char
            return
        if self._marks and self._settle_marks(char) and char == " ":
            return  # it belongs to the mark of a heading
        if char == "\n":
            self._end_line()
        elif self._is_skipped:
            return
        elif char == " " and not self._is_fenced:
            self._end_word()
            if self._column < self._look.width:
                self._put(" ", 1)
        else:
            self._glyph(char)

    def _is_mark(self, char: str) -> bool:
        if self._marks:
            return char == self._marks[-1]
        if char == "#":
            return self._at_start and not self._is_fenced
        return char == "`" or not (self._is_fenced or self._is_code)

    def _settle_marks(self, following: str) -> bool:
        """Decide what marks mean, now that what follows them is known; tell whether they begin a heading."""
        marks, self._marks = self._marks, ""
        if not marks:
            return False
        if marks.startswith("```") and self._at_start:
            self._is_fenced = not self._is_fenced
            self._is_skipped = True
        elif self._is_fenced:
            self._literal(marks)
        elif marks[0] == "`":
            self._is_code = not self._is_code
        elif marks[0] == "#" and following == " ":
            self._is_heading = True
        elif marks == "**" and (self._is_bold or following.strip()):
            self._is_bold = not self._is_bold
        else:
            self._literal(marks)
        return self._is_heading

    def _literal(self, text: str) -> None:
        for char in text:
            self._glyph(char)

    def _glyph(self, char: str) -> None:
        from prompt_toolkit.utils import get_cwidth

        width = 1 if char.isascii() else max(get_cwidth(char), 0)
        styles = (BOLD if self._is_bold or self._is_heading else "", CODE if self._is_code or self._is_fenced else "")
        self._at_start = False
        self._add(char, width, ";".join(filter(None, styles)))
        if width > 1:  # between such characters a line may end
            self._end_word()

    def _add(self, shown: str, width: int, style: str = "") -> None:
        if self._word and self._word[-1][1] == style:
            self._word[-1] = self._word[-1][0] + shown, style
        else:
            self._word.append((shown, style))
        self._word_width += width

    def _end_word(self) -> None:
        if not self._word:
            return
        if self._column and not self._is_fenced and self._column + self._word_width > self._look.width:
            self._out.write("\n")
            self._column = 0
        self._put("".join(self._look.styled(*part) for part in self._word), self._word_width)
        self._word, self._word_width = [], 0

    def _put(self, shown: str, width: int) -> None:
        if not self._column:
            indent = INDENT * 2 if self._is_fenced else INDENT
            self._out.write(indent)
            self._column = len(indent)
        self._out.write(shown)
        self._column += width

    def _end_line(self) -> None:
        self._end_word()
        if not self._is_skipped:
            self._out.write("\n")
        self._column, self._at_start = 0, True
        self._is_heading = self._is_skipped = False
        self._is_code = False
