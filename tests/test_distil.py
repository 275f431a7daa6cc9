"""From sessions to memories: the rules, the gate, the watermark, and the commands."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from conftest import cli_environment

from engrep import Memory
from engrep.engine.memory_types import Turn
from engrep.indexers.statement import Candidate
from engrep.indexers.statement_gate import admitted, instruction_lines
from engrep.indexers.statements import statements

if TYPE_CHECKING:
    from conftest import Cli, MakeRepo

SHOP = """
    #- billing/retry.py
    def backoff(n):
        return n
    #- net/retry.py
    def backoff(n):
        return n
"""


def turns_of(text: str) -> list[Turn]:
    """Read turns from lines `role: text` or `role tool path: text`, a backslash and an n for a line end."""
    found: list[Turn] = []
    for line in text.strip().splitlines():
        head, _, said = line.strip().partition(": ")
        role, *more = head.split()
        tool, path = [*more, "", ""][:2]
        found.append(Turn("s", len(found) + 1, role, "2026-01-01T00:00:00Z", said.replace("\\n", "\n"), tool, path))
    return found


def drawn(text: str) -> list[Candidate]:
    """Give what the rules and the gate leave of a conversation."""
    turns = turns_of(text)
    return admitted(statements(turns), turns)


@pytest.mark.parametrize(
    ("said", "body", "reason"),
    [
        ("We use pnpm, never npm.", "We use pnpm, never npm.", ""),
        ("no, use httpx instead of requests", "Use httpx instead of requests", ""),
        ("Also please never commit generated files.", "Never commit generated files.", ""),
        ("We decided to store money as cents because floats lose pennies.",
         "We decided to store money as cents", "floats lose pennies"),
        ("Do not rename public functions.", "Do not rename public functions.", ""),
        ("From now on, run `make lint` before every commit", "From now on, run `make lint` before every commit", ""),
        ("我们决定统一使用 pnpm，因为磁盘占用更小。", "我们决定统一使用 pnpm", "磁盘占用更小"),
        ("以后每次测试前必须清理缓存目录", "以后每次测试前必须清理缓存目录", ""),
        ("别再用 print 调试了，统一用 logging 模块", "别再用 print 调试了，统一用 logging 模块", ""),
    ],
)  # fmt: skip
def test_a_rule_said_once_is_enough(said: str, body: str, reason: str) -> None:
    """One sentence is a session: the rule holds, with its reason."""
    (found,) = drawn(f"user: {said}")
    assert (found.body, found.reason, found.is_stated) == (body, reason, True)


@pytest.mark.parametrize(
    "said",
    [
        "can you look at why the login test always fails on CI? it never worked since the upgrade",
        "please don't touch that file for now, I'm still editing it",
        "never mind, go ahead",
        "don't know, I always get a 500",
        "We need to ship this by Friday. Let's get the tests green first.",
        "maybe we should always use a mock?",
        "it should work now. That must be the cache.",
        "Use the new helper here instead of the loop",
        "refactor utils.py to use pathlib instead of os.path, then run the tests",
        "Don't stop until everything passes.",
        "> Always use tabs\\n> Never use spaces\\nwhat do you think of these rules?",
        "要不要改用 pnpm？",
        "改成异步以后就报错了，不能启动",
        "不要担心，先这样吧",
        "这个测试为什么总是失败？",
    ],
)
def test_what_passes_is_not_kept(said: str) -> None:
    """Questions, tasks, complaints and moods are no memories: nothing worth keeping is a good answer."""
    assert drawn(f"user: {said}") == []


def test_the_assistants_own_voice_is_not_kept() -> None:
    """Nothing is taken of what an assistant says before the user agrees, or says of itself."""
    text = "user: add a cache\nassistant: I'll use `redis.Redis`. We must always close it. Use `pool` for connections."
    assert drawn(text) == []
    assert drawn(f"{text}\nuser: no, that's wrong") == []


def test_a_list_that_the_user_accepts_is_proposed() -> None:
    """It is inferred, one memory with its lead, and rests on both turns."""
    (found,) = drawn(
        "user: we need limits\nassistant: Rate limits:\\n- `/auth`: 10 per minute\\n- others: 100 per minute\nuser: good"
    )
    assert (found.body, found.is_stated, found.turns) == (
        "Rate limits: `/auth`: 10 per minute; others: 100 per minute", False, (2, 3),
    )  # fmt: skip


FIX = """
    user: parse_date fails
    assistant: I found it: `parse_date` read the text without its offset.
    call Bash: pytest tests/test_dates.py
    result Bash: E   ValueError: unconverted data remains: +02:00\\n1 failed
    call Edit dates.py: old_string: def parse_date(text):\\nnew_string: def parse_date(text, zone=None):
    result Edit dates.py: done
    call Bash: pytest tests/test_dates.py
    result Bash: 12 passed
