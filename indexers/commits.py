"""Read what `git log` prints: what each commit says and which files it touched; bytes in, frozen values out.

    git log -z --name-status --format=FORMAT

Every field ends with NUL, which neither a message nor a path can hold, so nothing in either can pass for another commit.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

FORMAT = "%H%x00%P%x00%ct%x00%ae%x00%B"
MOST_CHARS = 4000  # of a message; what is beyond is a log or a list
MOST_FILES = 60  # a commit that touched more speaks of none of them: a new layout, a licence, a vendored library
_LOOKED_AT = 4 * MOST_CHARS  # of it, for secrets and for lines to leave out
_FIELD = 64 * 1024  # bytes of one field that are kept; the rest is read past

_STATUS = re.compile(rb"[ACDMRTUXB]\d*")
_HASH = re.compile(rb"[0-9a-f]{40}(?:[0-9a-f]{24})?")
# Signs that steer a terminal; a message may bring any.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
# Lines that say who was there, not why.
_TRAILER = re.compile(
    r"(?im)^(?:(?:signed-off|co-authored|reviewed|acked|tested|reported|suggested|approved|helped|co-developed)-by|cc|"
    r"change-id|git-svn-id|reviewed-on|commit-queue|auto-submit|run-trybot|trybot-result|pr-url|backport-pr-url)\s*:.*(?:\n|\Z)"
)
# Programs that raise versions, format or translate; one that writes code explains it as a person does.
_ROUTINE = re.compile(
    rb"(?i)dependabot|renovate|pre-commit-ci|github-actions|greenkeeper|pyup[-.]|snyk-bot|allcontributors|imgbot|"
    rb"semantic-release|release-please|mergify|weblate|transifex|crowdin"
)


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit: what it says, and the files that it touched, relative to the root."""

    id: str
    parents: tuple[str, ...]
    at: int  # when it was committed, seconds since 1970
    message: str  # '' where it explains nothing: a merge, a program's commit, one that touched nothing below the root
    paths: tuple[str, ...]  # MOST_FILES at most
    touched: int  # how many there were
    renamed: tuple[tuple[str, str], ...] = ()  # old path, new path

    @property
    def subject(self) -> str:
        """The first line of the message."""
        return self.message.partition("\n")[0]


def commits(chunks: Iterable[bytes]) -> Iterator[Commit]:
    """Yield the commits that git prints, in its order, without holding more than one of them."""
    fields = _fields(chunks)
    head = _next_hash(fields)
    while head is not None:
        parents, at, author, body = (next(fields, b"") for _ in range(4))
        paths: list[str] = []
        renamed: list[tuple[str, str]] = []
        touched, following = 0, None
        for field in fields:
            status = field.lstrip(b"\n")
            if _STATUS.fullmatch(status):
                old = next(fields, b"")
                new = next(fields, old) if status[:1] in b"RC" else old
                touched += 1
                if touched <= MOST_FILES:
                    paths.append(_text(new))
                    if status[:1] == b"R":
                        renamed.append((_text(old), paths[-1]))
            elif _HASH.fullmatch(status):
                following = status
                break
        above = tuple(parents.decode("ascii", "replace").split())
        explains = len(above) < 2 and touched > 0 and not _ROUTINE.search(author)
        message = clean(_text(body)) if explains else ""
        kept = tuple(paths) if touched <= MOST_FILES else ()
        yield Commit(head.decode(), above, _number(at), message, kept, touched, tuple(renamed) if kept else ())
        head = following


def clean(message: str) -> str:
    """Return a message without the signs that steer terminals and the lines of who was there."""
    text = _CONTROL.sub("", message[:_LOOKED_AT].replace("\r\n", "\n").replace("\r", "\n"))
    return _TRAILER.sub("", text).strip()


def shortened(message: str) -> str:
    """Return what is kept of a message, once its secrets are out: cut first, half of one could stay at its end."""
    return message if len(message) <= MOST_CHARS else message[: MOST_CHARS - 1] + "…"


def _next_hash(fields: Iterator[bytes]) -> bytes | None:
    return next((field for field in (each.lstrip(b"\n") for each in fields) if _HASH.fullmatch(field)), None)


def _fields(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Cut a stream at NUL; of a field no more is kept than `_FIELD`."""
    held = b""
    for chunk in chunks:
        first, *rest = chunk.split(b"\0")
        held += first[: max(_FIELD - len(held), 0)]
        if rest:
            yield held
            for field in rest[:-1]:
                yield field[:_FIELD]
            held = rest[-1][:_FIELD]
    yield held


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _number(digits: bytes) -> int:
    """Return a time, 0 for one that is no number that a database can hold."""
    return int(digits) if digits.isdigit() and len(digits) < 16 else 0
