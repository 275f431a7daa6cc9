"""Turn the mined pairs into the numbers that training reads: without duplicates, some packages held out.

    python -m training.corpus FOLDER [--never TREE …]

Reads FOLDER/pairs, writes FOLDER/vocabulary.txt, FOLDER/train.npz and FOLDER/held_out.jsonl.gz. Whatever code stands
in the TREEs, those of evaluation, is dropped from the pairs too, under whatever name it came.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zlib import crc32

import numpy as np

from engrep.engine.embed_tokens import TokenRows
from engrep.indexers.text import CJK, split_identifier, words
from training.excluded import is_excluded_package, is_excluded_path
from training.pairs import Pair, pairs_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

LATIN, CHINESE = 40_000, 16_000  # tokens
FIELDS = ("text", "path", "name", "signature", "comments", "body")
PATH_WORDS = 6  # as the index has it
_KIND_SHARE = {"name": 0.35, "next": 0.5, "comment": 0.8}  # of what was mined; it says less than a doc does
_WORDLESS = re.compile(r"\W+")


def main() -> None:
    """Read, split, count, number and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--never", type=Path, nargs="*", default=[])
    options = parser.parse_args()
    never = bodies_of(options.never)
    print(f"{len(never)} units that evaluation asks for")
    train, held_out = split(options.folder / "pairs", never)
    print("train", len(train), Counter(pair.kind for pair, _ in train), Counter(pair.language for pair, _ in train))
    print("held out", len(held_out), Counter(pair.kind for pair, _ in held_out))
    with gzip.open(options.folder / "held_out.jsonl.gz", "wt", encoding="utf-8") as file:
        file.writelines(json.dumps([package, *pair], ensure_ascii=False) + "\n" for pair, package in held_out)
    vocabulary = vocabulary_of(pair for pair, _ in train)
    (options.folder / "vocabulary.txt").write_text("\n".join(vocabulary), encoding="utf-8")
    np.savez(options.folder / "train.npz", **numbered(train, vocabulary))


def bodies_of(trees: Sequence[Path]) -> set[int]:
    """Return the keys of all units in some trees."""
    return {
        _key(pair.body)
        for tree in trees
        for file in sorted(tree.rglob("*"))
        if file.is_file() and file.stat().st_size < 300_000 and ".git" not in file.parts
        for pair in pairs_of(str(file.relative_to(tree)), file.read_bytes())
        if pair.kind in ("doc", "name")
    }


def is_held_out(package: str) -> bool:
    """Tell it by the package's name: a tenth of the Python packages, a twentieth of the others."""
    return crc32(package.encode()) % (10 if package.startswith("pypi-") else 20) == 0


def split(folder: Path, never: set[int]) -> tuple[list[tuple[Pair, str]], list[tuple[Pair, str]]]:
    """Return the pairs to learn from and those held out, each with its package; no text or body is in both."""
    train: list[tuple[Pair, str]] = []
    held_out: list[tuple[Pair, str]] = []
    units: dict[tuple[int, str], int] = {}
    texts: Counter[int] = Counter()
    files = [file for file in sorted(folder.glob("*.jsonl.gz")) if not is_excluded_package(_package(file))]
    for file in sorted(files, key=lambda file: is_held_out(_package(file))):
        package = _package(file)
        for pair in _read(file):
            body, text = _key(pair.body), _key(pair.text)
            if is_excluded_path(pair.path) or body in never or texts[text] >= 3 or units.get((body, pair.kind), 0):
                continue
            share = _KIND_SHARE.get(pair.kind, 1.0)
            if share < 1 and text % 1000 >= 1000 * share:
                continue
            if is_held_out(package) and (texts[text] or any((body, kind) in units for kind in ("doc", "rest", "name"))):
                continue
            (held_out if is_held_out(package) else train).append((pair, package))
            if not is_held_out(package):
                units[body, pair.kind] = 1
                texts[text] += 1
    return train, held_out


def _package(file: Path) -> str:
    return file.name.removesuffix(".jsonl.gz")


def _read(file: Path) -> Iterator[Pair]:
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield Pair(*json.loads(line))


def _key(text: str) -> int:
    return crc32(_WORDLESS.sub("", text.lower())[:300].encode("utf-8", "replace"))


def vocabulary_of(pairs: Iterable[Pair]) -> list[str]:
    """Choose the commonest tokens: parts of Latin words, and characters and pairs of characters of Chinese."""
    latin: Counter[str] = Counter()
    chinese: Counter[str] = Counter()
    for number, pair in enumerate(pairs):
        if number % 3 and pair.text.isascii():  # a third of them tells the order just as well
            continue
        for field, weight in zip(pair[2:], (3, 1, 2, 1, 1, 1), strict=True):
            for word in set(words(field)):
                for run in CJK.findall(word) if not word.isascii() else ():
                    chinese.update(run)
                    chinese.update(run[at : at + 2] for at in range(len(run) - 1))
                for part in split_identifier(CJK.sub(" ", word)):
                    if len(part) <= 20 and not (part.isdigit() and len(part) > 4):
                        latin[part] += weight
    letters = [chr(code) for code in (*range(ord("a"), ord("z") + 1), *range(ord("0"), ord("9") + 1))]
    chosen = dict.fromkeys([*letters, *[token for token, _ in latin.most_common(LATIN - len(letters))]])
    return [*chosen, *[token for token, count in chinese.most_common(CHINESE) if count >= 5]]


def numbered(pairs: Sequence[tuple[Pair, str]], vocabulary: Sequence[str]) -> dict[str, Any]:
    """Return the tokens of each field, pair after pair, where each pair's begin, its kind's number and its package's."""
    rows = {token: row for row, token in enumerate(vocabulary)}
    tokens = TokenRows(rows)
    out: dict[str, Any] = {}
    for field, most in zip(FIELDS, (60, PATH_WORDS, 16, 50, 60, 220), strict=True):
        flat: list[NDArray[Any]] = []
        starts = [0]
        for begin in range(0, len(pairs), 2_000):
            texts = [getattr(pair, field) for pair, _ in pairs[begin : begin + 2_000]]
            at, numbers = tokens.numbers_in(texts)
            found, widths = tokens.meanings(numbers)
            ends = np.searchsorted(np.repeat(at, widths), np.arange(len(texts)), side="right")
            for low, high in zip([0, *ends[:-1]], ends, strict=True):
                some = found[low:high][-most:] if field == "path" else found[low:high][:most]
                flat.append(some.astype(np.int32))
                starts.append(starts[-1] + len(some))
        out[field] = np.concatenate(flat)
        out[f"{field}_starts"] = np.array(starts, np.int64)
    kinds = sorted({pair.kind for pair, _ in pairs})
    packages = {name: number for number, name in enumerate(dict.fromkeys(package for _, package in pairs))}
    out["kind"] = np.array([kinds.index(pair.kind) for pair, _ in pairs], np.int8)
    out["kinds"] = np.array(kinds)
    out["package"] = np.array([packages[package] for _, package in pairs], np.int32)
    out["text_key"] = np.array([_key(pair.text) for pair, _ in pairs], np.int64)
    out["body_key"] = np.array([_key(pair.body) for pair, _ in pairs], np.int64)
    return out


if __name__ == "__main__":
    main()
