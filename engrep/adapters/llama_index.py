"""A retriever for LlamaIndex: `retriever(memory).retrieve("when is a payment retried")` gives nodes with their scores."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from engrep.adapters.told import framework, place

if TYPE_CHECKING:
    from engrep.engine.memory import Memory


def retriever(memory: Memory, *, limit: int = 8, budget: int = 2000, types: Sequence[str] | None = None) -> Any:
    """Return a retriever whose nodes are what `recall` answers with, best first.

    The metadata of a node has its type, source and, for code, its qualified name.
    """
    base = framework("llama_index.core.retrievers", "llama-index-core").BaseRetriever
    schema = framework("llama_index.core.schema", "llama-index-core")

    class EngrepRetriever(base):  # type: ignore[misc, valid-type]
        """What engrep knows, as nodes."""

        def _retrieve(self, query_bundle: Any) -> list[Any]:
            found = memory.recall(query_bundle.query_str, limit=limit, budget=budget, types=types)
            return [
                schema.NodeWithScore(
                    node=schema.TextNode(
                        text=item.text,
                        id_=place(item),
                        metadata={
                            "type": item.type, "kind": item.kind, "source": place(item),
                            "qualified_name": item.qualified_name, "changed": item.changed,
                        },
                    ),
                    score=item.score,
                )
                for item in found.items
            ]  # fmt: skip

    return EngrepRetriever()
