"""Ask the service whether it is alive."""

from __future__ import annotations

from net.client import Client
from net.config import Config


def main() -> int:
    """Send one request and turn its status into an exit code."""
    client = Client(Config.load())
    response = client.request("GET", "/health")
    client.close()
    return 0 if response.status == 200 else 1


if __name__ == "__main__":
    raise SystemExit(main())
