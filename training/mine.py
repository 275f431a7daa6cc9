"""Mine pairs from the packages that were fetched: one file of pairs for each package that may be used.

    python -m training.mine FOLDER [--workers N]

Reads FOLDER/{pypi,npm,binary,debian}, writes FOLDER/pairs/*.jsonl.gz and FOLDER/pairs/packages.tsv, which says of every
package its version, its licence, and how many pairs it gave, or why none. What is there already is not mined again.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from zlib import crc32

from engrep.indexers.text import CJK
from training import catalogues
from training.archives import PROSE, Package, files, package_files, package_of
from training.excluded import is_excluded_package
from training.licences import is_permissive
from training.pairs import Pair, linked, mentions_of, pairs_of

MOST_BYTES = 8_000_000  # of sources that are read of one package, drawn by chance
_BATCH = 40  # packages that one process mines
MOST_PAIRS = 5_000  # of one package, so that no house style is learned; Chinese is rare, and all of it is kept


def mine(folder: Path, file: Path) -> str:
    """Mine one package; return its line of the table."""
    package = package_of(file)
    if package is None:
        return f"{file.parent.name}\t{file.name}\t\t\tunreadable"
    told = [package.registry, package.name, package.version, " ".join(package.licence.split())[:80]]
    if is_excluded_package(package.name):
        return "\t".join([*told, "excluded"])
    if not is_permissive(package.licence):
        return "\t".join([*told, "licence"])
    place = folder / f"{package.registry}-{package.name.replace('/', '__')}.jsonl.gz"
    trying = place.with_suffix(".trying")
    if trying.exists():
        return "\t".join([*told, "crashed"])  # a file of it ended the process: the parsers are written in C
    if not place.exists():
        trying.touch()
        try:
            found = found_in(package)
        except Exception as exc:  # noqa: BLE001 - one damaged archive must not cost the others; the table says so
            trying.unlink()
            return "\t".join([*told, type(exc).__name__])
        text = "".join(json.dumps(pair, ensure_ascii=False) + "\n" for pair in found)
        part = place.with_suffix(".part")
        part.write_bytes(gzip.compress(text.encode("utf-8", "replace"), 5, mtime=0))
        part.rename(place)
        trying.unlink()
    with gzip.open(place) as lines:
        return "\t".join([*told, str(sum(1 for _ in lines))])


def found_in(package: Package) -> list[Pair]:
    """Return the pairs of a package, each text and each unit's body at most a few times."""
    contents = dict(files(package))
    order = sorted(contents, key=lambda path: crc32(path.encode()))
    found, mentions, size = list[Pair](), list[tuple[str, str]](), 0
    for path in order:
        data = contents[path]
        if catalogues.is_catalogue(path):
            english = catalogues.english_path(path, contents)
            found += catalogues.message_pairs(path, data, contents[english] if english else None)
        elif not path.endswith((".json", ".po", ".mo")) and size < MOST_BYTES:
            size += len(data)
            found += pairs_of(path, data)
            if path.endswith(tuple(PROSE)):
                mentions += mentions_of(data)
    found += linked(mentions, [pair for pair in found if pair.kind == "doc"])
    return _some(found)


def _some(found: Sequence[Pair]) -> list[Pair]:
    once = {(pair.text.lower(), pair.kind, pair.body[:200] if pair.kind == "next" else ""): pair for pair in found}
    kept = list(once.values())
    chinese = [pair for pair in kept if CJK.search(pair.text)]
    others = [pair for pair in kept if not CJK.search(pair.text)]
    others = random.Random(1).sample(others, min(MOST_PAIRS, len(others)))
    return [*random.Random(1).sample(chinese, min(4 * MOST_PAIRS, len(chinese))), *others]


def mine_batch(folder: Path, files: Sequence[Path]) -> list[str]:
    """Mine some packages in a process of their own, once more after each package that ends it."""
    command = [sys.executable, "-m", "training.mine", str(folder), "--only", *map(str, files)]
    for _ in files:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if not done.returncode:
            return done.stdout.splitlines()
    print(f"nothing of {len(files)} packages from {files[0].name} on: {done.stderr.strip()[-300:]}", flush=True)
    return []


def main() -> None:
    """Mine every package."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--only", type=Path, nargs="*", help=argparse.SUPPRESS)
    options = parser.parse_args()
    out = options.folder / "pairs"
    out.mkdir(exist_ok=True)
    if options.only:
        for file in options.only:
            print(mine(out, file))
        return
    every = package_files(options.folder)
    batches = [every[start : start + _BATCH] for start in range(0, len(every), _BATCH)]
    table: list[str] = []
    with ThreadPoolExecutor(options.workers) as threads:
        for lines in threads.map(partial(mine_batch, options.folder), batches):
            table += lines
            print(
                len(table),
                Counter("used" if line[-1].isdigit() else line.rsplit("\t", 1)[1] for line in table),
                flush=True,
            )
    (out / "packages.tsv").write_text("\n".join(sorted(table)) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
