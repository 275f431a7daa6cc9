"""A small project, a question about it, and what its vectors did for the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engrep import Memory

if TYPE_CHECKING:
    from embedding_server import EmbeddingServer

SHOP = """
    #- charge.py
    def charge(card):
        '''Take money from a card.'''
    #- retry.py
    def backoff(attempt):
        '''Seconds before the next attempt.'''
    #- .env.local
    PETNAME=xyzzyplugh
"""


QUESTION = "how long before the next attempt"


def spec_of(server: EmbeddingServer) -> str:
    """Give the choice that names a server."""
    return f"openai:small@{server.url}"


def dense(memory: Memory) -> tuple[str | None, bool]:
    """Ask, and give what went wrong and whether a vector was compared."""
    found = memory.search(QUESTION)
    assert found.hits
    return found.index.without_vectors, any(why.part == "dense_best" for hit in found.hits for why in hit.why)
