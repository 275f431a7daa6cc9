"""The parts of a search that can be switched off by name, to see what each is worth.

A lane gathers candidates and speaks for files; a signal speaks for files alone; evidence tells namesakes apart. The
signals are those of rank.py, the evidence that of identity.py and heard.py, under the names that a hit's `why` shows.
"""

from __future__ import annotations

from collections.abc import Collection

from engrep.engine.errors import UsageError

LANES = ("lexical", "dense", "identity", "graph")

PARTS: dict[str, str] = {
    "lexical": "lane: files and places by the words in them",
    "dense": "lane: files and places by the model's vectors",
    "identity": "lane: files by the names and paths that the question spells out",
    "graph": "lane: files by how much of the code uses them",
    "best_chunk": "signal: the words of a file's best chunk",
    "all_chunks": "signal: the words of all its chunks together",
    "best_function": "signal: the words of its best function, for issues",
    "whole_file": "signal: the words of the whole file, for issues",
    "top_functions": "signal: the words of its five best functions, for issues",
    "comments": "signal: the words of its comments",
    "best_comments": "signal: the words of its best chunk's comments",
    "quoted": "signal: a comment of it holds nearly all that the question says",
    "folders": "signal: the words of its folders",
    "symbol_names": "signal: the words of its symbols' names",
    "best_name": "signal: the symbol whose name covers most of the question",
    "stem": "signal: how much of the file's name the question says",
    "stem_cover": "signal: how much of the question the file's name says",
    "stem_is_name": "signal: the file is called as a name in the question",
    "named": "signal: a symbol of it is named in the question",
    "path": "signal: its path is spelled out in the question",
    "traceback": "signal: it stands in the traceback",
    "near_asker": "signal: it lies near the asker's file",
    "dense_best": "signal: the vector of its best chunk",
    "dense_mean": "signal: the mean of its vectors",
    "central": "signal: how much of the code uses it",
    "test": "prior: tests and examples stand back, as files and as namesakes",
    "prose": "prior: documents stand back",
    "depth": "prior: files in deep folders stand back",
    "definition": "evidence: a type or function rather than a field",
    "qualified_name": "evidence: the qualified name as far as it is spelled out",
    "file": "evidence: the file that the name was spelled with",
    "receiver": "evidence: what the name is called on in the asker's file",
    "companions": "evidence: what else is called there on the same",
    "overridden": "evidence: the definition that the others override",
    "mentioned": "evidence: the asker's file mentions the type around it",
    "out_of_reach": "evidence: what a call behind a dot can hardly mean",
    "module_words": "evidence: the question's other words in the module path",
    "used": "evidence: how often it is used",
    "wording": "evidence: the words of each namesake, where the question opens with the name",
    "doc": "evidence: the documentation of each namesake, in the same case",
    "second_stage": "stage: the best places looked at by a second model, where one was named",
    "asker": "stage: where the question is asked from",
    "priors": "group: test, prose and depth",
    "namesakes": "group: all evidence but the name itself",
}
"""Each name with one line about it; a score without a part is the sum of all others."""

GROUPS: dict[str, tuple[str, ...]] = {
    "priors": ("test", "prose", "depth"),
    "namesakes": (
        "qualified_name", "file", "asker", "receiver", "companions", "overridden", "mentioned", "out_of_reach",
        "module_words", "used", "test", "wording", "doc",
    ),
}  # fmt: skip


def switched_off(lanes: Collection[str] | None, without: Collection[str]) -> frozenset[str]:
    """Return the parts to leave out: all lanes but these, and what is named.

    Raises:
        UsageError: there is no such lane, or no such part.

    """
    unknown = sorted({*lanes} - {*LANES}) if lanes is not None else []
    if unknown:
        message = f"there is no lane {', '.join(unknown)}; the lanes are {', '.join(LANES)}"
        raise UsageError(message)
    unknown = sorted({*without} - PARTS.keys())
    if unknown:
        message = f"nothing called {', '.join(unknown)} can be switched off; these can: {', '.join(PARTS)}"
        raise UsageError(message)
    dropped = {*LANES} - {*lanes} if lanes is not None else set()
    return frozenset(dropped.union(without, *(GROUPS[name] for name in without if name in GROUPS)))
