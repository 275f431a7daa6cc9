"""What hooks leave to the background: spooled, drained by one process under a lease, and done once whatever is killed."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import hook_payloads as payloads
import pytest
from conftest import Cli, MakeRepo, cli_environment
from histories import Claude, codex_lines, write_lines
from hook_shop import SHOP, hook, told

from engrep.engine import lease, spool
from engrep.engine.memory import Memory
from engrep.engine.places import spool_folder

RULE = "From now on always use decimal for money, because floats lose cents."


@pytest.fixture
def shop(repo: MakeRepo) -> Path:
    """Make a repository with an index and a memory."""
    folder = repo(SHOP, git=True)
    with Memory.open(folder) as memory:
        memory.index()
        memory.remember("backoff waits whole days", about=["billing.retry.backoff"])
    return folder


def transcript(folder: Path, session: str = payloads.SESSION, said: str = RULE) -> Path:
    """Write the transcript of a short session."""
    held = Claude(folder, session)
    held.user(said)
    held.assistant("I will.")
    held.call("Edit", {"file_path": str(folder / "billing" / "retry.py"), "old_string": "a", "new_string": "b"})
    held.result("ok")
    return write_lines(folder.parent / "transcripts" / f"{session}.jsonl", held.lines)


def wait_for(done: Callable[[], bool], seconds: float = 60.0) -> None:
    """Wait until something is so."""
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)


def is_drained(folder: Path) -> bool:
    """Tell whether nothing waits and nobody is at work."""
    there = spool_folder(folder)
    return spool.is_empty(there) and not lease.holder(spool.lease_in(there))


def bodies(folder: Path) -> list[str]:
    """Give what is remembered."""
    with Memory.open(folder) as memory:
        return [entry.body for entry in memory.memories()]


def drainers(folder: Path) -> list[str]:
    """Give the processes that drain a root, by their command lines."""
    listed = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout.splitlines()
    return [line for line in listed if "--drain" in line and str(folder) in line]


@pytest.mark.parametrize(("program", "event"), [
    (payloads.claude, "Stop"), (payloads.claude, "SessionEnd"), (payloads.codex, "Stop"), (payloads.gemini, "SessionEnd"),
    (payloads.cursor, "stop"),
])  # fmt: skip
def test_the_end_of_a_turn_distils_its_transcript(program: Any, event: str, shop: Path, cli: Cli) -> None:
    """The hook says nothing and returns; what the user ruled is remembered, and no process is left."""
    path = transcript(shop)
    assert hook(cli, program(event, shop, transcript_path=str(path), stop_hook_active=True)) is None
    wait_for(lambda: is_drained(shop))
    assert any("decimal" in body for body in bodies(shop))
    wait_for(lambda: drainers(shop) == [])


def test_a_rollout_of_codex_is_distilled(shop: Path, cli: Cli) -> None:
    """Codex keeps its sessions in another format."""
    lines = codex_lines(shop)
    lines[3]["payload"]["content"][0]["text"] = RULE
    path = write_lines(shop.parent / "rollout-2026-01-31T12-00-00-c0de.jsonl", lines)
    hook(cli, payloads.codex("Stop", shop, transcript_path=str(path)))
    wait_for(lambda: is_drained(shop))
    assert any("decimal" in body for body in bodies(shop))


def test_a_transcript_of_cursor_is_distilled(shop: Path, cli: Cli) -> None:
    """Cursor writes a message a line, without times, what the person asked between marks, and names the file by the session."""
    asked = f"<timestamp>Sunday, Sep 20, 2026, 12:31 AM (UTC+3)</timestamp>\n<user_query>\n{RULE}\n</user_query>"
    edit = {"type": "tool_use", "name": "StrReplace", "input": {"path": "billing/retry.py", "old_string": "a"}}
    lines: list[dict[str, Any]] = [
        {"role": "user", "message": {"content": [{"type": "text", "text": asked}]}},
        {"role": "assistant", "message": {"content": [{"type": "text", "text": "I will."}, edit]}},
        {"type": "turn_ended", "status": "success"},
    ]
    path = write_lines(shop.parent / "agent-transcripts" / f"{payloads.SESSION}.jsonl", lines)
    hook(cli, payloads.cursor("stop", shop, transcript_path=str(path)))
    wait_for(lambda: is_drained(shop))
    assert any("decimal" in body for body in bodies(shop))
    with Memory.open(shop) as memory:
        (session,) = memory.sessions()
        turns = memory.session(session.id).turns
    assert (session.id, session.program) == (payloads.SESSION, "cursor")
    assert [(turn.role, turn.path) for turn in turns] == [("user", ""), ("assistant", ""), ("call", "billing/retry.py")]
    assert turns[0].text == RULE


def test_a_chat_of_gemini_is_distilled(shop: Path, cli: Cli) -> None:
    """Gemini CLI keeps a chat as one object, and says who spoke by the type of a message."""
    messages = [
        {"id": "1", "timestamp": "2026-01-31T12:00:00Z", "type": "user", "content": [{"text": RULE}]},
        {"id": "2", "timestamp": "2026-01-31T12:00:05Z", "type": "gemini", "content": "I will.", "thoughts": []},
    ]
    chat = {"sessionId": payloads.SESSION, "projectHash": "3f2a", "messages": messages}
    path = shop.parent / f"session-{payloads.SESSION}.json"
    path.write_text(json.dumps(chat), encoding="utf-8")
    hook(cli, payloads.gemini("AfterAgent", shop, transcript_path=str(path)))
    wait_for(lambda: is_drained(shop))
    assert any("decimal" in body for body in bodies(shop))


def test_a_transcript_is_only_what_looks_like_one(shop: Path, cli: Cli) -> None:
    """Neither a missing file nor one of another kind is read, and nothing waits for it."""
    note = shop.parent / "notes.md"
    note.write_text(f"User: {RULE}\n", encoding="utf-8")
    for path in (note, shop / "none.jsonl", shop):
        hook(cli, payloads.claude("Stop", shop, transcript_path=str(path)))
    wait_for(lambda: is_drained(shop))
    assert bodies(shop) == ["backoff waits whole days"]


def test_what_was_injected_is_not_distilled_again(shop: Path, cli: Cli) -> None:
    """What a hook told stands in the transcript; a rule in it is no word of the user's."""
    with Memory.open(shop) as memory:
        memory.remember("Always call the ledger before billing", kind="constraint", pinned=True)
    brief = told(hook(cli, payloads.claude("SessionStart", shop)))
    assert "Always call the ledger" in brief
    escaped = brief.replace("<", "&lt;").replace(">", "&gt;")  # as Gemini CLI passes it on
    for more in (
        brief,
        f"<system-reminder>\nSessionStart hook additional context: {brief}\n</system-reminder>",
        f"<hook_context>{escaped}</hook_context>",
        escaped,
    ):
        path = transcript(shop, said=f"{more}\nPlease have a look.")
        hook(cli, payloads.claude("Stop", shop, transcript_path=str(path)))
        wait_for(lambda: is_drained(shop))
    with Memory.open(shop) as memory:
        turns = [turn.text for each in memory.sessions() for turn in memory.session(each.id).turns]
        assert [entry.evidence for entry in memory.memories() if "ledger" in entry.body] == [()]
    assert "Please have a look." in turns
    assert not any("ledger" in text for text in turns)


