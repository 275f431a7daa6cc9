"""What baselines read: the very files that engrep indexes, so that the choice of files decides no comparison."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from engrep.engine.prepare import content_reason, read_file
from engrep.indexers.walk import FoundFile, walk


def indexed_files(root: Path) -> Iterator[tuple[FoundFile, bytes]]:
    """Yield every file with its content, without those that are generated, binary or unreadable."""
    for entry in walk(root):
        if isinstance(entry, FoundFile):
            try:
                data = read_file(root / entry.path)
            except OSError:
                continue
            if content_reason(data) is None:
                yield entry, data
