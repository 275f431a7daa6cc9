"""What tests of distilling with a model share: a talk, what a model may say of it, and runs with a scripted one."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engrep import Memory
from engrep.agents.config import read_settings
from engrep.agents.distiller import Distiller
from engrep.agents.models import Models

if TYPE_CHECKING:
    import subprocess

    from conftest import Cli
    from openai_server import ModelServer

TALK = """user: Why does the import fail at night?

assistant: The feed sends dates without an offset, so `parse_feed` reads them as local time.

user: I see. Every feed date counts as UTC then, billing depends on it.

assistant: I changed feed/dates.py.
"""
FEED = {
    "kind": "business_rule", "statement": "Every feed date counts as UTC.", "reason": "billing depends on it",
    "turns": [3], "quote": "Every feed date counts as UTC then, billing depends on it.", "names": [],
}  # fmt: skip
CAUSE = {
    "kind": "bug_fix", "statement": "The feed sends dates without an offset, which `parse_feed` reads as local time.",
    "reason": "", "turns": [2], "quote": "The feed sends dates without an offset, so `parse_feed` reads them as local time.",
    "names": ["parse_feed"],
}  # fmt: skip


def found(*memories: dict[str, Any]) -> dict[str, Any]:
    """Give the reply that names some memories."""
    return {"memories": list(memories)}


class Talk:
    """A project with a talk in it, distilled with a scripted model."""

    def __init__(self, cli: Cli, root: Path, home: Path, server: ModelServer) -> None:
        self.cli, self.root, self.home, self.server = cli, root, str(home), server

    def write(self, text: str) -> Talk:
        """Write the talk anew."""
        (self.root / "talk.md").write_text(text, encoding="utf-8")
        return self

    def run(self, *more: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Distil it."""
        known = {**self.server.environment(), "ENGREP_HOME": self.home, **environment}
        return self.cli("distill", "talk.md", "--model", "auto", *more, cwd=self.root, **known)

    def report(self, *, dry_run: bool = False, file: str = "talk.md") -> dict[str, Any]:
        """Distil it in this process, where a failed request is soon made again, and give the report."""
        environment = self.server.environment(ENGREP_CONFIG="none")
        with (
            Models(read_settings(None, None, environment), environment=environment, first_wait=0.001) as models,
            Memory.open(self.root, home=Path(self.home)) as memory,
        ):
            told = memory.distil(str(self.root / file), reader=Distiller(models), dry_run=dry_run)
        report: dict[str, Any] = json.loads(json.dumps(asdict(told)))
        return report

    def memories(self) -> dict[str, str]:
        """Give what is remembered, with its status."""
        with Memory.open(self.root, home=Path(self.home)) as memory:
            return {each.body: each.status for each in memory.memories(status=None)}