def test_a_session_that_was_summed_up_is_told_where_it_stood(shop: Path, cli: Cli) -> None:
    """Before the summary the transcript is taken in; after it the session hears what was asked and changed."""
    path = transcript(shop)
    hook(cli, payloads.claude("PreCompact", shop, transcript_path=str(path)))
    wait_for(lambda: is_drained(shop))
    assert "engrep-checkpoint" not in told(hook(cli, payloads.claude("SessionStart", shop)))
    text = told(hook(cli, payloads.claude("SessionStart", shop, source="compact")))
    stood = text[text.index("<engrep-checkpoint>") :]
    assert RULE in stood
    assert "billing/retry.py" in stood


def test_secrets_are_kept_nowhere(shop: Path, cli: Cli) -> None:
    """Neither the prompt's nor the transcript's secrets are in any file of ours, at any time."""
    token = "ghp_" + "Zx9Qw3Er7Ty1Ui5Op8As" * 2
    path = transcript(shop, said=f"{RULE} The token is {token}")
    hook(cli, payloads.claude("UserPromptSubmit", shop, prompt=f"backoff in billing with {token}", session_id=token))
    hook(cli, payloads.claude("Stop", shop, transcript_path=str(path)))
    wait_for(lambda: is_drained(shop))
    assert any("decimal" in body for body in bodies(shop))
    files = [each for each in (shop / ".engrep").rglob("*") if each.is_file()]
    assert files
    assert not [each for each in files if token.encode() in each.read_bytes()]


