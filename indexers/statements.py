"""From the turns of a session to the statements in it that may be worth keeping, without a model.

What the user said as a rule or a decision is stated; what an assistant settled with the user's consent, and what the tools
show, is inferred. Precision comes first: a wrong memory is worse than none.
"""

from __future__ import annotations

from collections.abc import Sequence

from engrep.engine.memory_types import Turn
from engrep.indexers.statement import Candidate
from engrep.indexers.statement_agreed import agreed
from engrep.indexers.statement_done import done
from engrep.indexers.statement_user import said_by_user


def statements(turns: Sequence[Turn]) -> list[Candidate]:
    """Return the candidates of a session in the order in which they were said."""
    stated = [candidate for turn in turns if turn.role == "user" for candidate in said_by_user(turn)]
    found = list(stated)
    for number, turn in enumerate(turns):
        if turn.role == "assistant":
            found += agreed(turns, number, stated)
    found += done(turns)
    return sorted(found, key=lambda candidate: (not candidate.is_stated, candidate.turns))
