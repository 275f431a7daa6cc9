"""Find pairs of an English and a Chinese message in the catalogues of translated programs."""

from __future__ import annotations

import gettext
import io
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from engrep.indexers.text import CJK
from training.pairs import Pair, clean

_CHINESE = re.compile(r"zh[-_]?(cn|hans)?(?=[./_-]|$)", re.IGNORECASE)
_PO = re.compile(r'^msgid "(.*)"\n((?:".*"\n)*)msgstr "(.*)"\n?((?:".*"\n?)*)', re.MULTILINE)
_KEYED = re.compile(r"""^\s*["']?([\w.$-]+)["']?\s*:\s*(["'`])((?:(?!\2).)*)\2,?\s*$""", re.MULTILINE)
_ENGLISH_KEY = re.compile(r"^(.+)_\d{3,6}$")  # a key that is the English message: `Cannot_find_name_0_2304`


def is_catalogue(path: str) -> bool:
    """Tell whether a file may hold messages of one language."""
    return (
        path.endswith((".json", ".po", ".mo", ".js", ".mjs", ".ts"))
        and _CHINESE.search("/" + path.rpartition("/")[2]) is not None
    ) or (
        path.endswith((".json", ".po", ".mo")) and re.search(r"(^|/)zh[-_]?(cn|hans)/", path, re.IGNORECASE) is not None
    )


def english_path(path: str, known: Mapping[str, bytes]) -> str | None:
    """Return the English file that says the same as a Chinese one."""
    for english in ("en", "en-US", "en_US", "en-us", "en_us", "enUS"):
        candidate = re.sub(r"zh[-_]?(cn|hans)(?![a-z])|(?<![a-z])zh(?![a-z])", english, path, flags=re.IGNORECASE)
        if candidate != path and candidate in known:
            return candidate
    return None


def message_pairs(chinese_path: str, chinese: bytes, english: bytes | None) -> Iterator[Pair]:
    """Pair the messages of one Chinese file, with those of the English one, or with the ids that are English themselves."""
    try:
        ours = messages(chinese_path, chinese)
        theirs = messages(chinese_path, english) if english is not None else {}
    except (ValueError, OSError, UnicodeError, RecursionError):
        return
    is_keyed_by_english = chinese_path.endswith((".po", ".mo"))
    for key, message in ours.items():
        said, text = clean(theirs.get(key) or _english_of(key, is_keyed_by_english)), clean(message)
        if CJK.search(text) and not CJK.search(said) and 3 < len(said) < 300 and 1 < len(text) < 200:
            yield Pair("zh-en", "text", text, "", "", "", "", said)


def _english_of(key: str, is_english: bool) -> str:
    spoken = _ENGLISH_KEY.match(key)
    if spoken:
        return spoken[1].replace("_", " ")
    return key if is_english or " " in key else ""


def messages(path: str, data: bytes) -> dict[str, str]:
    """Read a catalogue: key → message."""
    if path.endswith(".mo"):
        loaded = gettext.GNUTranslations(io.BytesIO(data))
        return {key: value for key, value in vars(loaded)["_catalog"].items() if isinstance(key, str) and key}
    text = data.decode("utf-8", "replace")
    if path.endswith(".po"):
        return {_joined(a, b): _joined(c, d) for a, b, c, d in _PO.findall(text) if _joined(a, b)}
    if path.endswith(".json"):
        return dict(_flat(json.loads(text), ""))
    return {match[1]: match[3] for match in _KEYED.finditer(text)}


def _joined(first: str, rest: str) -> str:
    return (first + "".join(line[1:-1] for line in rest.splitlines())).replace("\\n", " ").replace('\\"', '"')


def _flat(value: Any, key: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield key, value
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from _flat(inner, f"{key}.{name}" if key and " " not in name else name)
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _flat(inner, f"{key}.{number}")
