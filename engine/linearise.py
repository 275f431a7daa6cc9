"""The order in which a type's bases are searched."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def linearised(bases: Iterable[Sequence[int]]) -> tuple[int, ...]:
    """Linearise bases as C3 does; where C3 finds no order, take them depth first."""
    merged: list[int] = []
    sequences = [list(sequence) for sequence in bases if sequence]
    while sequences:
        heads = [sequence[0] for sequence in sequences]
        tails = {base for sequence in sequences for base in sequence[1:]}
        head = next((head for head in heads if head not in tails), heads[0])
        merged.append(head)
        sequences = [left for sequence in sequences if (left := [base for base in sequence if base != head])]
    return tuple(merged)