"""


def test_an_error_and_what_made_the_test_pass() -> None:
    """The error, where it was fixed and why; and the signature that the edit changed."""
    fix, interface = drawn(FIX)
    assert fix.kind == "bug_fix"
    assert fix.body == (
        "`pytest tests/test_dates.py` failed with `ValueError: unconverted data remains: +02:00`; fixed in dates.py. "
        "`parse_date` read the text without its offset."
    )
    assert interface.body.endswith("changed from `parse_date(text)` to `parse_date(text, zone=None)`")


def test_a_command_that_passed_twice_works() -> None:
    """Once may be chance, and a look around is no command of the project."""
    once = "call Bash: make check\nresult Bash: ok\ncall Bash: ls\nresult Bash: a\ncall Bash: ls\nresult Bash: a"
    assert drawn(once) == []
    (found,) = drawn(f"{once}\ncall Bash: make check\nresult Bash: ok")
    assert found.body == "Command that works here: `make check`"


def test_the_sections_that_say_what_they_are() -> None:
    """Items under "Decisions" count, open points do not."""
    found = drawn("user: ## Decisions\\n- Money is kept in cents\\n- TODO: choose a queue\\n## Next\\n- write the docs")
    assert [each.body for each in found] == ["Money is kept in cents"]


def test_the_gate_lets_no_invented_name_through() -> None:
    """A name that neither the cited turns nor the index hold is somebody's invention."""
    turns = turns_of("user: use the retry helper")
    made_up = Candidate("decision", "Use `net.retry.backoff` for retries.", (1,), "")
    assert admitted([made_up], turns) == []
    assert admitted([made_up], turns, is_known_name=lambda name: name == "net.retry.backoff") == [made_up]


def test_the_gate_does_not_restate_an_instruction_file() -> None:
    """What CLAUDE.md says already is told anyway."""
    turns = turns_of("user: Always run `make check` before a commit.")
    lines = instruction_lines("- Always run `make check` before each commit, and fix what it finds.")
    assert admitted(statements(turns), turns) != []
    assert admitted(statements(turns), turns, instructions=lines) == []


def test_distilling_again_adds_nothing(cli: Cli, repo: MakeRepo, tmp_path: Path) -> None:
    """Each turn is read once; a session that grew is read on, with what came before in mind."""
    root, home = repo(SHOP), str(tmp_path / "home")
    talk = root / "talk.md"
    talk.write_text("user: We use tabs.\n\nassistant: Noted.\n", encoding="utf-8")
    assert cli("distill", "talk.md", "--dry-run", cwd=root, ENGREP_HOME=home).returncode == 0
    assert cli("memories", cwd=root, ENGREP_HOME=home).returncode == 1
    assert cli("distill", "talk.md", cwd=root, ENGREP_HOME=home).returncode == 0
    assert cli("distill", "talk.md", cwd=root, ENGREP_HOME=home).returncode == 1
    with talk.open("a", encoding="utf-8") as file:
        file.write("\nuser: The rule changed from tabs to spaces.\n")
    report = json.loads(cli("distill", "talk.md", "--json", cwd=root, ENGREP_HOME=home).stdout)
    assert report["active"] == 1
    listed = json.loads(cli("memories", "--status", "all", "--json", cwd=root, ENGREP_HOME=home).stdout)["memories"]
    assert [(entry["body"], entry["status"]) for entry in listed] == [
        ("We use tabs.", "superseded"), ("The rule changed from tabs to spaces.", "active"),
    ]  # fmt: skip
    assert listed[0]["superseded_by"] == listed[1]["id"]
    assert listed[1]["evidence"][0]["turn"] == "3"


