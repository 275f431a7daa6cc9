"""`python -m engrep` is the program."""

from __future__ import annotations

from engrep.start import main

if __name__ == "__main__":
    main()
