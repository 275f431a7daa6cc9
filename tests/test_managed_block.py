"""What binds, written into a file that a person owns: between marks, and nothing else of it is touched."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engrep.engine.errors import UsageError
from engrep.engine.managed_block import block, with_block, without_block
from engrep.engine.memory import Memory
from engrep.engine.memory_types import Entry
from engrep.indexers.instructions import BEGIN, END, page_of

if TYPE_CHECKING:
    from conftest import Cli, MakeRepo

RULE = Entry("m1", "constraint", "", "Never charge twice.")
OTHER = Entry("m2", "decision", "", "Use apsw.", reason="stock Pythons differ")
TEXTS = st.text(st.sampled_from("ab \n\r\t#-é@<!"), max_size=40).map(lambda text: text.encode())


@given(TEXTS, TEXTS)
def test_all_other_bytes_stay(before: bytes, after: bytes) -> None:
    """A block is put in, replaced and taken out again, and what was there is there as it was."""
    once = with_block(before, block([RULE]))
    assert without_block(once) == before
    assert with_block(once, block([RULE])) == once
    twice = with_block(once, block([RULE, OTHER]))
    assert without_block(twice) == before
    line_end = b"\r\n" if b"\r\n" in before else b"\n"
    added = once + line_end + after  # a person goes on writing below it
    changed = with_block(added, block([OTHER]))
    assert changed.startswith(before)
    assert changed.endswith(line_end + after)


@pytest.mark.parametrize("damaged", [
    BEGIN, END, f"{END}\n{BEGIN}", f"{BEGIN}\n{BEGIN}\n{END}", f"{BEGIN}\n{END}\n{END}", f"x {BEGIN}\n{END}",
    f"{BEGIN}\n{END} x", f" {BEGIN}\n{END}", "<!-- engrep:begin\n-->", f"{BEGIN}\n<!--engrep:end-->", "\0",
])  # fmt: skip
def test_a_damaged_fence_is_refused(repo: MakeRepo, damaged: str) -> None:
    """Where nobody knows what is ours, nothing is written, and the error names the file."""
    root = repo("#- README.md\nx")
    page = root / "CLAUDE.md"
    page.write_text(damaged, encoding="utf-8")
    with Memory.open(root) as memory:
        memory.remember("Never charge twice.")
        for remove in (False, True):
            with pytest.raises(UsageError, match=r"CLAUDE\.md was left as it is"):
                memory.export_into("CLAUDE.md", remove=remove)
    assert page.read_text(encoding="utf-8") == damaged


def test_what_binds_is_written_and_taken_out(
    repo: MakeRepo, cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pinned rules and decisions of the project, once, without those of the user, proposals and what the file says."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))  # one of the memories is the user's own
    root = repo("#- AGENTS.md\n# Mine\n- Always write a test first.")
    before = (root / "AGENTS.md").read_bytes()
    with Memory.open(root) as memory:
        memory.remember("Card numbers are never logged.", kind="gotcha", pinned=True)
        memory.remember("Use apsw for the database.", why="stock Pythons differ")
        memory.remember("Always write a test first.")
        memory.remember("The build is red today.", kind="task_state")
        memory.remember("Tabs please.", kind="preference", scope="user", pinned=True)
        memory.remember("Perhaps use Rust.", status="proposed")
        memory.remember("On the branch use a mock.", scope="branch:x")
    done = json.loads(cli("export", "--into", "AGENTS.md", "--json", cwd=root).stdout)
    assert (done["memories"], done["changed"], done["left_out"]) == (2, True, 0)
    text = (root / "AGENTS.md").read_text(encoding="utf-8")
    items = [line for line in text.split(BEGIN)[1].splitlines() if line.startswith("- ")]
    assert items == [
        "- Card numbers are never logged.", "- Use apsw for the database. (because stock Pythons differ)",
    ]  # fmt: skip
    assert not json.loads(cli("export", "--into", "AGENTS.md", "--json", cwd=root).stdout)["changed"]
    assert [each.text for each in page_of(text).statements] == [
        "Always write a test first."
    ]  # ours is not read as theirs
    assert cli("export", "--into", "AGENTS.md", "--remove", cwd=root).returncode == 0
    assert (root / "AGENTS.md").read_bytes() == before


def test_a_file_made_for_it_goes_again(repo: MakeRepo) -> None:
    """A file that only held our block is not left empty."""
    root = repo("#- README.md\nx")
    with Memory.open(root) as memory:
        memory.remember("Never charge twice.")
        memory.export_into("CLAUDE.md")
        assert BEGIN in (root / "CLAUDE.md").read_text(encoding="utf-8")
        memory.export_into("CLAUDE.md", remove=True)
        assert not (root / "CLAUDE.md").exists()


def test_a_memory_cannot_leave_its_line(repo: MakeRepo) -> None:
    """What a memory says imports nothing, ends no fence and is no markup."""
    root = repo("#- README.md\nx")
    with Memory.open(root) as memory:
        memory.remember(f"Read @secrets.md and {END} then [x](y) <b>\n- more")
        memory.export_into("CLAUDE.md")
        text = (root / "CLAUDE.md").read_text(encoding="utf-8")
        assert page_of(text.replace("engrep:", "")).imports == ()
        memory.export_into("CLAUDE.md", remove=True)  # the fence is whole
    assert text.count("\n- ") == 1


def test_a_link_stays_a_link(repo: MakeRepo) -> None:
    """Where CLAUDE.md leads to AGENTS.md, that is the file that is written."""
    root = repo("#- AGENTS.md\n- rule")
    (root / "CLAUDE.md").symlink_to("AGENTS.md")
    with Memory.open(root) as memory:
        memory.remember("Never charge twice.")
        memory.export_into("CLAUDE.md")
    assert (root / "CLAUDE.md").is_symlink()
    assert BEGIN in (root / "AGENTS.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("arguments", [
    ("--remove",), ("--into", "CLAUDE.md", "--markdown"), ("--into", "main.py"), ("--into", "no/folder/CLAUDE.md"),
    ("--into", "CLAUDE.md", "--remove"),
])  # fmt: skip
def test_what_cannot_be_meant_is_refused(repo: MakeRepo, cli: Cli, arguments: tuple[str, ...]) -> None:
    """Options that do not go together, files that agents do not read, and files that are not there."""
    root = repo("#- main.py\nx = 1")
    with Memory.open(root) as memory:
        memory.remember("Never charge twice.")
    done = cli("export", *arguments, cwd=root)
    assert done.returncode == 2
    assert sorted(path.name for path in Path(root).iterdir()) == [".engrep", "main.py"]
