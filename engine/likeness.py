"""What a place is known by apart from its name: the words of a symbol, the bodies in a file; and how alike two are."""

from __future__ import annotations

import hashlib
import zlib
from array import array
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

from engrep.engine.store_follow import Spot
from engrep.indexers.text import words

MOST_PARTS = 600  # words of a symbol, or bodies in a file, that are kept: 2.4 KB

Lines = Callable[[str, bytes], list[str]]
"""Gives the lines of a file as they were indexed, given its path and the hash of its content; [] when it changed since."""


def reader(root: Path) -> Lines:
    """Return what reads the files of a root, each once."""
    read: dict[str, list[str]] = {}

    def lines(path: str, file: bytes) -> list[str]:
        if path not in read:
            try:
                data = (root / path).read_bytes()
            except OSError:
                data = b""
            is_same = hashlib.blake2b(data, digest_size=16).digest() == file
            read[path] = data.decode("utf-8", "replace").split("\n") if is_same else []
        return read[path]

    return lines


def word_parts(spot: Spot, lines: Lines) -> array[int]:
    """Return the hashes of the words of a symbol, as often as each stands there; none where its file changed."""
    text = "\n".join(lines(spot.path, spot.file)[spot.start_line - 1 : spot.end_line])
    return array("I", [zlib.crc32(word.encode("utf-8", "replace")) for word in words(text)[:MOST_PARTS]])


def body_parts(spots: Iterable[Spot]) -> array[int]:
    """Return the body hashes of a file's symbols."""
    return array("I", [int(spot.body_hash, 16) for spot in spots][:MOST_PARTS])


def likeness(one: array[int], other: array[int]) -> float:
    """Return the Dice coefficient of two bags of parts: 1 for equal ones, 0 for those that share none."""
    total = len(one) + len(other)
    return 2 * (Counter(one) & Counter(other)).total() / total if total else 0.0
