"""What a file's blob of counts and its vectors hold, against the same counted word by word."""

from __future__ import annotations

import math
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engrep.engine.counting import Lexicon, count_terms
from engrep.engine.embed import StaticEmbedder
from engrep.engine.forward import NameTerms, code_count, comment_count, pack, qualified_count, unpack
from engrep.indexers.text import MAX_WORD, split_identifier, term_hash, terms, word_terms, words

WORD = st.sampled_from("retry getUserName user_name name names HTTPServer2 锁 权限死锁 死锁 _ x 7 naïve ﬁle".split())
TEXT = st.lists(WORD, max_size=40).map(" ".join) | st.text(max_size=20)
CHUNKS = st.lists(st.tuples(TEXT, TEXT, TEXT), max_size=6)


def counted_one_by_one(chunks: list[tuple[str, str, str]]) -> dict[tuple[int, int], tuple[int, ...]]:
    """Count in dictionaries: (term's hash, chunk) to the counts in code, comments and name, each cut at its limit."""
    entries: dict[tuple[int, int], list[int]] = {}
    for unit, texts in enumerate(chunks):
        for kind, text in enumerate(texts):
            for term in terms(text):
                entries.setdefault((term_hash(term), unit), [0, 0, 0])[kind] += 1
    return {key: tuple(map(min, counts, (15, 3, 3))) for key, counts in entries.items()}


@given(st.lists(CHUNKS, max_size=3))
def test_counts_are_those_of_each_chunk(files: list[list[tuple[str, str, str]]]) -> None:
    """A file's blob holds how often each term stands in each chunk, whatever the process has met before."""
    lexicon = Lexicon()
    for chunks in files:
        kinds = [[chunk[kind] for chunk in chunks] for kind in range(3)]
        no_names = NameTerms(np.zeros(0, np.int64), np.zeros(0, np.intc), np.zeros(0, np.int64))
        counted = count_terms(lexicon, kinds)
        forward = unpack(pack(counted, [0] * len(chunks), no_names, []))
        keys = zip(np.repeat(forward.terms, forward.counts).tolist(), forward.units.tolist(), strict=True)
        each = zip(*(part(forward.tfs).tolist() for part in (code_count, comment_count, qualified_count)), strict=True)
        assert dict(zip(keys, each, strict=True)) == counted_one_by_one(chunks)
        assert forward.code_lengths.tolist() == [len(terms(code)) for code, _, _ in chunks]
        assert forward.comment_lengths.tolist() == [len(terms(comments)) for _, comments, _ in chunks]
        for (name, everything), (code, _, own) in zip(counted.search_rows, chunks, strict=True):
            assert sorted(name.split()) == sorted(set(terms(own)))
            assert sorted(everything.split()) == sorted({*terms(code), *terms(own)})


@given(st.text(st.sampled_from("aA1锁死_"), max_size=MAX_WORD))
def test_no_word_has_more_terms_than_a_byte_can_count(word: str) -> None:
    """The number of terms of a symbol's name is kept in one byte."""
    assert len(word_terms(word)) < 256


@pytest.fixture
def embedder() -> StaticEmbedder:
    """Give a small model with vectors of random numbers."""
    vocabulary = "retry get user name names http server 2 lock a b 死 锁 死锁".split()
    chance = np.random.default_rng(1)
    packed, scales = chance.integers(0, 256, (len(vocabulary), 4)), chance.random((len(vocabulary), 2))
    return StaticEmbedder("random", vocabulary, packed.astype(np.uint8), scales.astype(np.float32))


def embedded_one_by_one(embedder: StaticEmbedder, text: str) -> list[float]:
    """Sum a text's token vectors in plain Python; the words of these tests are tokens or are not known at all."""
    rows = {word: row for row, word in enumerate(embedder._rows)}
    parts = Counter(rows[part] for word in words(text) for part in split_identifier(word) if part in rows)
    components = np.stack([(embedder._packed & 15) - 8.0, (embedder._packed >> 4) - 8.0], axis=2)
    vectors = components.reshape(len(rows), 8) * embedder._scale.astype(float)[:, None]
    total = sum((math.sqrt(times) * vectors[row] for row, times in parts.items()), np.zeros(8))
    return list(total / (math.sqrt(float(total @ total)) or 1.0))


def test_a_text_is_embedded_alike_alone_and_among_others(embedder: StaticEmbedder) -> None:
    """A vector is the sum of the text's tokens, weighted by the root of their count, however many texts are embedded."""
    pieces = ["retry", "getUserName name", "HTTPServer2", "锁 zz", "", "a b a a"]
    texts = [" ".join(pieces[at % 6 : at % 6 + at % 4]) for at in range(70)]
    together = embedder.embed(texts)
    assert together.shape == (70, 8)
    for text, vector in zip(texts, together, strict=True):
        assert vector == pytest.approx(embedded_one_by_one(embedder, text), abs=1e-6)
        assert vector == pytest.approx(embedder.embed([text])[0], abs=1e-6)


def test_a_run_of_chinese_is_its_characters_and_their_pairs(embedder: StaticEmbedder) -> None:
    """Each known character and each two neighbours are tokens, whatever else stands in the same word."""
    number = {word: row for row, word in enumerate(embedder._rows)}
    found = embedder.sums(["权限死锁getUser"]).rows.tolist()
    assert found == sorted(number[token] for token in ("死", "锁", "死锁", "get", "user"))


def test_words_count_in_a_question_as_they_do_in_questions(embedder: StaticEmbedder) -> None:
    """A question is summed with scales of its own; one without a known word is nothing."""
    alone = embedder.embed_question("retry")
    assert alone == pytest.approx(embedder.embed(["retry"])[0])
    both, code = embedder.embed_question("retry lock"), embedder.embed(["retry lock"])[0]
    assert both @ both == pytest.approx(1.0)
    assert abs(both @ code) < 0.9999
    assert not embedder.embed_question("zz").any()


@pytest.fixture
def restless_threads() -> Iterator[None]:
    """Have threads take turns every few instructions."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("restless_threads")
def test_threads_share_an_embedder(embedder: StaticEmbedder) -> None:
    """Threads that meet new words at the same time get the vectors that one thread gets."""
    texts = [f"retry name{number} user_{number % 50}x{number} lock" for number in range(2000)]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda text: embedder.embed([text, "get " + text]), texts))
    fresh = StaticEmbedder("again", list(embedder._rows), embedder._packed, np.tile(embedder._scale[:, None], 2))
    assert np.allclose(np.concatenate(found), np.concatenate([fresh.embed([text, "get " + text]) for text in texts]))
