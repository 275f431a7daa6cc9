"""A repository with two namesakes, and the JSON that a command answers."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from conftest import Cli, commit_all, write_files

SHOP = '''
    #- billing/__init__.py
    """Money."""
    #- billing/retry.py
    """When a payment is tried again."""
    def backoff(n):
        """Wait a day for each failed payment."""
        return n * 86400
    #- billing/charge.py
    from billing.retry import backoff
    def charge(card):
        """Charge a card and try again later."""
        return backoff(1)
    #- net/__init__.py
    """Sockets."""
    #- net/retry.py
    """When a request is sent again."""
    def backoff(n):
        """Wait longer after each failed request."""
        return 0.1 * 2 ** n
    #- net/client.py
    from net.retry import backoff
    class Client:
        """Send requests."""
        def send(self, request):
            """Send a request until it succeeds."""
            return backoff(2)
    class Quiet(Client):
        """A client that says nothing."""
        def send(self, request):
            return None
'''


def shop_in(folder: Path, cli: Cli) -> Path:
    """Make a git repository with two namesakes and index it."""
    write_files(folder, SHOP)
    commit_all(folder)
    assert cli("index", cwd=folder).returncode == 0
    return folder


def answer(done: subprocess.CompletedProcess[str], code: int = 0) -> Any:
    """Give the one JSON object of a run, after checking its exit code and that nothing else was printed."""
    assert done.returncode == code, done.stderr or done.stdout
    assert done.stderr == ""
    return json.loads(done.stdout)
