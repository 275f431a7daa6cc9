"""Memories as a file, and back, on the real command line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from dumped_memories import SHOP, Run, kinds, live, rows, runner

from engrep.engine import dump
from engrep.engine.store_memory import open_memories

if TYPE_CHECKING:
    from conftest import Cli, MakeRepo


@pytest.fixture
def run(cli: Cli) -> Run:
    """Run a command in a root and give its JSON."""
    return runner(cli)


@pytest.fixture
def lived(repo: MakeRepo, tmp_path: Path) -> Path:
    """Give a root in whose memory much has happened."""
    return live(repo(SHOP, git=True), tmp_path)


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


def test_a_missing_folder_is_named(lived: Path, run: Run, tmp_path: Path) -> None:
    """A dump has nowhere to go: the folder is named, not a file that engrep would have made in it."""
    missing = tmp_path / "missing"
    error = run(lived, "export", str(missing / "dump.jsonl"), code=2)["error"]
    assert error["message"] == f"there is no folder {missing} to write dump.jsonl to"


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
