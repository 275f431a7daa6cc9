"""Choose the embedder: one setting names it, `--embedder` or ENGREP_EMBEDDER.

none                        no vectors: words, names and the call graph
static                      the model that comes with engrep, the default
PATH                        a static model's file, or a Model2Vec folder
transformers:NAME_OR_PATH   a sentence-transformers model (extra `transformers`)
openai:MODEL                a model of OpenAI's; the key is in OPENAI_API_KEY
openai:MODEL@URL            any server with the same `/v1/embeddings`; its key, if any, is in ENGREP_EMBEDDER_KEY
"""

from __future__ import annotations

import os
import re
from importlib import resources
from pathlib import Path

from engrep.engine.embed import Embedder, StaticEmbedder, load_static
from engrep.engine.errors import UsageError

EMBEDDER_VARIABLE = "ENGREP_EMBEDDER"
NONE, STATIC = "none", "static"
SHIPPED = "static.npz"  # in this package
_TRANSFORMERS, SERVER = "transformers:", "openai:"


def settled(spec: str, folder: Path | None = None) -> str:
    """Return the one spelling of a choice, with paths made absolute from a folder (the current one without it).

    Raises:
        UsageError: it names nothing that engrep knows.

    """
    given = spec.strip()
    if given in {NONE, STATIC}:
        return given
    if given.startswith(SERVER):
        from engrep.engine.embed_endpoint import HOST_URL, checked_url

        model, url = _endpoint(given)
        return f"{SERVER}{model}@{checked_url(url or HOST_URL)}"
    name = given.removeprefix(_TRANSFORMERS)
    path = (folder or Path.cwd()) / Path(name).expanduser()
    if given.startswith(_TRANSFORMERS) and name:
        return f"{_TRANSFORMERS}{path.resolve() if path.is_dir() else name}"
    if name and path.exists():
        return str(path.resolve())
    if _is_path(name):
        message = f"{spec} is no embedder: there is no file or folder {path}"
        raise UsageError(message)
    message = (
        f"{spec or 'nothing'} is no embedder: name one of none, static, the path of a model, "
        "transformers:NAME_OR_PATH and openai:MODEL@URL"
    )
    raise UsageError(message)


def _is_path(name: str) -> bool:
    """Tell whether a choice can only be meant as a path: it has folders, or ends as a model's file does."""
    return any(mark in name for mark in ("/", "\\")) or name.endswith(".npz")


def load(spec: str, *, patient: bool = False) -> Embedder | None:
    """Return the embedder that a choice names, None for none.

    A patient one may bring a model from its hub and waits for its server: an index run does, a search does not.

    Raises:
        UsageError: the choice names nothing that engrep knows.
        MissingExtraError: a package that it needs is not installed.
        StateError: it is not there or cannot be read.

    """
    spec = settled(spec)
    if spec == NONE:
        return None
    if spec == STATIC:
        return shipped()
    if spec.startswith(SERVER):
        from engrep.engine.embed_endpoint import load_endpoint

        return load_endpoint(*_endpoint(spec), patient=patient)
    if spec.startswith(_TRANSFORMERS):
        from engrep.engine.embed_transformers import load_transformer

        return load_transformer(spec.removeprefix(_TRANSFORMERS), may_fetch=patient)
    if Path(spec).is_dir():
        from engrep.engine.embed_model2vec import load_model2vec

        return load_model2vec(spec)
    return load_static(spec)


def _endpoint(spec: str) -> tuple[str, str]:
    """Return the model and the address, "" without one; a model's name may begin with "@"."""
    text = spec.removeprefix(SERVER)
    at = re.search(r"(?<=.)@(?=[a-z]+://)", text) or re.search(r"(?<=.)@", text)
    model, url = (text[: at.start()], text[at.end() :] or "@") if at else (text, "")
    if not model:
        message = f"{spec} names no model; it looks like openai:MODEL@http://localhost:11434/v1"
        raise UsageError(message)
    return model, url


def shipped() -> StaticEmbedder | None:
    """Return the model that comes with engrep, None where this installation has none."""
    path = Path(str(resources.files("engrep.engine").joinpath(SHIPPED)))
    return load_static(str(path)) if path.is_file() else None


def configured() -> str | None:
    """Return the choice in the environment, None without one.

    Raises:
        UsageError: it names nothing that engrep knows.

    """
    value = os.environ.get(EMBEDDER_VARIABLE, "").strip()
    return settled(value) if value else None


def default_embedder() -> Embedder | None:
    """Return the embedder of the environment, else the one that comes with engrep; raises as `load`."""
    return load(configured() or STATIC)
