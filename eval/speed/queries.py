"""Make mixed questions from a corpus, the same ones every time: names, words of names, and comments."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence

from engrep.eval.speed.corpus import Source

NAME = re.compile(rb"(?:def|class|func|fn|interface|struct|enum|object|trait|void|public \w+) ([A-Za-z_]\w{5,40})")
COMMENT = re.compile(rb"^\s*(?://+|#|\*|--)\s*([A-Z][A-Za-z ,'-]{30,120})[.]?\s*$", re.MULTILINE)
PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
SAMPLED_FILES = 400


def make_queries(files: Sequence[Source], count: int = 100, seed: int = 0) -> list[str]:
    """Return `count` questions: a third bare names, a third words of a name with a folder, a third comment lines."""
    generator = random.Random(seed)
    names: set[tuple[str, str]] = set()
    comments: set[str] = set()
    for source in generator.sample(files, min(SAMPLED_FILES, len(files))):
        content = source.origin.read_bytes()
        names |= {(name.decode(), source.origin.parent.name) for name in NAME.findall(content)}
        comments |= {" ".join(line.decode().split()) for line in COMMENT.findall(content)}
    third = count // 3
    chosen = generator.sample(sorted(names), min(2 * third, len(names)))
    bare = [name for name, _ in chosen[:third]]
    worded = [
        " ".join(part.lower() for part in PART.findall(name)) + f" in {folder}" for name, folder in chosen[third:]
    ]
    prose = generator.sample(sorted(comments), min(count - 2 * third, len(comments)))
    mixed = bare + worded + prose
    generator.shuffle(mixed)
    return mixed
