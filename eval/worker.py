"""The child process of a run: one corpus, each answer a JSON line on stdout as it comes."""

from __future__ import annotations

import json
import os
import sys


def main() -> None:
    """Do the job that the parent hands over on stdin; stdout is the parent's alone, whatever a foreign library prints."""
    from engrep.engine.errors import EngrepError
    from engrep.eval.run import work

    with os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1) as answers:
        os.dup2(2, 1)
        try:
            work(json.load(sys.stdin), answers.write)
        except EngrepError as error:
            sys.exit(str(error))


if __name__ == "__main__":
    main()
