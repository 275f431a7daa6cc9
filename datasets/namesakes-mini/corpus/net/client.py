"""A client that asks and waits for the answer."""

from __future__ import annotations

from .config import Config
from .parse import Response, parse
from .pool import ConnectionPool
from .validate import validate


class Client:
    """Send requests over pooled connections."""

    def __init__(self, config: Config | None = None) -> None:
        self.pool = ConnectionPool(config or Config.load())

    def request(self, method: str, target: str) -> Response:
        """Send one request line and read the response."""
        validate(target)
        connection = self.pool.acquire()
        try:
            connection.send(f"{method} {target}\n".encode())
            connection.flush()
            return parse(connection.sock.recv(65536))
        finally:
            self.pool.release(connection)

    def close(self) -> None:
        """Close the pool with all its sockets."""
        self.pool.close()
