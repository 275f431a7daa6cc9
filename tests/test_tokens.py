"""The estimate of tokens."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engrep.indexers.tokens import count_tokens

# Text, and the most that the tokenizers of Qwen, DeepSeek and Claude 2 take for it, counted once with each.
COUNTED = [
    (
        'def backoff(attempt: int, base: float = 0.1) -> float:\n    """Return the seconds to wait."""\n    return base * 2**attempt\n',
        37,
    ),
    ("We decided that retries stop at five, because the payment provider blocks a card after six attempts.", 20),
    ("我们修复了权限死锁问题：所有工作进程必须按名称顺序加锁，否则会互相等待。", 29),
    ("func (c *Client) Close() error {\n\tif c == nil {\n\t\treturn nil\n\t}\n\treturn c.conn.Close()\n}\n", 36),
    ("| measure | engrep | semble |\n|---|---|---|\n| cold index, wall s | 15.6 | 18.8 |\n", 34),
    ("getUserName 在 billing/retry.py:28 里检查 HTTP_TIMEOUT_SECONDS=30", 22),
]


@pytest.mark.parametrize(("text", "most"), COUNTED)
def test_the_estimate_is_on_the_safe_side_and_near(text: str, most: int) -> None:
    """Hardly ever below what real tokenizers take, by a twentieth at most here, and never half as much again above it."""
    assert 0.95 * most <= count_tokens(text) <= 1.5 * most + 2


@given(st.text(), st.text())
def test_more_text_takes_no_fewer_tokens(one: str, two: str) -> None:
    """What is put together takes no less than its larger part, up to the seam."""
    assert count_tokens(one + "\n" + two) >= max(count_tokens(one), count_tokens(two)) - 1


def test_nothing_takes_nothing() -> None:
    """An empty text is free."""
    assert count_tokens("") == 0
