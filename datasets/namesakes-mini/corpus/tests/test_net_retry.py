"""Refused connections."""

from net.retry import RetryPolicy, backoff


def test_backoff_stays_below_its_ceiling():
    assert all(0 <= backoff(attempt) <= 5.0 for attempt in range(20))


def test_policy_stops_at_the_deadline():
    assert not RetryPolicy(deadline=1.0).should_retry(ConnectionRefusedError(), 2.0)
