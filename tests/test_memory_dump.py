"""Memories as a file, and back, on the real command line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from engrep import Memory, UsageError
from engrep.engine import dump
from engrep.engine.store_memory import open_memories

if TYPE_CHECKING:
    from conftest import Cli, MakeRepo

SHOP = """
    #- billing/retry.py
    def backoff(n):
        return n * 86400
"""
TOLD = {
    "id": "s1",
    "messages": [
        {"role": "user", "content": "Never deploy on Fridays because nobody is there on Saturdays.", "at": "2026-01-01T10:00:00Z"},
        {"role": "assistant", "content": "Understood: no deploys on Fridays."},
    ],
}  # fmt: skip
Run = Callable[..., dict[str, Any]]


@pytest.fixture
def run(cli: Cli) -> Run:
    """Run a command in a root and give its JSON."""

    def ask(root: Path, *arguments: str, code: int = 0) -> dict[str, Any]:
        done = cli(*arguments, "--json", cwd=root, ENGREP_HOME=str(root.parent / f"{root.name}-home"))
        assert done.returncode == code, done.stdout + done.stderr
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer

    return ask


def opened(root: Path) -> Memory:
    """Open the memory that the commands of a root use."""
    return Memory.open(root, home=root.parent / f"{root.name}-home")


@pytest.fixture
def lived(repo: MakeRepo, tmp_path: Path) -> Path:
    """Give a root in whose memory much has happened."""
    root = repo(SHOP, git=True)
    told = tmp_path / "told.json"
    told.write_text(json.dumps(TOLD), encoding="utf-8")
    with opened(root) as memory:
        memory.index()
        tabs = memory.remember("Indent with tabs.")
        memory.remember("Indent with spaces.")
        kept = memory.remember("重试最多五次。", about=["billing.retry.backoff"], why="six block the card").id
        memory.edit(kept, "重试最多六次。")
        memory.undo(kept)
        memory.undo(kept)
        memory.restore(kept, why="it was right")
        memory.pin(kept)
        memory.pin(kept)
        memory.reject(tabs.id)
        memory.remember("The build runs on Linux.", scope="branch:main")
        memory.remember("Use FastAPI with PostgreSQL.")
        assert memory.remember("Use MySQL.").conflicts
        assert memory.distil(str(told)).active == 1
    return root


def rows(root: Path) -> list[str]:
    """Give all that a dump has of a root, without the moment of the dump."""
    with opened(root) as memory:
        text = memory.export().text
    assert text is not None
    return text.splitlines()[1:]


def kinds(lines: list[str]) -> set[str]:
    """Give the types of lines."""
    return {json.loads(line)["type"] for line in lines}


@pytest.fixture
def other(repo: MakeRepo) -> Path:
    """Give another copy of the project, on another machine."""
    return repo(SHOP, git=True)


def test_a_dump_gives_the_same_state(lived: Path, other: Path, run: Run, tmp_path: Path) -> None:
    """Memories, events, conflicts, tombstones, branches and sessions are the same, and so are the answers."""
    done = run(lived, "export", str(tmp_path / "dump.jsonl"))
    assert (done["scope"], done["format"], done["text"]) == ("project", "jsonl", None)
    taken = run(other, "import", str(tmp_path / "dump.jsonl"))
    assert (taken["memories_added"], taken["sessions_new"], taken["turns"]) == (done["memories"], 1, 2)
    assert rows(other) == rows(lived)
    assert kinds(rows(other)) == {
        "branch", "session", "turn", "distilled", "memory", "change", "conflict", "tombstone", "end",
    }  # fmt: skip
    run(other, "index")
    for asked in (
        ("recall", "五次", "--only", "memory"),
        ("review",),
        ("brief",),
        ("recall", "Fridays", "--only", "turn"),
    ):
        answers = [run(root, *asked) for root in (lived, other)]
        found = [[(item.get("id"), item.get("text"), item.get("why")) for item in each["items"]] for each in answers]
        assert found[0] == found[1] != []


def test_undo_goes_on_where_it_was_after_an_import(lived: Path, other: Path, run: Run, tmp_path: Path) -> None:
    """Events bear other numbers elsewhere, and undo took the wrong one back."""
    kept = next(each["id"] for each in run(lived, "memories")["memories"] if "五次" in each["body"])
    run(other, "remember", "The other machine remembers things of its own.")
    run(lived, "export", str(tmp_path / "dump.jsonl"))
    run(other, "import", str(tmp_path / "dump.jsonl"))
    undone = [[run(root, "undo", kept)["status"] for _ in range(2)] for root in (lived, other)]
    assert undone[0] == undone[1]


def test_the_same_dump_twice_changes_nothing(lived: Path, run: Run, tmp_path: Path) -> None:
    """Importing is idempotent, also into the store that it came from; what was restored since stays restored."""
    done = run(lived, "export", str(tmp_path / "dump.jsonl"))
    rejected = run(lived, "memories", "--status", "rejected")["memories"][0]["id"]
    run(lived, "restore", rejected)
    before = rows(lived)
    taken = run(lived, "import", str(tmp_path / "dump.jsonl"))
    assert (taken["memories_added"], taken["memories_updated"], taken["memories_unchanged"]) == (0, 0, done["memories"])
    assert rows(lived) == before


def test_a_dump_that_goes_on_takes_the_other_machine_along(lived: Path, other: Path, run: Run, tmp_path: Path) -> None:
    """Changes made in the same second as the last dump come along, and both are in one state again."""
    run(lived, "export", str(tmp_path / "dump.jsonl"))
    run(other, "import", str(tmp_path / "dump.jsonl"))
    kept = next(each["id"] for each in run(lived, "memories")["memories"] if "五次" in each["body"])
    run(lived, "forget", kept, "--why", "the bank changed its mind")
    run(lived, "export", str(tmp_path / "dump.jsonl"))
    assert run(other, "import", str(tmp_path / "dump.jsonl"))["memories_updated"] == 1
    assert rows(other) == rows(lived)


def test_where_each_went_its_own_way_the_later_one_counts(lived: Path, other: Path, run: Run, tmp_path: Path) -> None:
    """What was said elsewhere later is taken over with an event that says so, and nothing of here is lost."""
    run(lived, "export", str(tmp_path / "dump.jsonl"))
    run(other, "import", str(tmp_path / "dump.jsonl"))
    kept = next(each["id"] for each in run(lived, "memories")["memories"] if "五次" in each["body"])
    run(other, "edit", kept, "重试最多四次。")
    run(lived, "edit", kept, "重试最多七次。")
    text = (run(lived, "export")["text"] or "").replace('"changed_at":"2', '"changed_at":"3')
    (tmp_path / "later.jsonl").write_text(text, encoding="utf-8")
    assert run(other, "import", str(tmp_path / "later.jsonl"))["memories_updated"] >= 1
    assert "重试最多七次。" in {each["body"] for each in run(other, "memories")["memories"]}
    said = [each["after"]["body"] for each in run(other, "history", kept)["changes"]]
    assert "重试最多四次。" in said


def test_memories_of_the_user_have_a_dump_of_their_own(lived: Path, other: Path, run: Run, tmp_path: Path) -> None:
    """They come back as the user's, and not into a project."""
    run(lived, "remember", "Answer in English.", "--scope", "user")
    assert run(lived, "export", str(tmp_path / "user.jsonl"), "--user")["memories"] == 1
    assert run(other, "import", str(tmp_path / "user.jsonl"))["memories_added"] == 1
    assert run(other, "export", "--user")["memories"] == 1
    assert run(other, "export", code=1)["memories"] == 0


