"""Connections that are used again."""

from __future__ import annotations

import threading

from .config import Config
from .connection import Connection, connect


class ConnectionPool:
    """At most `size` open connections."""

    def __init__(self, config: Config, size: int = 4) -> None:
        self.config = config
        self.idle: list[Connection] = []
        self.slots = threading.Semaphore(size)

    def acquire(self) -> Connection:
        """Hand out an idle connection or open another."""
        # 连接池耗尽时在这里等待空闲连接
        self.slots.acquire()
        return self.idle.pop() if self.idle else connect(self.config)

    def release(self, connection: Connection) -> None:
        """Take a connection back."""
        connection.flush()
        self.idle.append(connection)
        self.slots.release()

    def close(self) -> None:
        """Close every idle connection of the pool."""
        while self.idle:
            self.idle.pop().close()
