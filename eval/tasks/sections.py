"""Judge what a memory returned by sections, as the cases of PrecisionMemBench have them.

A case speaks of four sections. A system answers with records, and a record's own fields say where it stands, so that every
system is judged alike and none has to know of sections:

    openQuestions    beliefs of the type open_question
    personaPrelude   else, what holds in every scope: it describes the person
    pinnedFacts      else, what is pinned
    relevantBeliefs  all other

What the conditions are taken to mean, the strict way wherever the case file leaves room:

    mustInclude        these are there; others may be
    mustExclude        none of these is there
    shouldOnlyInclude  exactly these are there: more is returned wrongly, and fewer is a miss (an empty answer would
                       otherwise pass nearly everywhere); "within" is the lenient reading, where fewer is no fault
    nonEmpty           the prelude holds at least one belief
    contains           the texts of the prelude hold each of these words, in any case

What belongs to another person is returned wrongly wherever it stands, although only the belief's name says so. A budget
bounds pinned facts and relevant beliefs together, in the order of the answer. Conditions unknown here are noted, and the
case is judged by the rest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engrep.eval.cases import Value
from engrep.eval.systems.records import Record

PRELUDE, PINNED, RELEVANT, OPEN = "personaPrelude", "pinnedFacts", "relevantBeliefs", "openQuestions"
BOUNDED = (PINNED, RELEVANT)
LISTS = ("mustInclude", "mustExclude", "shouldOnlyInclude")
TEXT_CONDITIONS = ("nonEmpty", "contains")

Item = tuple[str, str]
"""Section and record."""


def section_of(record: Record) -> str:
    """Tell where a belief stands."""
    if record.kind == "open_question":
        return OPEN
    if not record.scopes:
        return PRELUDE
    return PINNED if record.pinned else RELEVANT


def answered_items(record_ids: Sequence[str], records: Mapping[str, Record], budget: int | None) -> list[Item]:
    """Put an answer into sections, each record once, and cut off what the budget has no room for."""
    items, bounded = [], 0
    for record_id in dict.fromkeys(record_ids):
        section = section_of(records[record_id])
        bounded += section in BOUNDED
        if section not in BOUNDED or budget is None or bounded <= budget:
            items.append((section, record_id))
    return items


def wanted_items(expect: Mapping[str, Mapping[str, Any]]) -> tuple[Item, ...]:
    """Return what has to be there, in the order of the case."""
    return tuple(
        (section, record_id)
        for section, conditions in expect.items()
        for name in ("mustInclude", "shouldOnlyInclude")
        for record_id in conditions.get(name, ())
    )


@dataclass(frozen=True, slots=True)
class Judgement:
    """What was right and wrong about one answer."""

    right: tuple[Item, ...]
    wrong: tuple[Item, ...]
    missing: tuple[Item, ...]
    unmet: tuple[str, ...]  # conditions on the prelude's text
    unknown: tuple[str, ...]  # conditions that cannot be judged


def judge(
    expect: Mapping[str, Mapping[str, Any]], items: Sequence[Item], strangers: frozenset[str], prelude: str
) -> Judgement:
    """Judge the items of an answer; `strangers` are other people's records, `prelude` the text of that section."""
    wanted = wanted_items(expect)
    return Judgement(
        tuple(item for item in wanted if item in items),
        tuple(item for item in items if item[1] in strangers or is_wrong(item, expect.get(item[0], {}))),
        tuple(item for item in wanted if item not in items),
        tuple(_unmet(expect.get(PRELUDE, {}), any(section == PRELUDE for section, _ in items), prelude)),
        tuple(
            f"{section}.{name}"
            for section, conditions in expect.items()
            for name in conditions
            if name not in (TEXT_CONDITIONS + LISTS if section == PRELUDE else LISTS)
        ),
    )


def is_wrong(item: Item, conditions: Mapping[str, Any]) -> bool:
    """Tell whether a section's conditions keep this item out."""
    only = conditions.get("shouldOnlyInclude")
    allowed = {*(only or ()), *conditions.get("mustInclude", ())}
    return item[1] in conditions.get("mustExclude", ()) or (only is not None and item[1] not in allowed)


def _unmet(conditions: Mapping[str, Any], is_there: bool, prelude: str) -> list[str]:
    unmet = ["nonEmpty"] if conditions.get("nonEmpty", is_there) != is_there else []
    return unmet + [word for word in conditions.get("contains", ()) if word.lower() not in prelude.lower()]


def values_of(judged: Judgement, expect: Mapping[str, Mapping[str, Any]]) -> dict[str, Value]:
    """Return the measures of one case; precision and recall as (part, whole), and left out where the whole is nothing."""
    n_right, n_wrong, n_missing = len(judged.right), len(judged.wrong), len(judged.missing)
    only = {
        (section, record_id)
        for section, conditions in expect.items()
        for record_id in conditions.get("shouldOnlyInclude", ())
    }
    relevant = [item for item in (*judged.wrong, *judged.missing) if item[0] == RELEVANT]
    is_clean = not judged.wrong and not judged.unmet
    values: dict[str, Value] = {
        "passed": float(is_clean and not judged.missing),
        "relevant": float(not relevant),
        "within": float(is_clean and only.issuperset(judged.missing)),
        "returned wrongly": float(n_wrong),
    }
    if n_right + n_wrong:
        values["precision"] = (float(n_right), float(n_right + n_wrong))
    if n_right + n_missing:
        values["recall"] = (float(n_right), float(n_right + n_missing))
    return values


def note_of(judged: Judgement) -> str:
    """Say in words what the numbers do not."""
    parts = {
        "wrong": [record_id for _, record_id in judged.wrong],
        "missing": [record_id for _, record_id in judged.missing],
        "prelude lacks": judged.unmet,
        "not judged": judged.unknown,
    }
    return "; ".join(f"{name}: {', '.join(listed)}" for name, listed in parts.items() if listed)
