"""A small project and scripted roles: what tests of `engrep run` share."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from conftest import Cli, commit_all, git, write_files
from openai_server import Asked, ModelServer, Say

TEST = f"{sys.executable} -m unittest discover -q -s tests -t ."
TASK = "total of an empty list must be 0"
SHOP = '''
    #- calc/__init__.py
    #- calc/total.py
    def total(items):
        """Add prices up."""
        return sum(items) + 1
    #- calc/bill.py
    from calc.total import total
    def bill(items):
        return f"{total(items)} EUR"
    #- tests/__init__.py
    #- tests/test_bill.py
    import unittest
    from calc.bill import bill
    class Bill(unittest.TestCase):
        def test_currency(self):
            self.assertIn("EUR", bill([1]))
'''
GOOD = "    return sum(items)\n"
BAD = "    return sum(items) + 1\n"
NEW_TEST = """import unittest
from calc.total import total
class Total(unittest.TestCase):
    def test_empty(self):
        self.assertEqual(total([]), 0)
"""

Reply = Say | Callable[[Asked], Say]


def submit(**given: Any) -> Say:
    """Give a reply that hands over."""
    return Say(calls=(("submit", given),))


def call(name: str, /, **given: Any) -> Say:
    """Give a reply that uses one tool."""
    return Say(calls=((name, given),))


def edit(old: str = BAD, new: str = GOOD, path: str = "calc/total.py") -> Say:
    """Give a reply that replaces a text."""
    return call("edit_file", path=path, old=old, new=new)


def writes(path: str, text: str) -> Say:
    """Give a reply that writes a file."""
    return call("write_file", path=path, text=text)


PLAN = submit(
    summary="Do not add one.", tasks=[{"title": "mend total", "instructions": "calc/total.py:3", "files": ["calc/total.py"], "after": []}],
    done_when=["total([]) is 0"],
)  # fmt: skip
WORK = submit(summary="total adds nothing of its own", why="the sum of nothing is 0", learned=[])
TESTED = submit(summary="a test of the empty list", files=["tests/test_total.py"])
APPROVED = submit(verdict="approve", summary="right and small", findings=[])
REJECTED = submit(
    verdict="reject", summary="not all of it",
    findings=[{"path": "calc/total.py", "line": 3, "severity": "major", "claim": "negative prices", "advice": "refuse them"}],
)  # fmt: skip
CHECK = call("run_command", argv=[*TEST.split(), "-k", "empty"])


def holds(asked: Asked) -> Say:
    """Hand over that it holds, citing the last command that was run."""
    number = re.findall(r"\be(\d+): ", asked.text)[-1]
    return submit(
        verdict="holds", summary="shown", checks=[{"claim": "total([]) is 0", "evidence": f"e{number}"}], shown=[]
    )


TWO_PARTS = submit(
    summary="two parts", done_when=["total([]) is 0"],
    tasks=[
        {"title": "mend total", "instructions": "PART-ONE", "files": ["calc/total.py"], "after": []},
        {"title": "say CHF", "instructions": "PART-TWO", "files": ["calc/bill.py"], "after": []},
    ],
)  # fmt: skip


def either_part(asked: Asked) -> Say:
    """Do one of two parts, trying first to write a file of the other."""
    turns = sum(each["role"] == "assistant" for each in asked.messages)
    if "PART-ONE" in asked.text:
        return (edit(path="calc/bill.py"), edit(), WORK)[turns]
    return (edit('"{total(items)} EUR"', '"{total(items)} EUR."', "calc/bill.py"), WORK)[turns]


HAPPY: Mapping[str, tuple[Reply, ...]] = {
    "planner": (call("read_file", path="calc/total.py", start=1, end=20), PLAN),
    "coder": (edit(), WORK),
    "tester": (writes("tests/test_total.py", NEW_TEST), TESTED),
    "reviewer": (APPROVED,),
    "verifier": (CHECK, holds),
}


def role_of(asked: Asked) -> str:
    """Tell which role a request is for."""
    found = re.search(r"You are the (\w+)", asked.system)
    assert found, asked.system
    return found[1]


@dataclass
class Roles:
    """Scripted roles: each says its replies in order, and the last of them again and again."""

    replies: dict[str, tuple[Reply, ...]]
    before: Callable[[int, Asked], None] = lambda _number, _asked: None
    usage: tuple[int, int] = (10, 5)  # tokens sent and received that each request is said to take
    said: dict[str, int] = field(default_factory=dict)
    answered: list[str] = field(default_factory=list)  # the requests that were answered

    def __call__(self, asked: Asked) -> Say:
        role = role_of(asked)
        self.before(sum(self.said.values()) + 1, asked)
        at = self.said.get(role, 0)
        self.said[role] = at + 1
        known = self.replies[role]
        reply = known[min(at, len(known) - 1)]
        self.answered.append(json.dumps([asked.messages, sorted(asked.tools)]))
        return replace(reply(asked) if callable(reply) else reply, usage=self.usage)


def scripted(server: ModelServer, **changed: tuple[Reply, ...]) -> Roles:
    """Have a server play the happy roles, some of them otherwise."""
    roles = Roles({**HAPPY, **changed})
    server.answer = roles
    return roles


def project_in(folder: Path, text: str = SHOP) -> Path:
    """Make the small project."""
    write_files(folder, text)
    commit_all(folder)
    return folder


def run_in(
    cli: Cli,
    folder: Path,
    server: ModelServer,
    *options: str,
    code: int | None = 0,
    task: str = TASK,
    **environment: str,
) -> dict[str, Any]:
    """Run a task and give its report."""
    asked = () if "--resume" in options else (task, "--test", TEST)
    done = cli("run", *asked, *options, "--json", cwd=folder, **{**server.environment(), **environment})
    assert code in (None, done.returncode), (done.returncode, done.stdout[-3000:], done.stderr)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def untouched(folder: Path) -> bool:
    """Tell whether the person's work tree, branch and list of branches are as they were made."""
    return (
        git(folder, "status", "--porcelain") == ""
        and git(folder, "log", "--oneline", "main").count("\n") == 1
        and not git(folder, "branch", "--list", "engrep/*").strip()
        and "+ 1" in (folder / "calc/total.py").read_text()
    )
