"""What may be stored of a value of ours: every text in it without its secrets, and as bytes that a file can hold."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

from engrep.indexers.redact import redact
from engrep.indexers.text import readable

Value = TypeVar("Value")


def storable(value: Value, key: bytes) -> tuple[Value, int]:
    """Return a text, a tuple or a frozen value as it may be stored, and how many secrets were taken out of its texts.

    Halves of surrogate pairs, which odd arguments and escapes in JSON bring along, become "?". Doing it twice changes nothing.
    """
    found = 0

    def clean(each: Any) -> Any:
        nonlocal found
        if isinstance(each, str):
            redacted = redact(readable(each), key)
            found += redacted.total
            return redacted.text
        if isinstance(each, tuple):
            return tuple(map(clean, each))
        if is_dataclass(each) and not isinstance(each, type):
            return replace(each, **{field.name: clean(getattr(each, field.name)) for field in fields(each)})
        return each

    cleaned: Value = clean(value)
    return cleaned, found
