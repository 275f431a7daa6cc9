"""Responses as bytes, and as values."""

from __future__ import annotations

from dataclasses import dataclass


class MalformedResponse(ValueError):
    """The peer does not speak our protocol."""


@dataclass(frozen=True)
class Response:
    """A status and a body."""

    status: int
    body: bytes

    def to_dict(self) -> dict[str, object]:
        """Give status and decoded body for a log line."""
        return {"status": self.status, "body": self.body.decode(errors="replace")}


def parse(data: bytes) -> Response:
    """Split a raw response into its status line and body."""
    head, separator, body = data.partition(b"\n")
    if not separator:
        raise MalformedResponse("the status line does not end")
    return Response(int(head.split()[0]), body)
