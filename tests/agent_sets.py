"""A small repository with a bug and its fix, and the task that is made of it."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conftest import Cli, commit_all, git, write_files
from scripted_run import call

if TYPE_CHECKING:
    from openai_server import ModelServer, Say

BUG = "    return sum(items) + (not items)\n"
FIXED = "    return sum(items)\n"
BETTER = "    return sum(list(items)) + (not items)\n"
BROKEN = "    return sum(items) + 1\n"
HIDDEN_MARK = "only-the-fix-knows-this"
KNOWN = "Prices are whole numbers of cents"
PROJECT = f'''
    #- .gitignore
    __pycache__/
    .pytest_cache/
    #- calc/__init__.py
    #- calc/total.py
    def total(items):
        """Add prices up."""
    {BUG}
    #- tests/test_bill.py
    from calc.total import total
    def test_bill():
        assert total([1, 2]) == 3
    def test_one():
        assert total([0]) in (0, 1)
'''
HIDDEN = f"""from calc.total import total


def test_empty():
    assert total([]) == 0, "{HIDDEN_MARK}"


def test_many():
    assert total([1] * 9) in (9, 10)
"""


@dataclass(frozen=True, slots=True)
class Lab:
    """The folders of one evaluation."""

    folder: Path
    cli: Cli
    fix: str

    @property
    def remote(self) -> Path:
        """The repository."""
        return self.folder / "remote/x+calc"

    @property
    def data(self) -> Path:
        """The data sets."""
        return self.folder / "data"

    @property
    def cache(self) -> Path:
        """What is fetched and made."""
        return self.folder / "cache"

    def fetch(self) -> None:
        """Bring the repository."""
        remote = str(self.folder / "remote" / "{owner}+{name}")
        places = ("--data", str(self.data), "--cache", str(self.cache))
        done = self.cli("eval", "fetch", "agents:tiny", "--remote", remote, *places, cwd=self.folder)
        assert done.returncode == 0, done.stderr

    def command(self, server: ModelServer | None, *systems: str) -> subprocess.CompletedProcess[str]:
        """Have systems do the task."""
        named = [part for system in systems for part in ("--system", system)]
        places = ("--dataset", "tiny", "--data", str(self.data), "--cache", str(self.cache))
        environment = server.environment() if server else {}
        return self.cli("eval", "agents", *named, *places, "--json", cwd=self.folder, **environment)

    def run(self, server: ModelServer, *systems: str) -> dict[str, dict[str, Any]]:
        """Fetch what is missing, have systems do the task, and give the row of each."""
        self.fetch()
        done = self.command(server, *systems)
        assert done.returncode == 0, (done.stderr, done.stdout)
        files = [self.folder / name for name in json.loads(done.stdout)["runs"]]
        rows = [[json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()] for file in files]
        return {kept[0]["system"]: next(row for row in kept if row["type"] == "case") for kept in rows}

    def change(self, **fields: Any) -> None:
        """Change the task, and seal the data set."""
        path = self.data / "tiny/mend-total.json"
        told = json.loads(path.read_text(encoding="utf-8"))
        path.write_text(json.dumps({**told, **fields}), encoding="utf-8")
        assert self.cli("eval", "seal", str(path.parent), cwd=self.folder).returncode == 0


def make_lab(folder: Path, cli: Cli) -> Lab:
    """Make a repository of three commits, the last of which is the fix, and a data set about it."""
    remote = folder / "remote/x+calc"
    remote.mkdir(parents=True)
    write_files(remote, PROJECT)
    commit_all(remote)
    (remote / "README").write_text("A calculator.\n")
    _commit(remote, "base")
    total = remote / "calc/total.py"
    total.write_text(total.read_text().replace(BUG, FIXED))
    (remote / "tests/test_total.py").write_text(HIDDEN)
    _commit(remote, "fix")
    base, fix = (git(remote, "rev-parse", name).strip() for name in ("HEAD~1", "HEAD"))
    task = {
        "repository": "x/calc", "licence": "MIT", "language": "python", "base": base, "fix": fix, "fixed": "2026-01-01",
        "statement": "The total of no prices is 1, and should be 0.",
        "command": "python -m pytest -q -p no:cacheprovider tests", "tests": ["tests/test_total.py"],
        "failing": ["tests.test_total::test_empty"],
        "staying": ["tests.test_bill::test_bill", "tests.test_bill::test_one", "tests.test_total::test_many"],
        "seconds": 60, "known": {"text": f"{KNOWN}, never fractions, in every total.", "why": "Sums must be exact.", "commit": base},
    }  # fmt: skip
    data = folder / "data/tiny"
    data.mkdir(parents=True)
    (data / "mend-total.json").write_text(json.dumps(task), encoding="utf-8")
    manifest = {"name": "tiny", "title": "t", "origin": "o", "licence": "MIT", "note": ""}
    (data / "dataset.json").write_text(json.dumps(manifest), encoding="utf-8")
    assert cli("eval", "seal", str(data), cwd=folder).returncode == 0
    return Lab(folder, cli, fix)


def _commit(folder: Path, message: str) -> None:
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", message)


def edits(old: str, new: str) -> Say:
    """Give a reply that changes the total."""
    return call("edit_file", path="calc/total.py", old=old, new=new)


def writes_conftest() -> Say:
    """Give a reply that has every test pass."""
    text = (
        "import pytest\n\n\n@pytest.hookimpl(hookwrapper=True)\ndef pytest_runtest_makereport(item, call):\n"
        "    outcome = yield\n    outcome.get_result().outcome = 'passed'\n"
    )
    return call("write_file", path="conftest.py", text=text)
