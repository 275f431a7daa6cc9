"""The other programs on the same corpus, in the same run: semble and universal-ctags."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from engrep.engine.errors import MissingExtraError
from engrep.eval.speed.processes import Usage, run

PYTHON_VARIABLE, MODEL_VARIABLE = "ENGREP_EVAL_SEMBLE_PYTHON", "SEMBLE_MODEL_NAME"
DRIVER = Path(__file__).with_name("semble_driver.py")


@dataclass(frozen=True, slots=True)
class Semble:
    """A semble installation: the Python of its environment, a model, and a cache folder of its own."""

    python: str
    model: str  # a folder or a name
    cache: Path

    @property
    def environment(self) -> dict[str, str]:
        """The variables that keep it offline and away from the user's own cache."""
        return {
            MODEL_VARIABLE: self.model,
            "SEMBLE_CACHE_LOCATION": str(self.cache.resolve()),
            "HF_HUB_OFFLINE": "1",
        }

    def build(self, root: Path) -> Usage:
        """Time its command from nothing to a saved index and one answer: it has no command that only indexes."""
        shutil.rmtree(self.cache, ignore_errors=True)
        return self.search(root, "retry policy", watch=True)

    def search(self, root: Path, query: str, *, watch: bool = False) -> Usage:
        """Time one search command, which loads the saved index."""
        command = [self.python, str(DRIVER), "command", "search", query, str(root), "-k", "10"]
        return run(command, self.environment, watch=watch)

    def warm(self, root: Path, queries: Path) -> list[float]:
        """Return the milliseconds of each query in one process."""
        usage = run([self.python, str(DRIVER), "warm", str(root), str(queries)], self.environment, watch=False)
        milliseconds: list[float] = json.loads(usage.output)
        return milliseconds


def semble(work: Path, corpus: Path) -> Semble:
    """Find semble; where no model is named it gets one of random vectors, made of words of `corpus`.

    Raises:
        MissingExtraError: it is not installed where it is looked for.

    """
    python = os.environ.get(PYTHON_VARIABLE) or sys.executable
    try:
        found = subprocess.run([python, "-c", "import semble"], check=False, capture_output=True).returncode == 0
    except OSError:
        found = False
    if not found:
        message = (
            f"{python} has no semble: pip install semble, here or elsewhere, and name its Python in {PYTHON_VARIABLE}"
        )
        raise MissingExtraError(message)
    model = os.environ.get(MODEL_VARIABLE) or str((work / "semble-model").resolve())
    if MODEL_VARIABLE not in os.environ and not Path(model).exists():
        run([python, str(DRIVER), "model", model, str(corpus)], watch=False)
    return Semble(python, model, work / "semble-cache")


def ctags() -> str:
    """Find universal-ctags.

    Raises:
        MissingExtraError: it is not on the PATH, or cannot write JSON.

    """
    command = shutil.which("ctags")
    if command is not None:
        features = subprocess.run([command, "--list-features"], check=False, capture_output=True, text=True).stdout
        if any(line.startswith("json") for line in features.splitlines()):
            return command
    message = "universal-ctags with JSON output is not on the PATH: install it, or leave out --peer ctags"
    raise MissingExtraError(message)


def tags(command: str, root: Path, output: Path) -> Usage:
    """Time universal-ctags writing the definitions of the corpus as JSON lines; it knows no calls and no text."""
    options = ["--output-format=json", "--fields=+nS", "--exclude=.git", "--exclude=.engrep", "-f", str(output)]
    output.unlink(missing_ok=True)  # ctags refuses to overwrite what does not look like its own tags
    return run([command, "-R", *options, str(root)])
