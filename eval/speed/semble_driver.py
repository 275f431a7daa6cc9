"""Drive semble from its own environment for the speed bench; this file is run by that environment's Python.

    python semble_driver.py model FOLDER CORPUS     write a Model2Vec model of random vectors, the size of semble's own
    python semble_driver.py warm ROOT QUERIES_JSON  print the milliseconds of each query, asked of a loaded index
    python semble_driver.py command ARGUMENTS…      do what its command does, wherever its script lies

It imports nothing of engrep, because engrep is not installed there. A random model embeds as fast as a trained one and
needs no download; its answers mean nothing.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

VOCABULARY = 30_000
DIMENSIONS = 256
SUFFIXES = frozenset({".py", ".go", ".java", ".scala", ".cs", ".ts", ".tsx", ".js", ".c", ".h"})


def write_random_model(folder: Path, corpus: Path) -> None:
    """Write a Model2Vec folder whose word pieces come from `corpus` and whose vectors are random.

    The pieces are trained, because random ones cut each word into three times as many and would slow semble down.
    """
    import numpy as np
    from model2vec import StaticModel
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers

    files = sorted(path for path in corpus.rglob("*") if path.suffix in SUFFIXES and path.is_file())
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))  # noqa: S106  # a word piece, no password
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    trainer = trainers.WordPieceTrainer(
        vocab_size=VOCABULARY, special_tokens=["[PAD]", "[UNK]"], show_progress=False, limit_alphabet=200
    )
    texts = (path.read_text(encoding="utf-8", errors="replace") for path in files[::4])
    tokenizer.train_from_iterator(texts, trainer)
    generator = np.random.default_rng(0)
    vectors = generator.standard_normal((tokenizer.get_vocab_size(), DIMENSIONS)).astype(np.float32)
    StaticModel(vectors, tokenizer, normalize=True).save_pretrained(folder)


def warm_milliseconds(root: str, queries: list[str]) -> list[float]:
    """Load the saved index of `root` and time each query, after one round that is not counted."""
    from semble import SembleIndex

    index = SembleIndex.from_path(root)
    for query in queries:
        index.search(query, top_k=10)
    times = []
    for query in queries:
        start = time.perf_counter()
        index.search(query, top_k=10)
        times.append((time.perf_counter() - start) * 1e3)
    return times


def main() -> None:
    """Run one of the three."""
    if sys.argv[1] == "command":
        from semble.cli import main as command

        sys.argv[:] = ["semble", *sys.argv[2:]]
        command()
    elif sys.argv[1] == "model":
        write_random_model(Path(sys.argv[2]), Path(sys.argv[3]))
    else:
        print(json.dumps(warm_milliseconds(sys.argv[2], json.loads(Path(sys.argv[3]).read_text(encoding="utf-8")))))


if __name__ == "__main__":
    main()