def test_a_rehearsal_writes_nothing(lived: Path, other: Path, run: Run, tmp_path: Path) -> None:
    """It tells what would come, also where nothing is remembered yet."""
    done = run(lived, "export", str(tmp_path / "dump.jsonl"))
    assert run(other, "import", str(tmp_path / "dump.jsonl"), "--dry-run")["memories_added"] == done["memories"]
    assert not list((other.parent / f"{other.name}-home").rglob("memory.db"))
    run(other, "remember", "One thing.")
    before = rows(other)
    assert run(other, "import", str(tmp_path / "dump.jsonl"), "--dry-run")["memories_added"] == done["memories"]
    assert rows(other) == before


def test_secrets_of_a_foreign_dump_do_not_come_in(lived: Path, other: Path, run: Run, tmp_path: Path) -> None:
    """A dump is somebody else's text; every field of every line is redacted before it is stored."""
    token = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6"
    text = run(lived, "export")["text"]
    for field in (
        "cause",
        "slot",
        "subject",
        "title",
        "quote",
        "text",
        "qualified_name",
        "source",
        "name",
        "branch",
        "was",
    ):
        text = text.replace(f'"{field}":"', f'"{field}":"{token} ')
    (tmp_path / "dump.jsonl").write_text(text, encoding="utf-8")
    assert run(other, "import", str(tmp_path / "dump.jsonl"))["redacted"] > 10
    for path in (other.parent / f"{other.name}-home").rglob("*.db*"):
        assert token.lower().encode() not in path.read_bytes().lower()


