"""Which embedder a root's index runs and searches use.

An index run uses what is given, else what the environment names, else what the index was made with, else the model that comes
with engrep. A search uses what the index was made with; where that cannot be had it goes on without vectors and says why.
"""

from __future__ import annotations

import logging
import os
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from engrep.engine.embed import Embedder, EmbedderOf, StaticEmbedder, load_static
from engrep.engine.embedders import EMBEDDER_VARIABLE, NONE, STATIC, configured, load, settled, shipped
from engrep.engine.errors import EngrepError, UsageError
from engrep.engine.store import read_meta
from engrep.engine.trust import GIVEN, Trust, note_choice, trust_in, was_chosen

if TYPE_CHECKING:
    from engrep.engine.db import Connection

log = logging.getLogger(__name__)

REST_SECONDS = 30.0  # after a failure searches go on without vectors for so long: each would wait for it again


@dataclass(frozen=True, slots=True)
class Model:
    """What a search embeds its question with, and how far the answer counts."""

    embedder: Embedder | None = None
    trust: float = 0.0
    problem: str | None = None  # why there is no embedder though the index holds vectors
    grounds: str | None = None  # of the trust, see trust.py


@dataclass(frozen=True, slots=True)
class ToIndex:
    """What an index run embeds with; the spec is None for an embedder that only the caller can give."""

    embedder_of: EmbedderOf
    spec: str | None


class Choice:
    """The choice of one `Memory`; may be shared between threads."""

    def __init__(self, given: EmbedderOf | str | None, home: Path | None, trust: float | None) -> None:
        self._given = settled(given) if isinstance(given, str) else given
        self._home, self._trust = home, trust
        self._resting: tuple[float, str] = (0.0, "")

    def to_index(self, made_with: str | None) -> ToIndex:
        """Return what to embed with, given what the index was made with, and note it as chosen.

        Raises:
            UsageError: the environment names nothing that engrep knows.

        """
        if callable(self._given):
            return ToIndex(self._given, None)
        named = self._given or configured()
        if named is not None:
            note_choice(named, self._home)
        spec = self.spec_to_index(made_with) or STATIC
        self._resting = (0.0, "")
        return ToIndex(partial(load, spec, patient=True), spec)

    def spec_to_index(self, made_with: str | None) -> str | None:
        """Return what an index run would embed with, None for an embedder that only the caller can give; raises as `to_index`."""
        if callable(self._given):
            return None
        own = made_with if made_with is not None and was_chosen(made_with, self._home) else None
        return self._given or configured() or own or STATIC

    def to_search(self, connection: Connection) -> Model:
        """Return what to embed a question with, without waiting for what failed a moment ago."""
        identity = read_meta(connection, "model")
        if identity is None or self._is_off():
            return Model()
        until, problem = self._resting
        if time.monotonic() < until:
            return Model(problem=problem)
        try:
            spec = None if callable(self._given) else self._spec_of(connection)
            embedder = self._given() if callable(self._given) else load(spec or NONE)
        except EngrepError as exc:
            return self.failed(str(exc))
        if spec == NONE:  # the vectors wait in the index for their model
            return Model()
        if embedder is None or embedder.identity != identity:
            other = f"not of {embedder.identity}" if embedder else "and none is at hand"
            return Model(problem=f"the index holds vectors of {identity}, {other}: `engrep index` makes them anew")
        trust = trust_in(embedder, self._home) if self._trust is None else Trust(self._trust, GIVEN)
        return Model(embedder if trust.value > 0.0 else None, trust.value, grounds=trust.grounds)

    def for_memories(self, made_with: str | None) -> StaticEmbedder | None:
        """Return what memories are embedded with, given what the index was made with: a static model, None where none is.

        One that is no static model, or that nobody chose here, gives way to the one that comes with engrep: cosines of
        others are of another size than those that the floor was measured with, and no memory leaves this machine.

        Raises:
            EngrepError: the choice cannot be read.

        """
        if callable(self._given):
            embedder = self._given()
            return embedder if embedder is None or isinstance(embedder, StaticEmbedder) else shipped()
        spec = self._given or configured() or made_with or STATIC
        if spec == NONE:
            return None
        is_chosen = spec in {self._given, configured()} or was_chosen(spec, self._home)
        return load_static(spec) if is_chosen and Path(spec).is_file() else shipped()

    def failed(self, problem: str) -> Model:
        """Note that the embedder failed; it is left alone for a while."""
        if problem != self._resting[1]:
            log.info("searching without vectors: %s", problem)
        self._resting = (time.monotonic() + REST_SECONDS, problem)
        return Model(problem=problem)

    def _is_off(self) -> bool:
        """Tell whether the environment wants no vectors; what it says that cannot be read is told later."""
        return self._given is None and os.environ.get(EMBEDDER_VARIABLE, "").strip() == NONE

    def _spec_of(self, connection: Connection) -> str:
        """Return what the index was made with.

        Raises:
            UsageError: nobody chose that on this machine.

        """
        if isinstance(self._given, str):
            return self._given
        made_with, named = read_meta(connection, "embedder"), configured()
        if made_with is None:
            return named or STATIC
        spec = str(made_with)
        if spec != named and not was_chosen(spec, self._home):
            message = (
                f"the index was made with {spec}, which nobody chose on this machine: {EMBEDDER_VARIABLE} can name it"
            )
            raise UsageError(message)
        return spec
