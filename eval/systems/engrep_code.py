"""engrep itself, with lanes, priors and other parts switched off by name, and with other models.

engrep                      as it is, with the model that ENGREP_EMBEDDER names
engrep-test-depth           without these parts; `engrep eval systems` lists them
engrep=lexical+identity     with these lanes alone
engrep@none                 without a model; engrep@PATH.npz with another one, trusted fully
engrep=lexical@none-test    all of it together, in this order
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from engrep.engine.embed import EmbedderOf, load_static, no_embedder
from engrep.engine.embedders import default_embedder
from engrep.engine.errors import NotFoundError, UsageError
from engrep.engine.memory import Memory
from engrep.engine.parts import switched_off
from engrep.engine.trust import trust_in
from engrep.engine.types import Search
from engrep.eval.cases import Found, Prepared

_SPEC = re.compile(r"(?:=(?P<lanes>[\w+]+))?(?P<model>@(?:none|.+?\.npz))?(?P<parts>(?:-\w+)*)")


@dataclass(frozen=True, slots=True)
class EngrepCode:
    """engrep over code."""

    name: str
    lanes: tuple[str, ...] | None
    without: tuple[str, ...]
    embedder: EmbedderOf | None  # None for the configured one, trusted as far as was measured

    @contextmanager
    def open(self, root: Path, state: Path) -> Iterator[EngrepIndex]:
        """Open the memory of the folder; what differs only in parts shares an index, another model has its own."""
        model = (self.embedder or default_embedder)()
        # The home is the run's own, so what was measured of the configured one has to be looked up in the person's.
        trust = 1.0 if self.embedder is not None or model is None else trust_in(model, None).value
        home = state / f"engrep-{model.identity if model else 'none'}"
        with Memory.open(root, home=home, embedder=self.embedder, trust=trust) as memory:
            yield EngrepIndex(memory, self.lanes, self.without)


@dataclass(frozen=True, slots=True)
class EngrepIndex:
    """One folder's memory."""

    memory: Memory
    lanes: tuple[str, ...] | None
    without: tuple[str, ...]

    def update(self) -> Prepared:
        """Index what changed, in this process: several corpora are measured side by side."""
        started = time.perf_counter()
        report = self.memory.index(jobs=1)
        seconds = time.perf_counter() - started
        return Prepared(seconds, report.files, report.lines, self.memory.status().bytes)

    def search(self, query: str, *, limit: int, from_file: str | None, per_symbol: bool) -> Sequence[Found]:
        """Ask."""
        answer = self.memory.search(
            query,
            limit=limit,
            from_file=from_file,
            per_symbol=per_symbol,
            lanes=self.lanes,
            without=self.without,
        )
        return _found(answer)

    def lookup(self, name: str, *, limit: int) -> Sequence[Found]:
        """Ask for a symbol by its name."""
        try:
            return _found(self.memory.symbol(name, limit=limit))
        except NotFoundError:
            return ()


def _found(answer: Search) -> list[Found]:
    is_ambiguous = answer.ambiguous is not None
    return [
        Found(
            hit.path, hit.start_line, hit.end_line, hit.symbol, hit.qualified_name, hit.module, hit.kind, hit.score,
            tuple((why.part, why.value) for why in hit.why), hit.text, is_ambiguous,
        )
        for hit in answer.hits
    ]  # fmt: skip


def engrep_code(rest: str) -> EngrepCode:
    """Read what follows the name.

    Raises:
        UsageError: it cannot be read, or names a lane or part that is not there.
        StateError: the model cannot be read.

    """
    read = _SPEC.fullmatch(rest)
    if read is None:
        message = f"engrep{rest} is none of engrep, engrep-PART, engrep=LANE+LANE, engrep@none and engrep@PATH.npz"
        raise UsageError(message)
    lanes = tuple(read["lanes"].split("+")) if read["lanes"] else None
    without = tuple(part for part in read["parts"].split("-") if part)
    switched_off(lanes, without)
    return EngrepCode(f"engrep{rest}", lanes, without, model_of(read["model"] or ""))


def model_of(text: str) -> EmbedderOf | None:
    """Return what gives the model that "@none" or "@PATH.npz" names, None for "": the configured one.

    Raises:
        StateError: the file is no model.

    """
    if not text:
        default_embedder()
        return None
    embedder: EmbedderOf = no_embedder if text == "@none" else partial(load_static, text[1:])
    embedder()
    return embedder
