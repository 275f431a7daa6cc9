"""Vectors as they are stored: one record a chunk, from which cosines come, and the signs for the coarse scan.

A model that adds up rows of a table has its sums stored as lists of rows: fewer bytes than three bits a component would
take, and exact. Any other model's vectors have a byte a component.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from engrep.engine.embed import Embedder, Summing
from engrep.engine.packed import PackedError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Ints = NDArray[np.int64]
    Bytes = NDArray[np.uint8]

COMPONENTS = 8  # a vector's length is a multiple of it
KEY_BYTES = 8
WIDTH_BYTES = 2
MOST_ROWS = 1 << 16  # a table with more has its sums stored as any other model's vectors
_LARGEST = 127
_SCALE = 4  # bytes, a float32
_TOKEN = 3  # bytes: a row and how often it is in the sum; in the first token of a record, the length of the sum
_DROPPED = 12  # bits of a float32's 32: a length is right to one in 4,096, the same however texts are batched


class Asked(NamedTuple):
    """A question to compare vectors with: its own, and the model that made it."""

    vector: Floats
    embedder: Embedder


class Records(NamedTuple):
    """The records of many chunks, one after the other."""

    widths: Ints  # bytes of each
    joined: Bytes


class Embedded(NamedTuple):
    """The vectors of one file's chunks."""

    path: str
    keys: tuple[bytes, ...]
    records: tuple[bytes, ...]
    signs: tuple[bytes, ...]
    length: float  # of their sum


def embed_files(embedder: Embedder, files: Sequence[tuple[str, tuple[str, ...]]]) -> tuple[Embedded, ...]:
    """Embed files given as paths with the light texts of their chunks, all at once: a model has less to set up."""
    records, signs = embed(embedder, [text for _, texts in files for text in texts])
    embedded = []
    start = 0
    for path, texts in files:
        end = start + len(texts)
        keys = [key_of(embedder, text) for text in texts]
        embedded.append(of_file(embedder, path, keys, records[start:end], signs[start:end]))
        start = end
    return tuple(embedded)


def of_file(
    embedder: Embedder, path: str, keys: Sequence[bytes], records: Sequence[bytes], signs: Sequence[bytes]
) -> Embedded:
    """Put the vectors of one file together."""
    length = length_of_sum(embedder, put_together([pack(records)]))
    return Embedded(path, tuple(keys), tuple(records), tuple(signs), length)


def pack(records: Sequence[bytes]) -> tuple[bytes, bytes]:
    """Pack one file's records: their widths, and they themselves."""
    import numpy as np

    return np.array([len(record) for record in records], "<u2").tobytes(), b"".join(records)


def unpack(widths: bytes, joined: bytes) -> list[bytes]:
    """Take apart what `pack` packed."""
    import numpy as np

    ends = np.cumsum(np.frombuffer(widths, "<u2").astype(np.int64)).tolist()
    return [joined[start:end] for start, end in zip([0, *ends], ends, strict=False)]