DAMAGE: dict[str, tuple[Callable[[str], bytes], str]] = {
    "cut in a line": (lambda text: text.encode()[:-40], "is no JSON|is cut off"),
    "cut after a line": (lambda text: "\n".join(text.splitlines()[:-1]).encode(), "is cut off"),
    "a line is missing": (lambda text: "\n".join([*text.splitlines()[:-2], text.splitlines()[-1]]).encode(), "is cut off"),
    "goes on after its end": (lambda text: f"{text}{text.splitlines()[5]}\n".encode(), "does not belong there"),
    "two in one": (lambda text: (text + text).encode(), "does not belong there"),
    "a newer engrep": (lambda text: text.replace('"format":1', '"format":2').encode(), "upgrade engrep"),
    "another encoding": (lambda text: text.replace("五", "é").encode("latin-1", "replace"), "is no UTF-8"),
    "an unknown type": (lambda text: text.replace('"type":"branch"', '"type":"wish"').encode(), "it is none of"),
    "an unknown kind": (lambda text: text.replace('"kind":"decision"', '"kind":"wish"').encode(), "there is no kind wish"),
    "a status that is none": (lambda text: text.replace('"status":"active"', '"status":7').encode(), "its status is"),
    "a hash that is none": (lambda text: text.replace('"body_hash":"', '"body_hash":"zz').encode(), "its body_hash cannot be"),
    "a long hash": (lambda text: text.replace('"body_hash":"', '"body_hash":"aabb').encode(), "hashes that are none"),
    "a time that is none": (lambda text: text.replace('"valid_from":"2', '"valid_from":"x').encode(), "its valid_from cannot be"),
    "an id that is none": (lambda text: text.replace('"id":"m', '"id":"../m').encode(), "its id cannot be"),
    "a number past all": (lambda text: text.replace('"uses":0', '"uses":99999999999999999999').encode(), "its uses is"),
    "a number below all": (lambda text: text.replace('"consumed":', '"consumed":-').encode(), "its consumed is|no JSON"),
    "anchors that are none": (lambda text: text.replace('"anchors":[]', '"anchors":7').encode(), "are no list"),
    "a turn twice": (lambda text: text.replace('"number":2,"role"', '"number":1,"role"').encode(), "does not follow"),
    "the user's in the project's": (
        lambda text: text.replace('"scope":"project","place"', '"scope":"user","place"').encode(), "of the user's among"
    ),
    "deeply nested": (lambda text: (text.splitlines()[0] + "\n" + "[" * 100_000).encode(), "is no JSON|is none of"),
}  # fmt: skip


def test_a_damaged_dump_brings_nothing(lived: Path, other: Path, tmp_path: Path) -> None:
    """The message tells what is wrong and where, and nothing of it is taken in."""
    with opened(lived) as memory:
        text = memory.export().text or ""
    path = tmp_path / "dump.jsonl"
    with opened(other) as memory:
        memory.remember("The other machine remembers things of its own.")
        before = rows(other)
        for damage, (change, says) in DAMAGE.items():
            path.write_bytes(change(text))
            assert change(text) != text.encode(), damage
            with pytest.raises(UsageError, match=says):
                memory.import_history(str(path))
            assert rows(other) == before, damage


