"""Search terms: what is written and what is asked meet, in every spelling and script."""

from __future__ import annotations

import string
from itertools import combinations, pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engrep.indexers.text import MAX_WORD, STOP_WORDS, fold, split_identifier, stem, term_hash, terms, word_terms, words

ANY_TEXT = st.text(st.characters())  # lone surrogates too
PLAIN_WORD = st.text(string.ascii_lowercase, min_size=1, max_size=20)
LETTERS = st.text(st.characters(categories=["Lu", "Ll", "Lt", "Lo", "Nd"]) | st.just("_"), min_size=1, max_size=40)
HAN = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF), min_size=2, max_size=30)

INFLECTIONS = (
    "retry retries retried",
    "query queries",
    "database databases",
    "connect connects connected connecting connection connections connector",
    "parse parses parsed parsing parser parsers",
    "close closes closed closing",
    "index indexes indexed indexing",
    "class classes",
    "address addresses",
    "resolve resolves resolved resolving resolver",
    "cache caches cached caching",
    "process processes processed processing processor",
    "configure configures configured configuring configuration",
    "normalize normalizes normalized normalization normalizations",
    "stop stops stopped stopping",
    "run runs running",
    "write writes writing writer",
)


@given(ANY_TEXT)
@example("İstanbul ﬁle Ⅷ ẞ ΑΣ_Α ２３")
@example("\x00\ud800_")
def test_any_text_has_terms(text: str) -> None:
    """Whatever the text, its terms are lower-case, not empty, free of blanks, and the same each time."""
    found = terms(text)
    assert found == terms(text)
    for term in found:
        assert term
        assert term == term.lower()
        assert not any(character.isspace() for character in term)
        assert 0 <= term_hash(term) < 1 << 24


@given(st.lists(ANY_TEXT, max_size=5))
def test_the_terms_of_a_text_are_those_of_its_words(texts: list[str]) -> None:
    """Texts joined by blanks have the terms of each, in order: an index of parts answers for the whole."""
    assert terms(" ".join(texts)) == [term for text in texts for word in words(text) for term in word_terms(word)]


@given(LETTERS)
def test_splitting_loses_no_letter(word: str) -> None:
    """The parts of a word, joined again, are the word in lower case without its underscores."""
    assert "".join(split_identifier(word)).casefold() == word.replace("_", "").casefold()


@given(PLAIN_WORD)
def test_splitting_leaves_a_plain_word_whole(word: str) -> None:
    """What is split once is not split again."""
    assert split_identifier(word) == [word]


@given(st.lists(PLAIN_WORD.filter(lambda word: len(word) > 1), min_size=2, max_size=4))
def test_the_ways_to_join_words_meet(parts: list[str]) -> None:
    """camelCase, PascalCase, snake_case, kebab-case and separate words share the terms of the words."""
    pascal = "".join(part.capitalize() for part in parts)
    spellings = [
        pascal,
        parts[0] + pascal[len(parts[0]) :],
        "_".join(parts),
        "_".join(parts).upper(),
        "-".join(parts),
        " ".join(parts),
    ]
    shared = {stem(part) for part in parts}
    assert all(shared <= set(terms(spelling)) for spelling in spellings)


@given(st.lists(PLAIN_WORD, min_size=1, max_size=4))
def test_the_spellings_of_a_name_fold_together(parts: list[str]) -> None:
    """A name folds to the same text in camelCase, snake_case, kebab-case and capitals, and folding twice changes nothing."""
    pascal = "".join(part.capitalize() for part in parts)
    folded = {fold(spelling) for spelling in (pascal, "_".join(parts), "-".join(parts), "_".join(parts).upper())}
    assert folded == {"".join(parts)}
    assert fold(folded.pop()) == "".join(parts)


@pytest.mark.parametrize("group", INFLECTIONS)
def test_inflections_meet(group: str) -> None:
    """The forms of a word that questions and code mix share one stem, alone and inside of a name."""
    forms = group.split()
    assert len({stem(form) for form in forms}) == 1
    for one, other in combinations(forms, 2):
        assert not set(terms(one)).isdisjoint(terms(f"do{other.capitalize()}"))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("class", "clash"),
        ("port", "post"),
        ("user", "use"),
        ("parse", "parallel"),
        ("string", "strip"),
        ("bus", "bush"),
    ],
)
def test_different_words_stay_apart(one: str, other: str) -> None:
    """Stemming does not make one word of two."""
    assert set(terms(one)).isdisjoint(terms(other))


@given(PLAIN_WORD)
def test_a_stem_begins_its_word(word: str) -> None:
    """A stem is a start of its word, never empty, and at least three letters of what had as many."""
    found = stem(word)
    assert word.startswith(found)
    assert len(found) >= min(len(word), 3)


@given(HAN)
def test_cjk_bigrams_overlap(run: str) -> None:
    """A run of Chinese characters has every pair of neighbours, and its first and last character, as terms."""
    assert set(terms(run)) == {run[0], run[-1], *("".join(pair) for pair in pairwise(run))}


@given(HAN, HAN, HAN)
def test_a_part_of_a_chinese_text_is_found_in_it(before: str, asked: str, after: str) -> None:
    """The pairs of a question are among the terms of every text that holds it."""
    pairs = {term for term in terms(asked) if len(term) == 2}
    assert pairs
    assert pairs <= set(terms(before + asked + after))


def test_scripts_side_by_side_are_kept_apart() -> None:
    """Latin words inside a Chinese sentence are found as words."""
    assert terms("修复getUserName死锁") == ["修", "复", "修复", "getusername", "get", "user", "nam", "死", "锁", "死锁"]


@pytest.mark.parametrize(
    ("word", "parts"),
    [
        ("HTTPServer2", ["http", "server", "2"]), ("getUserName", ["get", "user", "name"]), ("XMLHttpRequest", ["xml", "http", "request"]),
        ("snake_case_name", ["snake", "case", "name"]), ("__init__", ["init"]), ("MAX_SIZE", ["max", "size"]), ("utf8", ["utf", "8"]),
        ("größeÄndern", ["größeändern"]), ("_", []),
    ],
)  # fmt: skip
def test_a_word_is_split_where_a_reader_splits_it(word: str, parts: list[str]) -> None:
    """Humps, runs of capitals, digits and underscores divide a word."""
    assert split_identifier(word) == parts


@pytest.mark.parametrize(("one", "other"), [("ﬁle", "file"), ("２３", "23"), ("ＡＢＣ", "abc"), ("cafe\u0301", "café")])
def test_forms_of_one_character_meet(one: str, other: str) -> None:
    """Ligatures, full-width letters and composed accents are the characters they stand for."""
    assert terms(one) == terms(other)


def test_data_are_no_words() -> None:
    """A run longer than any word gives no terms, one as long as allowed does."""
    assert terms("a" * (MAX_WORD + 1)) == []
    assert terms("a" * MAX_WORD) != []


def test_stop_words_are_plain() -> None:
    """Every stop word is one lower-case word, as they are compared."""
    assert all(words(word) == [word] and word == word.lower() for word in STOP_WORDS)
