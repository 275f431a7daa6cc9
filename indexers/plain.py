"""What of a file is hashed: its code without what may be written otherwise and means the same.

The plain text has the length of the file, so offsets hold in both. Blanks stand for comments, docstrings, a comma before a
closing bracket and, as far as a query says so (`@form…`), brackets that only group, annotations of Python's parameters and
`pass`. In Python the end of each block is marked, since a statement that leaves a block means something else and looks
the same without white space.
"""

from __future__ import annotations

import re
from collections import Counter
from hashlib import blake2b
from struct import Struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engrep.indexers.matched import Form

_WHITE = b" \t\r\n\f\v"
_MARKS = bytes(range(0x0E, 0x20))  # no code holds these: how many blocks end here
_SIGNED = Struct("<q")
_LAST_COMMA = re.compile(rb",(?=\s*[\])}])")
_LINE_GOES_ON = re.compile(rb"\\(?=\r?\n)")
_UNICODE = re.compile(rb"\b[uU](?=[\"'])")
_UNICODES = (b"u'", b'u"', b"U'", b'U"')  # looked for first, which takes a tenth of the pattern's time
_BASES = re.compile(rb"class[ \t]+\w+\(([^()\n]*)\)")
_OBJECT = re.compile(rb"(?:^|,)[ \t]*object[ \t]*$")
_ONE_QUOTE = bytes.maketrans(b"'", b'"')
_ONE_QUOTE_NO_SEMICOLON = bytes.maketrans(b"';", b'" ')
_SCRIPTS = frozenset(
    {"javascript", "typescript", "tsx"}
)  # a string is the same in both quotes, and lines may end without ";"


def plain_text(blanked: bytes, forms: Sequence[Form], language: str) -> bytes:
    """Return a file's code, its comments blanked already, without what is only form."""
    kept = {start for kind, start, _ in forms if kind == "keep"}
    if kept:
        text = _LAST_COMMA.sub(lambda comma: b"," if comma.start() in kept else b" ", blanked)
    else:
        text = _LAST_COMMA.sub(b" ", blanked)
    if language in _SCRIPTS:
        return text.translate(_ONE_QUOTE_NO_SEMICOLON)
    return _plain_python(text, forms) if language == "python" else text


def _plain_python(text: bytes, forms: Sequence[Form]) -> bytes:
    text = _LINE_GOES_ON.sub(b" ", text)
    if any(mark in text for mark in _UNICODES):
        text = _UNICODE.sub(b" ", text)
    out = bytearray(text.translate(_ONE_QUOTE))
    for found in _BASES.finditer(text):
        _drop_object(out, found[1], *found.span(1))
    for kind, start, end in forms:
        if kind == "drop":
            out[start:end] = b" " * (end - start)
        elif kind == "group":
            out[start] = out[end - 1] = 0x20
    ends = Counter(_last_code(out, end) for kind, _, end in forms if kind == "block")
    for end, blocks in ends.items():
        if end < len(out) and out[end] in _WHITE:
            out[end] = _MARKS[min(blocks, len(_MARKS)) - 1]
    return bytes(out)


def _drop_object(out: bytearray, bases: bytes, start: int, end: int) -> None:
    """Blank the base `object`, which is one unsaid, and brackets without any other."""
    said = _OBJECT.sub(b"", bases)
    if not said.strip():
        out[start - 1 : end + 1] = b" " * (end + 2 - start)
    elif len(said) < len(bases):
        out[start + len(said) : end] = b" " * (len(bases) - len(said))


def _last_code(text: bytearray, end: int) -> int:
    """Return where the code before an offset ends: a comment may end a block, and counts for nothing."""
    while end and text[end - 1] in _WHITE:
        end -= 1
    return end


def hash_of(text: bytes) -> int:
    """Hash a stretch of plain text; white space does not change the hash, nor do blocks that end with it."""
    dense = text.translate(None, _WHITE).rstrip(_MARKS)
    number: int = _SIGNED.unpack(blake2b(dense, digest_size=8).digest())[0]
    return number
