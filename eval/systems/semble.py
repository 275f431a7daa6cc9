"""The peer semble, in a Python of its own; see peers/semble_adapter.py.

    semble         words and vectors, with the model that SEMBLE_MODEL_NAME names (its own, where it has been downloaded)
    semble-bm25    words and its ranking, without a model

Equal scores are ordered by numpy's sorting, which differs between processors: on semble-dev `semble-bm25` gave the
published figure to the fourth digit in 21 of 25 repositories, and in 3 of the other 4 with ties in the order of the files.
"""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec
from pathlib import Path

from engrep.engine.errors import MissingExtraError, UsageError
from engrep.eval.systems.command import Command

PYTHON_VARIABLE = "ENGREP_EVAL_SEMBLE_PYTHON"
ADAPTER = Path(__file__).parent / "peers" / "semble_adapter.py"


def semble(rest: str) -> Command:
    """Find the Python that has semble.

    Raises:
        UsageError: there is no such variant.
        MissingExtraError: none is known.

    """
    if rest not in ("", "-bm25"):
        message = f"there is no system semble{rest}; there are semble and semble-bm25"
        raise UsageError(message)
    python = os.environ.get(PYTHON_VARIABLE) or (sys.executable if find_spec("semble") else None)
    if python is None:
        message = (
            f"semble is not installed: pip install semble, here or elsewhere, and name its Python in {PYTHON_VARIABLE}"
        )
        raise MissingExtraError(message)
    return Command(f"semble{rest}", (python, os.fspath(ADAPTER), "bm25" if rest else "hybrid"))
