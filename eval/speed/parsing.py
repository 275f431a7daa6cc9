"""Parse every source file of a folder with tree-sitter and do nothing else: the CPU time no indexer can go below.

Run it as `python -m engrep.eval.speed.parsing ROOT`.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
from pathlib import Path

from engrep.eval.speed.corpus import source_files

GRAMMARS = {
    "python": ("tree_sitter_python", "language"),
    "go": ("tree_sitter_go", "language"),
    "java": ("tree_sitter_java", "language"),
    "scala": ("tree_sitter_scala", "language"),
    "csharp": ("tree_sitter_c_sharp", "language"),
    "typescript": ("tree_sitter_typescript", "language_typescript"),
    "tsx": ("tree_sitter_typescript", "language_tsx"),
    "javascript": ("tree_sitter_javascript", "language"),
    "c": ("tree_sitter_c", "language"),
}


def parse_seconds(root: Path) -> float:
    """Return the CPU seconds of parsing alone, one thread; reading the files and loading grammars is not counted."""
    import tree_sitter

    parsers = {}
    for language, (module, function) in GRAMMARS.items():
        grammar = getattr(importlib.import_module(module), function)()
        parsers[language] = tree_sitter.Parser(tree_sitter.Language(grammar))
    texts = [
        (parsers["tsx" if source.origin.suffix == ".tsx" else source.language], source.origin.read_bytes())
        for source in source_files(root)
    ]
    started = time.process_time()
    for parser, text in texts:
        parser.parse(text)
    return time.process_time() - started


if __name__ == "__main__":
    print(json.dumps(parse_seconds(Path(sys.argv[1]))))
