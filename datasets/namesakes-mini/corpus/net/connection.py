"""One connection over TCP."""

from __future__ import annotations

import socket

from .config import Config
from .retry import RetryPolicy, retry


class Connection:
    """A socket that sends whole frames."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.outgoing = bytearray()

    def send(self, frame: bytes) -> None:
        """Put a frame, with its length in front, into the outgoing buffer."""
        self.outgoing += len(frame).to_bytes(4, "big") + frame

    def flush(self) -> None:
        """Push the outgoing buffer through the socket."""
        self.sock.sendall(self.outgoing)
        self.outgoing.clear()

    def close(self) -> None:
        """Flush, then shut the socket down in both directions."""
        self.flush()
        self.sock.shutdown(socket.SHUT_RDWR)
        self.sock.close()


def connect(config: Config) -> Connection:
    """Open a TCP connection, dialling again while it is refused."""
    address = (config.host, config.port)
    return Connection(retry(lambda: socket.create_connection(address, config.timeout), RetryPolicy()))
