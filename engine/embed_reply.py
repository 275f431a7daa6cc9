"""Read what an embedding server answers; it may be anything."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from engrep.engine.embed_http import BadReplyError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def rows_of(reply: Any, count: int) -> NDArray[np.float32]:
    """Return the vectors of a reply in the order of the texts, whatever order they come in.

    Raises:
        BadReplyError: they are not one for each text, not of one length, or not finite.

    """
    import numpy as np

    data = reply.get("data") if isinstance(reply, dict) else None
    if not isinstance(data, list) or not all(isinstance(entry, dict) for entry in data):
        message = "the reply holds no list of embeddings"
        raise BadReplyError(message)
    if len(data) != count:
        message = f"the reply holds {len(data)} embeddings for {count} texts"
        raise BadReplyError(message)
    order = [entry.get("index", at) for at, entry in enumerate(data)]  # some servers leave it out
    if not all(type(at) is int for at in order) or sorted(order) != list(range(count)):
        message = "the reply's embeddings are not numbered from 0, each once"
        raise BadReplyError(message)
    found = [_vector(entry.get("embedding")) for entry in data]
    if len({len(vector) for vector in found}) != 1 or not len(found[0]):
        message = "the reply's embeddings are empty or of several lengths"
        raise BadReplyError(message)
    rows = np.empty((count, len(found[0])), np.float32)
    rows[order] = found
    if not np.isfinite(rows).all():
        message = "the reply's embeddings hold numbers that are not finite"
        raise BadReplyError(message)
    return rows


def _vector(value: Any) -> NDArray[np.float32]:
    """Read one embedding: a list of numbers, or base64 of little-endian float32."""
    import numpy as np

    if isinstance(value, str):
        try:
            return np.frombuffer(base64.b64decode(value, validate=True), "<f4")
        except ValueError as exc:
            message = "an embedding is neither a list of numbers nor base64 of them"
            raise BadReplyError(message) from exc
    if not isinstance(value, list) or not all(type(each) in (int, float) for each in value):
        message = "an embedding is neither a list of numbers nor base64 of them"
        raise BadReplyError(message)
    try:
        with np.errstate(over="ignore"):
            return np.array(value, np.float32)
    except OverflowError as exc:  # an integer of hundreds of digits
        message = "an embedding holds numbers that are too large"
        raise BadReplyError(message) from exc
