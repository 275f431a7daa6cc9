"""What goes wrong, as an exit code and one line (or one JSON object)."""

from __future__ import annotations

import os

from engrep.output import NOTHING, STATE, USAGE, note, write_json


def report(error: Exception, *, as_json: bool) -> int:
    """Print an error and return the exit code that stands for it."""
    if os.environ.get("ENGREP_TRACEBACK"):
        raise error
    kind, code, message = _describe(error)
    near = tuple(getattr(error, "near", ()))
    if as_json:
        write_json({"error": {"kind": kind, "message": message, "near": near}})
    else:
        note(message + did_you_mean(near))
    return code


def did_you_mean(near: tuple[str, ...]) -> str:
    """Offer near names: `"; did you mean retry.backoff or net.backoff?"`, or nothing."""
    if not near:
        return ""
    *first, last = near[:3]
    return f"; did you mean {', '.join(first)} or {last}?" if first else f"; did you mean {last}?"


def _describe(error: Exception) -> tuple[str, int, str]:
    from engrep.engine import errors

    known = (
        (errors.UsageError, "usage", USAGE),
        (errors.NotFoundError, "not_found", NOTHING),
        (errors.NotIndexedError, "not_indexed", STATE),
        (errors.SchemaError, "schema", STATE),
        (errors.StateError, "state", STATE),
        (errors.MissingExtraError, "missing_extra", STATE),
        (errors.BudgetError, "budget", STATE),
        (errors.ModelError, "model", STATE),
    )
    for kind_of_error, kind, code in known:
        if isinstance(error, kind_of_error):
            return kind, code, str(error)
    # The command line parser's own errors have no public class in every version, but they all have this method.
    if hasattr(error, "format_message"):
        return "usage", USAGE, str(error.format_message()).rstrip(".")
    if isinstance(error, OSError):
        named = f"{error.filename}: {error.strerror}" if error.filename and error.strerror else str(error)
        return "state", STATE, named
    return "internal", STATE, f"{type(error).__name__}: {error} (set ENGREP_TRACEBACK=1 to see where)"
