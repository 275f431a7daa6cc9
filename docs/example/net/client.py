"""Talk to other services."""

import time

from net.retry import backoff


class Client:
    """Send requests until they succeed."""

    def send(self, request: bytes, attempts: int = 5) -> bytes:
        """Send one request and wait longer after each failure."""
        for attempt in range(attempts):
            try:
                return self.transmit(request)
            except ConnectionError:
                time.sleep(backoff(attempt))
        raise ConnectionError(f"no answer after {attempts} attempts")

    def transmit(self, request: bytes) -> bytes:
        """Put the bytes on the wire."""
        raise NotImplementedError


class LoopbackClient(Client):
    """Answer every request with itself."""

    def transmit(self, request: bytes) -> bytes:
        """Return the request."""
        return request
