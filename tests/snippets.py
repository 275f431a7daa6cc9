"""What is said of the snippets of code that every language is read with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class Snippet(NamedTuple):
    """A file and what must be read in it, each line sorted as it stands in the file."""

    path: str
    text: str
    symbols: str  # "kind qualified.name" a line
    uses: str  # "kind receiver.name : receiver type" a line; only calls, constructions, bases and decorators
    imports: str  # "module name alias" a line


@dataclass(frozen=True)
class Sample:
    """A file and what it must say; calls are "receiver name", imports "module|name|alias"."""

    path: str
    source: str
    symbols: str  # lines "kind qualified.name"
    calls: str
    imports: str = ""
