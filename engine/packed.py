"""Deflate the values that the database keeps packed, and tell a damaged one from all other trouble."""

from __future__ import annotations

import zlib

LARGEST = 256 * 1024 * 1024  # bytes; a database may come with a repository, and a kilobyte may unpack to a megabyte


class PackedError(Exception):
    """A packed value that is not as it was written."""


def deflate(data: bytes) -> bytes:
    """Pack some bytes, quickly rather than tightly."""
    return zlib.compress(data, 1)


def squeeze(data: bytes) -> bytes:
    """Pack some bytes tightly: for what is written once and kept for years."""
    return zlib.compress(data, 6)


def inflate(packed: bytes, start: int = 0) -> bytes:
    """Give back what `deflate` packed, from a place on; a checksum vouches for it.

    Raises:
        PackedError: the value is damaged.

    """
    stream = zlib.decompressobj()
    try:
        data = stream.decompress(packed[start:], LARGEST)
    except zlib.error as exc:
        message = f"a packed value: {exc}"
        raise PackedError(message) from exc
    if not stream.eof:
        message = "a packed value: cut off, or larger than any that is written"
        raise PackedError(message)
    return data
