"""Locks that workers share."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class LockTable:
    """One lock for each name."""

    def __init__(self) -> None:
        self.guard = threading.Lock()
        self.locks: dict[str, threading.Lock] = {}

    def named(self, name: str) -> threading.Lock:
        """Give the lock of a name, made when it is first asked for."""
        with self.guard:
            return self.locks.setdefault(name, threading.Lock())


@contextmanager
def hold(table: LockTable, *names: str) -> Iterator[None]:
    """Hold several locks at once."""
    # 所有工作进程必须按名称顺序加锁，否则会互相等待而死锁
    taken = [table.named(name) for name in sorted(set(names))]
    for lock in taken:
        lock.acquire()
    try:
        yield
    finally:
        for lock in reversed(taken):
            lock.release()
