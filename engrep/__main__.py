"""`python -m engrep` is the command line."""

from __future__ import annotations

from engrep.cli import main

if __name__ == "__main__":
    main()
