"""What a person may configure of language models, as frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from engrep.agents.model_types import Price
from engrep.agents.presets import is_local

TIERS = ("small", "medium", "large")
AUTO = "auto"


class Key:
    """A secret that shows itself to nobody who does not ask for it by name."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the secret: for the header of a request to its owner, and for taking it out of texts."""
        return self._value

    def __repr__(self) -> str:
        return "Key(…)"

    def __reduce__(self) -> str:
        message = "a key is not written down"
        raise TypeError(message)

    def __bool__(self) -> bool:
        return bool(self._value)


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long a call may take, in seconds."""

    connect: float = 10.0
    first: float = 180.0  # until the first piece of the answer; a local server may have to load the model
    between: float = 90.0  # two pieces
    total: float = 900.0


@dataclass(frozen=True, slots=True)
class Limits:
    """What one run may take; None is no limit."""

    tokens: int | None = None
    cost: float | None = None
    calls: int | None = None


@dataclass(frozen=True, slots=True)
class ModelSettings:
    """One model behind one address."""

    name: str  # what the person calls it
    model: str  # what its server calls it
    url: str
    tier: str = "medium"
    key_variables: tuple[str, ...] = ()  # the first that is set holds its key
    context: int | None = None  # tokens
    price: Price | None = None
    timeouts: Timeouts = Timeouts()
    attempts: int = 4  # of one call, the first included
    extra: Mapping[str, object] = field(
        default_factory=dict
    )  # further fields of each request, as the server wants them

    @property
    def where(self) -> str:
        """The host and port that are asked."""
        return urlsplit(self.url).netloc

    @property
    def is_local(self) -> bool:
        """Whether it runs on this machine."""
        return is_local(self.url)


@dataclass(frozen=True, slots=True)
class Settings:
    """All that is configured: the models, which roles have which, and what a run may take."""

    models: tuple[ModelSettings, ...] = ()
    roles: Mapping[str, tuple[str, ...]] = field(
        default_factory=dict
    )  # role or "default" → names in order, or ("auto",)
    limits: Limits = Limits()
    chosen: str = ""  # the one model that was asked for by an argument or ENGREP_MODEL
    sources: tuple[str, ...] = ()  # where it was read, for `engrep models`

    def names(self) -> list[str]:
        """Return the names of all models."""
        return [each.name for each in self.models]

    def named(self, name: str) -> ModelSettings | None:
        """Return a model by its name."""
        return next((each for each in self.models if each.name == name), None)
