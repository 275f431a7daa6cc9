"""Read a question: its weighted terms, the names and paths in it, and what kind of question it is.

A word is worth what the place it stands in is worth: a title five times running prose, code and tracebacks half of it
(localising 274 real issues: file Acc@5 82.8 against 76.3 with every word alike). A short question is all title.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from engrep.indexers.text import CJK, STOP_WORDS, word_terms, words

MAX_CHARS = 40_000  # of a question; what is beyond says nothing new
_ISSUE_CHARS = 400
_TITLE_CHARS, _TITLE_WORDS = 300, 3
_LAST_LINE = 1 << 31

TITLE, PROSE, CODE, TRACEBACK, INLINE = 5.0, 1.0, 0.5, 0.5, 1.0
_SATURATION = 5.0
_CODE_STOP = frozenset(
    "self def return import none true false class print import ok hi thanks please expected actual".split()
)

# Names and paths start where a word does: tried at every letter, these would take quadratic time on one endless word.
_DOTTED = re.compile(r"(?<![\w$])[A-Za-z_$][\w$]*(?:(?:\.|::|#|->)~?[A-Za-z_$][\w$]*)+")
_CAMEL_OR_SNAKE = re.compile(r"[A-Za-z_$][\w$]*")
_PATH = re.compile(r"(?<![\w@+-])(?<!\w[./])(?:[\w.@+-]+/){0,40}[\w@+-][\w.@+-]*\.[A-Za-z][A-Za-z0-9]{0,4}(?![\w.])")
_PATH_TARGET = re.compile(
    r"^(?P<path>[^\s:#]*(?:/|\.[A-Za-z][A-Za-z0-9]{0,4}(?=[:#]))[^\s:#]*)(?:::?|#)(?P<name>[\w$.~]+)$"
)
_SEPARATOR = re.compile(r"::|->|[.#/\\]")
_TRACEBACK_LINE = re.compile(r'^\s*File "(?P<path>[^"]+)", line (?P<line>\d+)(?:, in (?P<name>\S+))?')
_FENCE = re.compile(r"^\s*(```|~~~)")
_INLINE = re.compile(r"`([^`\n]{1,200})`")
_NOISE = re.compile(r"<!--(?:(?!<!--).)*?-->|https?://\S+|\[[ x]\]", re.DOTALL)
_LEADING = re.compile(
    r"^(?:where is |the |find )?(?P<name>[A-Za-z_$][\w$]*)(?:\(\))?(?P<mark>:\s| (?:in|of|from|inside|within) )",
    re.IGNORECASE,
)
# People write Chinese up to an identifier without a blank: `getUser在哪里`. With "_" between, it is one name: `test_登录`.
_SEAM = re.compile(r"(?<=[A-Za-z0-9$)])(?=[\u3400-\u9fff])|(?<=[\u3400-\u9fff])(?=[A-Za-z0-9$])")
# Marks and words of a Chinese question, which has no blanks either and yet is no name.
_CHINESE_QUESTION = re.compile(
    "[，。？！；：、吗嗎呢哪谁誰]|什[么麼]|怎[么麼样樣]|如何|为何|為何|是否|能否|多少|请问|請問"
)
_HUMP = re.compile(r"[a-z0-9][A-Z]|[A-Z]{2,}[a-z]")


@dataclass(frozen=True, slots=True)
class Spelled:
    """A name in the question: `Spelled(("net", "retry", "backoff"), 5.0, True)`."""

    parts: tuple[str, ...]  # the last one is the name itself
    weight: float  # of the place it stands in
    is_code: bool  # spelled as only code is: camelCase, snake_case, dotted, in backticks, called
    path: str = ""  # the file it was named with: `net/retry.py:backoff`
    line: int = 0  # or the line: `net/retry.py:12`


@dataclass(frozen=True, slots=True)
class Query:
    """What a question asks for."""

    text: str
    shape: str  # "symbol", "question" or "issue"
    terms: dict[str, float]  # search term → weight
    names: tuple[Spelled, ...]
    paths: tuple[tuple[str, float], ...]  # path as written, weight
    frames: tuple[tuple[str, str], ...]  # traceback frames, outermost first: path, function
    words: frozenset[str]  # lower-case words as written
    leading: str = ""  # the name that a question opens with: "backoff in net", "backoff: wait longer each time"
    leads_to_place: bool = False  # whether the rest says where that name is

    @property
    def title(self) -> str:
        """What an issue says first, a few words at least and three hundred characters at most; any other question whole."""
        if self.shape != "issue":
            return self.text
        found = ""
        for line in self.text.splitlines():
            found = f"{found} {line.strip()}".strip()[:_TITLE_CHARS]
            if len(words(found)) >= _TITLE_WORDS:
                break
        return found

    @property
    def asks_for_tests(self) -> bool:
        """Whether the question itself speaks of tests; an issue does so without asking for them."""
        return self.shape != "issue" and not self.words.isdisjoint(
            {"test", "tests", "testing", "spec", "fixture", "unittest"}
        )

    @property
    def asks_for_prose(self) -> bool:
        """Whether the question itself speaks of documents."""
        return self.shape != "issue" and not self.words.isdisjoint(
            {"readme", "docs", "documentation", "changelog", "licence", "license", "guide", "tutorial"}
        )


def parse(text: str) -> Query:
    """Read a question; anything is a question, however odd."""
    text = text[:MAX_CHARS].strip()
    spelled = None if _says_something(text) else _symbol_shaped(text)
    if spelled is not None:
        return _of_name(text, spelled)
    is_issue = len(text) > _ISSUE_CHARS or text.count("\n") > 1
    spaced = text if text.isascii() else _SEAM.sub(" ", text)
    regions = (
        list(_regions(_NOISE.sub(" ", spaced)))
        if is_issue
        else [(spaced, TITLE), *((code, INLINE) for code in _INLINE.findall(spaced))]
    )
    leading = None if is_issue else _LEADING.match(text)
    return Query(
        text=text,
        leading=leading["name"] if leading else "",
        leads_to_place=leading is not None and not leading["mark"].startswith(":"),
        shape="issue" if is_issue else "question",
        terms=_weighted(regions),
        names=tuple(_names(regions, leading["name"] if leading else "")),
        paths=tuple(_paths(regions)),
        frames=tuple(
            (match["path"], match["name"] or "") for line in text.splitlines() if (match := _TRACEBACK_LINE.match(line))
        ),
        words=frozenset(word.lower() for word in words(spaced[:2000])),
    )


def parse_name(text: str) -> Query:
    """Read what is given as a name; where it is none, as `parse` does."""
    spelled = _symbol_shaped(text.strip())
    return parse(text) if spelled is None else _of_name(text.strip(), spelled)


def _of_name(text: str, spelled: Spelled) -> Query:
    terms = _weighted([(" ".join([*spelled.parts, spelled.path]), TITLE)])
    paths = ((spelled.path, TITLE),) if spelled.path else ()
    return Query(text, "symbol", terms, (spelled,), paths, (), frozenset(part.lower() for part in spelled.parts))


def _says_something(text: str) -> bool:
    """Tell a question of Chinese from a name: without blanks both, a run of it says something far more often than it names."""
    return bool(_CHINESE_QUESTION.search(text)) or CJK.fullmatch(_bare(text)) is not None


def _bare(text: str) -> str:
    return text.removesuffix("()").strip("`'\"")


def _symbol_shaped(text: str) -> Spelled | None:
    """Read a question that is one name, in any spelling, or None."""
    bare = _bare(text)
    if not bare or any(character.isspace() for character in bare) or len(bare) > 300:
        return None
    target = _PATH_TARGET.match(bare)
    if target:
        name = target["name"]
        if name.isdecimal():
            return Spelled((), TITLE, is_code=True, path=target["path"], line=min(int(name), _LAST_LINE))
        return Spelled(tuple(part for part in name.split(".") if part), TITLE, is_code=True, path=target["path"])
    if "/" in bare or (_PATH.fullmatch(bare) and bare.rsplit(".", 1)[-1].lower() in _CODE_ENDINGS):
        return Spelled((), TITLE, is_code=True, path=bare)
    parts = tuple(part for part in _SEPARATOR.split(bare) if part)
    return Spelled(parts, TITLE, is_code=True) if parts else None


_CODE_ENDINGS = frozenset(
    "py pyi js jsx mjs cjs ts tsx mts go java c h cc cpp cxx hpp hh rs rb php cs kt kts scala swift lua sh bash ex exs hs zig "
    "md rst txt toml json yaml yml html css sql".split(),
)


def _regions(text: str) -> Iterator[tuple[str, float]]:
    """Cut an issue into pieces of text and what a word there is worth."""
    lines = text.splitlines()
    yield lines[0], TITLE
    fenced = False
    traceback = False
    for line in lines[1:]:
        if _FENCE.match(line):
            fenced, traceback = not fenced, False
            continue
        if line.startswith(("Traceback (most recent", '  File "')) or _TRACEBACK_LINE.match(line):
            traceback = True
        elif traceback and line and not line[0].isspace():
            traceback = False
            yield line, PROSE  # the error's message ends a traceback, and says most
            continue
        if traceback:
            yield line, TRACEBACK
        elif fenced or line.startswith((">>>", "    ", "\t", "$ ")):
            yield line, CODE
        else:
            yield line, PROSE
            for code in _INLINE.findall(line):
                yield code, INLINE


def _weighted(regions: list[tuple[str, float]]) -> dict[str, float]:
    counts: dict[str, float] = {}
    every: dict[str, float] = {}
    for text, weight in regions:
        for word in words(text):
            lower = word.lower()
            kept = lower not in STOP_WORDS and lower not in _CODE_STOP and (len(word) > 1 or not word.isascii())
            for term in word_terms(word):
                every[term] = every.get(term, 0.0) + weight
                if kept:
                    counts[term] = counts.get(term, 0.0) + weight
    return {term: count * (_SATURATION + 1) / (count + _SATURATION) for term, count in (counts or every).items()}


def _names(regions: list[tuple[str, float]], leading: str) -> Iterator[Spelled]:
    best: dict[tuple[str, ...], Spelled] = {}
    if leading:
        _keep(best, Spelled((leading,), TITLE, is_code=True))
    for text, weight in regions:
        for match in _DOTTED.finditer(text):
            parts = tuple(part for part in _SEPARATOR.split(match.group().replace("~", "")) if part)
            _keep(best, Spelled(parts, weight, is_code=True))
        for match in _CAMEL_OR_SNAKE.finditer(text):
            word = match.group()
            called = text[match.end() : match.end() + 1] == "("
            is_code = called or weight == INLINE or "_" in word.strip("_") or bool(_HUMP.search(word))
            if len(word) > 2 and (is_code or word.lower() not in STOP_WORDS):
                _keep(best, Spelled((word,), weight, is_code=is_code))
    yield from best.values()


def _keep(best: dict[tuple[str, ...], Spelled], found: Spelled) -> None:
    known = best.get(found.parts)
    if known is None or (found.is_code, found.weight) > (known.is_code, known.weight):
        best[found.parts] = found


def _paths(regions: list[tuple[str, float]]) -> Iterator[tuple[str, float]]:
    best: dict[str, float] = {}
    for text, weight in regions:
        for match in _PATH.finditer(text):
            path = match.group()
            if path.rsplit(".", 1)[-1].lower() in _CODE_ENDINGS:
                best[path] = max(best.get(path, 0.0), weight)
    yield from best.items()
