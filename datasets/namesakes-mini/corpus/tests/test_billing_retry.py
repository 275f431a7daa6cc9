"""Soft declines."""

import pytest

from billing.retry import RetryPolicy, SoftDecline, backoff, retry


def test_backoff_grows_to_six_hours():
    assert backoff(0) == 60.0
    assert backoff(9) == 6 * 3600.0


def test_retry_gives_up(monkeypatch):
    monkeypatch.setattr("time.sleep", lambda seconds: None)

    def declined():
        raise SoftDecline("not today")

    with pytest.raises(SoftDecline):
        retry(declined, RetryPolicy(attempts=2))