def test_a_change_is_indexed_when_the_turn_ends(shop: Path, cli: Cli) -> None:
    """An edit waits without a process; at the end of the turn one index run sees all of them."""
    (shop / "billing" / "retry.py").write_text("def surcharge(cents):\n    return cents\n", encoding="utf-8")
    for _ in range(3):
        hook(cli, payloads.claude("PostToolUse", shop, file="billing/retry.py"))
    waiting = spool.waiting(spool_folder(shop))
    assert [each.transcript for each in waiting] == [spool.CHANGED_FILES]
    assert drainers(shop) == []
    hook(cli, payloads.claude("Stop", shop))
    wait_for(lambda: is_drained(shop))
    with Memory.open(shop) as memory:
        assert memory.symbol("surcharge").hits


def test_no_module_of_the_project_is_run(shop: Path, cli: Cli) -> None:
    """The process in the background imports its own modules, not files of the project that are called alike."""
    for name in ("platformdirs", "apsw", "engrep", "secrets"):
        (shop / f"{name}.py").write_text("open('ran', 'w').close()\nraise ImportError", encoding="utf-8")
    hook(cli, payloads.claude("Stop", shop, transcript_path=str(transcript(shop))), cwd=shop.parent)
    wait_for(lambda: is_drained(shop))
    assert any("decimal" in body for body in bodies(shop))
    assert not (shop / "ran").exists()


def test_fifty_hooks_at_once_lose_nothing(shop: Path) -> None:
    """Fifty turns end in the same moment: every transcript is read, by one process at a time, and none is left."""
    paths = [
        transcript(shop, f"0000000{n:02}-aaaa", f"From now on always use codec{n} for shard{n}.") for n in range(50)
    ]
    command = [sys.executable, "-m", "engrep", "hook"]
    most = 0

    def stop(path: Path) -> int:
        payload = json.dumps(payloads.claude("Stop", shop, session_id=path.stem, transcript_path=str(path)))
        return subprocess.run(command, input=payload.encode(), env=cli_environment(), cwd=shop, check=False).returncode

    with ThreadPoolExecutor(50) as pool:
        running = [pool.submit(stop, path) for path in paths]
        while not all(each.done() for each in running):
            most = max(most, len(drainers(shop)))
            time.sleep(0.02)
    assert {each.result() for each in running} == {0}
    wait_for(lambda: is_drained(shop), 120)
    with Memory.open(shop) as memory:
        assert {each.id for each in memory.sessions()} == {path.stem for path in paths}
    assert most <= 1
    assert not (spool_folder(shop) / "failed").exists()
    wait_for(lambda: drainers(shop) == [])


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="nothing kills like this there")
def test_a_killed_drainer_loses_nothing(shop: Path, cli: Cli) -> None:
    """Killed in the midst it leaves its work and its lease; when that has run out, the next session does it."""
    folder = spool_folder(shop)
    path = transcript(shop)
    spool.put(folder, str(path))
    with Memory.open(shop)._project.writing():  # the drainer waits for us with its work begun
        process = subprocess.Popen(
            [sys.executable, "-m", "engrep", "hook", "--drain", str(shop), "owner"], env=cli_environment(), cwd=shop
        )
        wait_for(lambda: lease.holder(spool.lease_in(folder)) == "owner")
        time.sleep(0.5)
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert not spool.is_empty(folder)
    hook(cli, payloads.claude("SessionStart", shop))  # the lease still holds
    assert not spool.is_empty(folder)
    held = json.loads(spool.lease_in(folder).read_text(encoding="utf-8"))
    spool.lease_in(folder).write_text(json.dumps({**held, "until": time.time() - 1}), encoding="utf-8")
    hook(cli, payloads.claude("SessionStart", shop))
    wait_for(lambda: is_drained(shop))
    assert any("decimal" in body for body in bodies(shop))
