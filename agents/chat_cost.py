"""What a chat took so far, in words: tokens, money and time, of each role and altogether."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engrep.agents.account import Account, Sum


def cost_lines(account: Account | None) -> Iterator[str]:
    """Give the lines of an account; an unknown price is said to be unknown."""
    if account is None or not account.calls:
        yield "no model was asked so far"
        return
    roles = account.by_role()
    for role, taken in roles.items():
        yield f"{role:<10} {_line(taken)}"
    if len(roles) > 1:
        yield f"{'together':<10} {_line(account.total)}"
    limits = account.limits
    said = [
        f"{value:g} {what}"
        for what, value in (("tokens", limits.tokens), ("of cost", limits.cost), ("calls", limits.calls))
        if value is not None
    ]
    if said:
        yield f"at most {', '.join(said)}"


def _line(taken: Sum) -> str:
    usage = taken.usage
    about = "about " if usage.is_estimated else ""
    parts = [f"{taken.calls} calls", f"{about}{usage.sent:,} tokens sent", f"{usage.received:,} received"]
    if usage.cached:
        parts.append(f"{usage.cached:,} of them cached")
    parts += [f"{amount:.4f} {currency}" for currency, amount in taken.costs.items()]
    if taken.unpriced:
        parts.append("price unknown")
    if taken.failed:
        parts.append(f"{taken.failed} failed")
    return ", ".join([*parts, f"{taken.seconds:.1f} s"])
