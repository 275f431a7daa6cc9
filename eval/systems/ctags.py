"""The peer of symbol lookup: universal-ctags' definitions of the names in the question, as an editor jumps to them."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from engrep.engine.errors import MissingExtraError, StateError
from engrep.eval.cases import Found, Prepared
from engrep.eval.systems.code import chosen
from engrep.eval.systems.files import indexed_files


@dataclass(slots=True)
class Ctags:
    """`ctags`: files come by how many of the question's names they define, of equal ones the first by path."""

    root: Path = Path()
    name: str = "ctags"
    tags: dict[str, list[Found]] = field(default_factory=lambda: defaultdict(list))

    @contextmanager
    def open(self, root: Path, state: Path) -> Iterator[Ctags]:
        """Begin with a folder; nothing is stored."""
        del state
        yield Ctags(root)

    def update(self) -> Prepared:
        """Read all tags."""
        started = time.perf_counter()
        paths = "\n".join(file.path for file, _ in indexed_files(self.root)) + "\n"
        command = ["ctags", "--options=NONE", "--output-format=json", "--fields=+neS", "-L", "-", "-f", "-"]
        done = subprocess.run(command, cwd=self.root, input=paths.encode(), capture_output=True, check=False)
        if done.returncode:
            said = done.stderr.decode("utf-8", "replace")
            message = f"this ctags does not do, universal-ctags with JSON is needed: {said[:200].strip()}"
            raise StateError(message)
        self.tags.clear()
        for tag in map(json.loads, done.stdout.decode("utf-8", "replace").splitlines()):
            lines = tag["line"], tag.get("end", tag["line"])
            self.tags[tag["name"]].append(Found(tag["path"], *lines, symbol=tag["name"], kind=tag.get("kind", "")))
        return Prepared(time.perf_counter() - started, paths.count("\n"), bytes=len(done.stdout))

    def search(self, query: str, *, limit: int, from_file: str | None, per_symbol: bool) -> Sequence[Found]:
        """Look the words of the question up."""
        del from_file
        found = [tag for word in dict.fromkeys(re.findall(r"\w+", query)) for tag in self.tags.get(word, ())]
        held = Counter(path for path, _ in {(tag.path, tag.symbol) for tag in found})
        ranked = sorted(found, key=lambda tag: (-held[tag.path], tag.path))
        return chosen(ranked, limit, per_symbol=per_symbol)


def ctags() -> Ctags:
    """Find ctags.

    Raises:
        MissingExtraError: it is not installed.

    """
    if shutil.which("ctags") is None:
        message = "universal-ctags is not installed: its program ctags must be on the PATH"
        raise MissingExtraError(message)
    return Ctags()