def test_a_damaged_dump_is_one_line_of_an_error(other: Path, run: Run, tmp_path: Path) -> None:
    """As every mistake on the command line."""
    (tmp_path / "dump.jsonl").write_text('{"type":"engrep","format":1,"scope":"project"}\n', encoding="utf-8")
    error = run(other, "import", str(tmp_path / "dump.jsonl"), code=2)["error"]
    assert error["message"] == "the dump is cut off after line 1: take it again; nothing was changed"


def test_a_missing_folder_is_named(lived: Path, run: Run, tmp_path: Path) -> None:
    """A dump has nowhere to go: the folder is named, not a file that engrep would have made in it."""
    missing = tmp_path / "missing"
    error = run(lived, "export", str(missing / "dump.jsonl"), code=2)["error"]
    assert error["message"] == f"there is no folder {missing} to write dump.jsonl to"


def test_a_dump_is_no_session(lived: Path, run: Run, tmp_path: Path) -> None:
    """Distilling one says what to do with it."""
    run(lived, "export", str(tmp_path / "dump.jsonl"))
    assert "engrep import" in run(lived, "distill", str(tmp_path / "dump.jsonl"), code=2)["error"]["message"]


def test_a_dump_goes_through_a_pipe(lived: Path, other: Path, run: Run, cli: Cli, tmp_path: Path) -> None:
    """Without a file it goes to stdout, where a terminal obeys none of it; a mark of another system at its head is passed over."""
    run(lived, "remember", "Never write \u202ebackwards\u202c or \x1b[31mred.")
    done = cli("export", cwd=lived, ENGREP_HOME=str(lived.parent / f"{lived.name}-home"))
    assert not {"\u202e", "\x1b"} & set(done.stdout)
    (tmp_path / "dump.jsonl").write_text("\ufeff" + done.stdout.replace("\n", "\r\n"), encoding="utf-8")
    run(other, "import", str(tmp_path / "dump.jsonl"))
    assert rows(other) == rows(lived)


def test_markdown_is_for_people_and_diffs(lived: Path, run: Run, cli: Cli, tmp_path: Path) -> None:
    """By kind, one memory a line, what holds alone, in an order that does not depend on when it is written."""
    run(lived, "remember", "<img src=x> is no [picture](http://x).", "--kind", "gotcha")
    done = run(lived, "export", str(tmp_path / "page.md"), "--markdown")
    page = (tmp_path / "page.md").read_text(encoding="utf-8")
    assert done["memories"] == page.count("\n- ") == run(lived, "memories")["total"]
    assert "\n## decision\n\n- " in page
    assert "- 重试最多五次。 (because six block the card) — about `billing.retry.backoff`" in page
    assert "\\<img src=x> is no \\[picture](http://x)." in page
    assert "tabs" not in page
    shown = cli("export", "--markdown", cwd=lived, ENGREP_HOME=str(lived.parent / f"{lived.name}-home"))
    assert shown.stdout == page


def test_a_file_that_cannot_be_written_is_left_as_it_was(lived: Path, run: Run, tmp_path: Path) -> None:
    """The error names it, and nothing lies around."""
    (tmp_path / "taken").mkdir()
    error = run(lived, "export", str(tmp_path / "taken"), code=3)["error"]
    assert "taken" in error["message"]
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_a_session_of_many_turns_comes_whole(tmp_path: Path) -> None:
    """Turns are taken in by the page, and every page is there."""
    from engrep.engine import store_archive as archive
    from engrep.engine.lifecycle import Statement, remember
    from engrep.engine.memory_types import Evidence, Session, Turn

    one, two = (open_memories(tmp_path / name) for name in ("one.db", "two.db"))
    turns = [Turn("s", number, "user", "2026-01-01T00:00:00Z", f"Word {number}") for number in range(1, 2502)]
    session = Session("s", "file", "", "", "", "", "", len(turns), "told.json")
    with one.writing() as connection:
        archive.append(connection, session, archive.pack(turns), archive.Watermark(), before=None, afresh=False)
        remember(connection, Statement("Words are counted.", evidence=(Evidence("s", "1"),)), actor="user")
    with one.reading() as connection:
        lines = [line.encode() for line in dump.dump(connection)]
    with two.writing() as connection:
        assert dump.load(connection, lines)["turns"] == 2501
        assert archive.turns_of(connection, "s") == turns
