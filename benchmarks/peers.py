"""Measure semble and universal-ctags on the same corpus, in the same run."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.processes import Usage, run

DRIVER = Path(__file__).with_name("semble_peer.py")


@dataclass(frozen=True, slots=True)
class Semble:
    """A semble installation: the Python of its environment, a Model2Vec folder and a cache folder of its own."""

    python: Path
    model: Path
    cache: Path

    @property
    def environment(self) -> dict[str, str]:
        """The variables that keep it offline and away from the user's own cache."""
        return {
            "SEMBLE_MODEL_NAME": str(self.model.resolve()),
            "SEMBLE_CACHE_LOCATION": str(self.cache.resolve()),
            "HF_HUB_OFFLINE": "1",
        }


def ensure_model(semble: Semble, root: Path) -> None:
    """Write a random model of the usual size where there is none yet."""
    if not semble.model.exists():
        run([str(semble.python), str(DRIVER), "model", str(semble.model), str(root)])


def build(semble: Semble, root: Path) -> Usage:
    """Time its command from nothing to a saved index and one answer: it has no command that only indexes."""
    shutil.rmtree(semble.cache, ignore_errors=True)
    return search(semble, root, "retry policy", watch=True)


def search(semble: Semble, root: Path, query: str, *, watch: bool = False) -> Usage:
    """Time one search command, which loads the saved index."""
    command = [str(semble.python.with_name("semble")), "search", query, str(root), "-k", "10"]
    return run(command, semble.environment, watch=watch)


def warm(semble: Semble, root: Path, queries: Path) -> list[float]:
    """Return the milliseconds of each query in one process."""
    usage = run([str(semble.python), str(DRIVER), "warm", str(root), str(queries)], semble.environment, watch=False)
    milliseconds: list[float] = json.loads(usage.output)
    return milliseconds


def tags(ctags: str, root: Path, output: Path) -> Usage:
    """Time universal-ctags writing the definitions of the corpus as JSON lines; it knows no calls and no text."""
    options = ["--output-format=json", "--fields=+nS", "--exclude=.git", "--exclude=.engrep", "-f", str(output)]
    output.unlink(missing_ok=True)  # ctags refuses to overwrite what does not look like its own tags
    return run([ctags, "-R", *options, str(root)])


def folder_bytes(folders: Sequence[Path]) -> int:
    """Return the size of all files below the folders."""
    return sum(path.stat().st_size for folder in folders for path in folder.rglob("*") if path.is_file())
