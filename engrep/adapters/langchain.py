"""A retriever for LangChain and LangGraph: `retriever(memory).invoke("when is a payment retried")` gives documents."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from engrep.adapters.told import framework, place

if TYPE_CHECKING:
    from engrep.engine.memory import Memory


def retriever(memory: Memory, *, limit: int = 8, budget: int = 2000, types: Sequence[str] | None = None) -> Any:
    """Return a retriever whose documents are what `recall` answers with, best first.

    The metadata of a document has its type, source, score and, for code, its qualified name.
    """
    document = framework("langchain_core.documents", "langchain-core").Document
    base = framework("langchain_core.retrievers", "langchain-core").BaseRetriever

    class EngrepRetriever(base):  # type: ignore[misc, valid-type]
        """What engrep knows, as documents."""

        def _get_relevant_documents(self, query: str, **_more: Any) -> list[Any]:
            found = memory.recall(query, limit=limit, budget=budget, types=types)
            return [
                document(
                    page_content=item.text,
                    id=place(item),
                    metadata={
                        "type": item.type, "kind": item.kind, "source": place(item), "score": item.score,
                        "qualified_name": item.qualified_name, "changed": item.changed,
                    },
                )
                for item in found.items
            ]  # fmt: skip

    return EngrepRetriever()