def test_a_rejected_memory_is_not_extracted_again(cli: Cli, repo: MakeRepo, tmp_path: Path) -> None:
    """Not from another session, and not in other punctuation, case or order."""
    root, home = repo(SHOP), str(tmp_path / "home")
    (root / "one.md").write_text("user: Never deploy on Fridays.\n", encoding="utf-8")
    (root / "two.md").write_text("user: never deploy on fridays!\n", encoding="utf-8")
    first = json.loads(cli("distill", "one.md", "--json", cwd=root, ENGREP_HOME=home).stdout)
    memory_id = first["sessions"][0]["drawn"][0]["id"]
    assert cli("review", "reject", memory_id, cwd=root, ENGREP_HOME=home).returncode == 0
    again = json.loads(cli("distill", "two.md", "--json", cwd=root, ENGREP_HOME=home).stdout)
    assert (again["active"], again["rejected_before"]) == (0, 1)
    assert cli("memories", cwd=root, ENGREP_HOME=home).returncode == 1


def test_two_processes_distil_at_once(repo: MakeRepo, tmp_path: Path) -> None:
    """Nothing is doubled, nothing is lost."""
    root, home = repo(SHOP), str(tmp_path / "home")
    rules = [f"Never call the service number {number} from a test." for number in range(100, 140)]
    for number in range(4):
        said = "\n\n".join(f"user: {rule}" for rule in rules[number * 10 : number * 10 + 10])
        (root / f"talk{number}.md").write_text(said, encoding="utf-8")
    with Memory.open(root, home=Path(home)) as memory:
        for number in range(4):
            memory.import_history(str(root / f"talk{number}.md"))
    running = [
        subprocess.Popen(
            [sys.executable, "-m", "engrep", "distill"], cwd=root, env=cli_environment(ENGREP_HOME=home),
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )
        for _ in range(2)
    ]  # fmt: skip
    for process in running:
        _, errors = process.communicate(timeout=120)
        assert process.returncode in (0, 1), errors
    with Memory.open(root, home=Path(home)) as memory:
        assert sorted(entry.body for entry in memory.memories()) == rules
        assert memory.distil().turns == 0


def test_a_crash_in_the_middle_repeats_nothing(repo: MakeRepo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A session is taken whole or not at all."""
    from engrep.engine import distil as distilling

    root = repo(SHOP)
    (root / "talk.md").write_text("user: Never log secrets.\n\nuser: We use pnpm, never npm.\n", encoding="utf-8")
    with Memory.open(root, home=tmp_path / "home") as memory:
        with monkeypatch.context() as patched:
            patched.setattr(distilling, "set_watermark", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
            with pytest.raises(KeyboardInterrupt):
                memory.distil(str(root / "talk.md"))
        assert memory.memories(status=None) == ()
        assert memory.distil(str(root / "talk.md")).active == 2
        assert len(memory.memories()) == 2


def test_a_decision_about_one_namesake_says_nothing_of_the_other(repo: MakeRepo, tmp_path: Path) -> None:
    """Each is anchored to its own function, and neither closes the other."""
    root = repo(SHOP)
    said = (
        "user: billing.retry.backoff must stop after 5 retries.\n\nuser: net.retry.backoff must stop after 9 retries.\n"
    )
    (root / "talk.md").write_text(said, encoding="utf-8")
    with Memory.open(root, home=tmp_path / "home") as memory:
        memory.index()
        memory.distil(str(root / "talk.md"))
        held = memory.memories()
    assert [entry.subject for entry in held] == ["billing.retry.backoff", "net.retry.backoff"]


def test_what_is_inferred_waits_with_its_evidence(cli: Cli, repo: MakeRepo, tmp_path: Path) -> None:
    """`review` shows the passage; approving makes it hold."""
    root, home = repo(SHOP), str(tmp_path / "home")
    (root / "talk.md").write_text(
        "user: How do I run it?\n\nassistant: **Start the server:**\n```bash\nmake serve PORT=8000\n```\n\nuser: perfect\n",
        encoding="utf-8",
    )
    cli("distill", "talk.md", cwd=root, ENGREP_HOME=home)
    assert cli("memories", cwd=root, ENGREP_HOME=home).returncode == 1
    shown = cli("review", cwd=root, ENGREP_HOME=home).stdout
    assert "Start the server: `make serve PORT=8000`" in shown
    assert "turn 3" in shown
    waiting = json.loads(cli("review", "--json", cwd=root, ENGREP_HOME=home).stdout)
    approved = cli("review", "approve", waiting["items"][0]["memory"]["id"], "--json", cwd=root, ENGREP_HOME=home)
    assert json.loads(approved.stdout)["memories"][0]["status"] == "active"
    assert cli("review", cwd=root, ENGREP_HOME=home).returncode == 1
    assert cli("review", "approve", cwd=root, ENGREP_HOME=home).returncode == 2
