"""Measure models by vectors alone on the pairs that were held out: how high a text ranks the unit that it was mined with.

    python -m training.measure FOLDER SPEC … [--sets NAME …] [--json FILE]

A SPEC is what `--embedder` takes. Each set is one pool: every unit in it is searched for every text. Shown is NDCG@10
with its 95 % interval, and for every model after the first the difference from it, by a paired bootstrap over texts.
Vectors of slow models are kept in FOLDER/vectors.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engrep.engine.embed import Embedder
from engrep.engine.embedders import load
from engrep.engine.search import vector_of
from engrep.indexers.text import CJK
from training.pairs import Pair

Floats = NDArray[np.float32]
_MOST_OF_PACKAGE = 900  # so that no one package is the set
_DRAWS = 2_000


def light(pair: Pair) -> str:
    """Return what the index embeds of a unit: names, header, comments."""
    return f"{' '.join(pair.path.split('/')[-6:])} {pair.name} {pair.signature} {pair.comments}"


def whole(pair: Pair) -> str:
    """Return a unit with its body, without its doc; of two texts the second."""
    return f"{pair.path} {pair.name} {pair.body}"


def _is(kind: str, language: str = "", *, chinese: bool = False) -> Callable[[Pair], bool]:
    return lambda pair: pair.kind == kind and language in ("", pair.language) and bool(CJK.search(pair.text)) == chinese


_LANGUAGES = "javascript typescript go rust java ruby php c cpp haskell kotlin swift csharp lua".split()
SETS: dict[str, tuple[Callable[[Pair], bool], Callable[[Pair], str], int]] = {
    "python": (_is("doc", "python"), whole, 20_000),
    "python, light": (_is("doc", "python"), light, 20_000),
    **{language: (_is("doc", language), whole, 3_000) for language in _LANGUAGES},
    "second sentence": (_is("rest"), whole, 5_000),
    "comment": (_is("comment"), whole, 5_000),
    "how-to": (_is("howto"), whole, 3_000),
    "mention": (_is("mention"), light, 3_000),
    "sentence and next": (_is("told"), whole, 5_000),
    "heading and text": (_is("head"), whole, 5_000),
    "Chinese doc": (_is("doc", chinese=True), whole, 3_000),
    "Chinese and English": (_is("zh-en", chinese=True), whole, 3_000),
}


def pairs_of_set(folder: Path, name: str) -> list[Pair]:
    """Draw a set from what was held out; the same pairs every time."""
    fits, _, most = SETS[name]
    taken: Counter[str] = Counter()
    found: list[Pair] = []
    with gzip.open(folder / "held_out.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    random.Random(1).shuffle(rows)
    for package, *fields in rows:
        pair = Pair(*fields)
        if len(found) < most and taken[package] < _MOST_OF_PACKAGE and fits(pair):
            taken[package] += 1
            found.append(pair)
    return found


def gains(model: Embedder, pairs: Sequence[Pair], shown: Callable[[Pair], str], cache: Path) -> Floats:
    """Return the NDCG@10 of each text: there is one right unit, and equal ones count as before it."""
    units = _kept(cache, model, "units", [shown(pair) for pair in pairs], model.embed)
    asked = _kept(
        cache, model, "texts", [pair.text for pair in pairs], lambda texts: np.stack(list(_asked(model, texts)))
    )
    found = np.zeros(len(pairs), np.float32)
    for start in range(0, len(pairs), 500):
        scores = asked[start : start + 500] @ units.T
        right = scores[np.arange(len(scores)), np.arange(start, start + len(scores))]
        rank = (scores >= right[:, None]).sum(axis=1)
        found[start : start + 500] = np.where(rank <= 10, 1 / np.log2(rank + 1), 0.0)
    return found


def _asked(model: Embedder, texts: Sequence[str]) -> Iterator[Floats]:
    for text in texts:
        vector = vector_of(text, model)
        yield np.zeros(model.dimensions, np.float32) if vector is None else vector


def _kept(
    cache: Path, model: Embedder, what: str, texts: Sequence[str], embed: Callable[[Sequence[str]], Floats]
) -> Floats:
    if model.in_workers:
        return embed(texts)
    key = hashlib.blake2b(
        "\0".join([model.identity, what, *texts]).encode("utf-8", "replace"), digest_size=8
    ).hexdigest()
    place = cache / f"{key}.npy"
    if not place.exists():
        cache.mkdir(exist_ok=True)
        np.save(place, embed(texts))
    kept: Floats = np.load(place).astype(np.float32)
    return kept


def interval(values: Floats) -> tuple[float, float]:
    """Return the 95 % interval of a mean, by the bootstrap."""
    chance = np.random.default_rng(1)
    means = np.array([values[chance.integers(0, len(values), len(values))].mean() for _ in range(_DRAWS)])
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)


def main() -> None:
    """Measure every model on every set, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("specs", nargs="+")
    parser.add_argument("--sets", nargs="*", choices=list(SETS), default=list(SETS))
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    models = [load(spec, patient=True) for spec in options.specs]
    rows = []
    for name in options.sets:
        pairs = pairs_of_set(options.folder, name)
        if len(pairs) < 50:
            print(f"{name}: {len(pairs)} pairs are too few")
            continue
        first: Floats | None = None
        for spec, model in zip(options.specs, models, strict=True):
            if model is None:
                continue
            values = gains(model, pairs, SETS[name][1], options.folder / "vectors")
            row = {
                "set": name,
                "n": len(pairs),
                "model": spec,
                "ndcg": float(values.mean()),
                "interval": interval(values),
            }
            text = f"{name:20} n {len(pairs):6} {Path(spec).name[:24]:24} {values.mean():.4f} [{row['interval'][0]:.4f}, {row['interval'][1]:.4f}]"
            if first is None:
                first = values
            else:
                row["difference"], row["difference_interval"] = float((values - first).mean()), interval(values - first)
                low, high = row["difference_interval"]
                text += f"  {row['difference']:+.4f} [{low:+.4f}, {high:+.4f}]  {values.mean() / max(first.mean(), 1e-9):.3f}x"
            print(text, flush=True)
            rows.append(row)
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
