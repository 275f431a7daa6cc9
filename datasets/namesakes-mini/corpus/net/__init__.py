"""Connections that everything else talks through."""

from .client import Client
from .connection import Connection, connect
from .retry import backoff

__all__ = ["Client", "Connection", "backoff", "connect"]