def put_together(files: Iterable[tuple[bytes, bytes]]) -> Records:
    """Put the records of some files together, each as `pack` packed it.

    Raises:
        PackedError: a file's records are not as long as their widths say.

    """
    import numpy as np

    all_files = list(files)
    packed = b"".join(widths for widths, _ in all_files)
    n_widths = np.array([len(widths) for widths, _ in all_files], np.int64)
    widths = np.frombuffer(packed[: len(packed) & ~1], "<u2").astype(np.int64)
    sums = np.concatenate([[0], widths.cumsum()])
    ends = n_widths.cumsum() // 2
    is_whole = not (n_widths % 2).any()
    if not is_whole or (sums[ends] - sums[ends - n_widths // 2] != [len(records) for _, records in all_files]).any():
        message = "the vectors of a file: cut off"
        raise PackedError(message)
    return Records(widths, np.frombuffer(b"".join(records for _, records in all_files), np.uint8))


def some_of(records: Records, places: Ints) -> Records:
    """Take the records at some places."""
    widths = records.widths[places]
    starts = (records.widths.cumsum() - records.widths)[places]
    return Records(widths, records.joined[spans(starts, widths)])


def spans(starts: Ints, widths: Ints) -> Ints:
    """Return the places of spans, span after span: starts [5, 2] and widths [2, 1] give [5, 6, 2]."""
    import numpy as np

    ends = widths.cumsum()
    total = int(ends[-1]) if len(ends) else 0
    found: Ints = np.arange(total) + np.repeat(starts - (ends - widths), widths)
    return found


def key_of(embedder: Embedder, text: str) -> bytes:
    """Name what is embedded, and by which model."""
    said = f"{embedder.identity}\0{embedder.dimensions}\0{text}".encode("utf-8", "surrogatepass")
    return hashlib.blake2b(said, digest_size=KEY_BYTES).digest()


def embed(embedder: Embedder, texts: Sequence[str]) -> tuple[list[bytes], list[bytes]]:
    """Embed texts; return the record of each, and the signs of its vector as bits."""
    model = summing(embedder)
    if model is None:
        vectors = embedder.embed(texts)
        return _component_records(vectors), sign_bits(vectors)
    sums = model.sums(texts)
    return _sum_records(sums.lengths, sums.widths, sums.rows, sums.counts), sign_bits(sums.vectors)


def cosines(asked: Asked, records: Records) -> Floats:
    """Return the cosine of a question and each record.

    Raises:
        PackedError: the records are not of this model.

    """
    model = summing(asked.embedder)
    if model is None:
        return _component_cosines(asked.vector, records)
    lengths, owners, rows, counts = _sums_in(records, model)
    shares = model.shares(rows, counts, asked.vector)
    return _over(_added(owners, shares, len(lengths)), lengths)


def length_of_sum(embedder: Embedder, records: Records) -> float:
    """Return the length of the sum of some vectors: their mean's direction is what a file as a whole is compared by."""
    import numpy as np

    model = summing(embedder)
    if model is None:
        scales, codes = _components_in(records, embedder.dimensions)
        total = (codes * scales[:, None]).sum(axis=0)
    else:
        lengths, owners, rows, counts = _sums_in(records, model)
        total = model.sum_of(rows, counts, _over(np.ones(len(lengths), np.float32), lengths)[owners])
    return float(np.sqrt(np.dot(total, total)))


def sign_bits(vectors: Floats) -> list[bytes]:
    """Return each vector's signs as bits, the coarse form."""
    import numpy as np

    return [row.tobytes() for row in np.packbits(vectors > 0, axis=1, bitorder="little")]


def summing(embedder: Embedder) -> Summing | None:
    """Return the model where its vectors are stored as sums of rows."""
    return embedder if isinstance(embedder, Summing) and embedder.n_rows <= MOST_ROWS else None


def _component_records(vectors: Floats) -> list[bytes]:
    """Write a float32 and then a byte a component: the components are the bytes times the float."""
    import numpy as np

    scales = (np.abs(vectors).max(axis=1) / np.float32(_LARGEST)).astype("<f4")
    codes = np.round(_over(vectors.T, scales).T).astype(np.int8)
    return [row.tobytes() for row in np.concatenate([scales[:, None].view(np.int8), codes], axis=1)]


def _components_in(records: Records, dimensions: int) -> tuple[Floats, Floats]:
    import numpy as np

    if (records.widths != _SCALE + dimensions).any():
        message = "the vectors of a file: not of this model"
        raise PackedError(message)
    rows = records.joined.reshape(-1, _SCALE + dimensions)
    return np.ascontiguousarray(rows[:, :_SCALE]).view("<f4")[:, 0], rows[:, _SCALE:].view(np.int8).astype(np.float32)


def _component_cosines(vector: Floats, records: Records) -> Floats:
    import numpy as np

    scales, codes = _components_in(records, len(vector))
    with np.errstate(invalid="ignore", over="ignore", divide="ignore"):  # see `signals.product`
        found: Floats = (codes @ vector) * scales
    return found


def _sum_records(lengths: Floats, widths: Ints, rows: Ints, counts: Ints) -> list[bytes]:
    """Write tokens of three bytes: a row and its count, behind the length of the sum without its last bits."""
    import numpy as np

    half = np.uint32(1 << (_DROPPED - 1))
    rounded = (lengths.astype(np.float32).view(np.uint32) + half) >> np.uint32(_DROPPED)
    firsts = (widths + 1).cumsum() - widths - 1
    tokens = np.empty(len(widths) + len(rows), np.uint32)
    is_row = np.ones(len(tokens), np.bool_)
    is_row[firsts] = False
    tokens[firsts] = rounded
    tokens[is_row] = rows | (counts << 16)
    written = tokens.astype("<u4").view(np.uint8).reshape(-1, 4)[:, :_TOKEN].tobytes()
    ends = ((widths + 1).cumsum() * _TOKEN).tolist()
    return [written[start:end] for start, end in zip([0, *ends], ends, strict=False)]


def _sums_in(records: Records, model: Summing) -> tuple[Floats, Ints, Ints, Ints]:
    """Return the lengths of the sums, and of each token the record, the row and the count."""
    import numpy as np

    n_tokens = records.widths // _TOKEN
    if (records.widths != n_tokens * _TOKEN).any() or (n_tokens < 1).any():
        message = "the vectors of a file: not of this model"
        raise PackedError(message)
    parts = records.joined.reshape(-1, _TOKEN).astype(np.uint32)
    tokens = parts[:, 0] | (parts[:, 1] << np.uint32(8)) | (parts[:, 2] << np.uint32(16))
    firsts = n_tokens.cumsum() - n_tokens
    lengths = (tokens[firsts] << np.uint32(_DROPPED)).view(np.float32)
    is_row = np.ones(len(tokens), np.bool_)
    is_row[firsts] = False
    rows = (tokens[is_row] & 0xFFFF).astype(np.int64)
    if len(rows) and int(rows.max()) >= model.n_rows:
        message = "the vectors of a file: not of this model"
        raise PackedError(message)
    return lengths, np.repeat(np.arange(len(n_tokens)), n_tokens - 1), rows, (tokens[is_row] >> 16).astype(np.int64)


def _added(owners: Ints, values: Floats, n_owners: int) -> Floats:
    import numpy as np

    return np.bincount(owners, weights=values, minlength=n_owners).astype(np.float32)


def _over(values: Floats, divisors: Floats) -> Floats:
    """Divide, by one where the divisor is zero."""
    import numpy as np

    return (values / np.where(divisors == 0.0, np.float32(1.0), divisors)).astype(np.float32)
