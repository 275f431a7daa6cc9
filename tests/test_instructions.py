"""Instruction files: what they say, what they import, where they hold, and what recall, brief and the gate make of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from conftest import Cli, MakeRepo, write_files

from engrep.engine.instructions import CODEX_BYTES, Instructions, holds_for
from engrep.engine.memory import Memory
from engrep.engine.memory_types import Turn
from engrep.indexers.statement_gate import admitted, instruction_lines
from engrep.indexers.statements import statements

pytestmark = pytest.mark.usefixtures("home")


def said(root: Path, *folders: str) -> list[str]:
    """Give what the instruction files of a root say, with their places."""
    return [f"{entry.id} {entry.body}" for file in Instructions(root).files(folders) for entry in file.entries()]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a person's own folder, in which nothing is yet."""
    folder = tmp_path / "home"
    folder.mkdir()
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(folder))
    for name in ("CLAUDE_CONFIG_DIR", "CODEX_HOME"):
        monkeypatch.delenv(name, raising=False)
    return folder


@pytest.mark.parametrize(("head", "path", "expected"), [
    ("globs: src/**/*.ts", "src/a/b.ts", True), ("globs: src/**/*.ts", "src/b.ts", True),
    ("globs: src/**/*.ts", "lib/b.ts", False), ("globs: *.ts, *.tsx", "deep/b.tsx", True),
    ("globs:\n  - '*.go'\n  - \"*.rs\"", "a.rs", True), ("globs: ['*.{py,pyi}']", "a.pyi", True),
    ("globs: '*.py'\nalwaysApply: true", "a.go", True), ("paths: ['api/**']", "api/x/y.py", True), ("globs:", "any", True),
])  # fmt: skip
def test_globs_say_which_files_a_rule_is_for(repo: MakeRepo, head: str, path: str, expected: bool) -> None:
    """The front matter of a rule names its files, in any of the ways in which it is written."""
    root = repo("#- README.md\nx")
    write_files(root, f"#- .cursor/rules/one.mdc\n---\ndescription: d\n{head}\n---\n- a rule")
    [file] = Instructions(root).files()
    assert holds_for(file, path) is expected


def test_claude_files_hold_from_the_root_down_with_their_imports(repo: MakeRepo, home: Path) -> None:
    """The user's own comes first, then each folder's, each with what it imports; one file twice is once."""
    write_files(
        home,
        """
        #- .claude/CLAUDE.md
        - own rule
        @extra.md
        #- .claude/extra.md
        - extra rule
        #- shared.md
        - shared rule
    """,
    )
    root = repo("""
        #- CLAUDE.md
        - root rule
        @docs/style.md. @~/shared.md
        #- docs/style.md
        - style rule
        @../CLAUDE.md
        #- .claude/rules/deep/one.md
        - modular rule
        #- CLAUDE.local.md
        - local rule
        #- billing/CLAUDE.md
        - billing rule
        #- net/CLAUDE.md
        - net rule
    """)
    assert [line.split(" ", 1)[1].split(" @")[0] for line in said(root, "billing/cards")] == [
        "own rule", "extra rule", "root rule", "style rule", "shared rule", "modular rule", "local rule", "billing rule",
    ]  # fmt: skip


def test_imports_end_at_the_fifth(repo: MakeRepo) -> None:
    """A chain of imports is followed five deep."""
    pages = "\n".join(f"#- d{n}.md\n- depth {n}\n\n@d{n + 1}.md" for n in range(1, 8))
    root = repo("#- CLAUDE.md\n@d1.md\n")
    write_files(root, pages)
    assert [line.split()[-1] for line in said(root) if "depth" in line] == list("12345")


def test_codex_takes_one_file_a_folder_and_32_kib(repo: MakeRepo) -> None:
    """The override hides the other; what is above the bound is cut; its files import nothing."""
    root = repo("""
        #- AGENTS.md
        - hidden
        #- AGENTS.override.md
        - override @x.md
        #- x.md
        - imported
        #- sub/AGENTS.md
        - sub
    """)
    assert [line.split(" ", 1)[1] for line in said(root, "sub")] == ["override @x.md", "sub"]
    (root / "AGENTS.override.md").write_text("- a rule here\n" * 4000, encoding="utf-8")
    lines = said(root, "sub")
    assert len(lines) <= CODEX_BYTES / len("- a rule here\n") + 1
    assert not any("sub/AGENTS.md" in line for line in lines)


@pytest.mark.parametrize(
    "written", ["/etc/hostname", "../outside.md", "~/.ssh/config.md", "~/key.pem", "~/notes.bin", ".env", "a\0b"]
)
def test_an_import_reads_no_more_than_it_may(repo: MakeRepo, home: Path, written: str) -> None:
    """Only prose below the home, and no secrets: a file that came with a clone reads nothing else out."""
    write_files(home, "#- .ssh/config.md\n- told\n#- key.pem\n- told\n#- notes.bin\n- told")
    (home.parent / "outside.md").write_text("- told", encoding="utf-8")
    root = repo("#- .env\ntold=1\n#- CLAUDE.md\nx")
    (root / "CLAUDE.md").write_text(f"@{written}\n- rule", encoding="utf-8")
    assert not any("told" in line for line in said(root))


def test_a_link_out_of_the_root_and_a_loop_of_links_are_not_read(repo: MakeRepo, tmp_path: Path) -> None:
    """A CLAUDE.md that leads elsewhere is nobody's instruction."""
    (tmp_path / "elsewhere.md").write_text("- told", encoding="utf-8")
    root = repo("#- README.md\nx")
    (root / "CLAUDE.md").symlink_to(tmp_path / "elsewhere.md")
    (root / "GEMINI.md").symlink_to(root / "GEMINI.md")
    assert said(root) == []


def test_a_changed_file_is_read_anew_and_secrets_are_not(repo: MakeRepo) -> None:
    """One reader sees what a file says now, without its secrets."""
    root = repo("#- CLAUDE.md\n- first rule")
    reader = Instructions(root)
    assert [each.body for file in reader.files() for each in file.entries()] == ["first rule"]
    (root / "CLAUDE.md").write_text("- the key is AKIAZQ3DRSTUVWXY2345 there\n", encoding="utf-8")
    [entry] = [each for file in reader.files() for each in file.entries()]
    assert "[REDACTED:" in entry.body
    assert "AKIAZQ3DRSTUVWXY2345" not in entry.body
    (root / "CLAUDE.md").unlink()
    assert reader.files() == []


SHOP = """
    #- CLAUDE.md
    # Rules
    - Never charge a card twice for one order.
    - Indent with 4 spaces.
    - Prefer frozen dataclasses over dicts.
    #- AGENTS.md
    - Never charge a card twice for one order.
    - Always write a test first.
    #- billing/AGENTS.md
    - Amounts of money are integer cents.
    #- billing/charge.py
    def charge(): pass
    #- net/send.py
    def send(): pass
"""


def test_recall_finds_an_instruction_with_its_place(repo: MakeRepo, cli: Cli) -> None:
    """An item of its own kind names file and line; the passage of the index that holds it is left out."""
    root = repo(SHOP)
    assert cli("index", cwd=root).returncode == 0
    found = json.loads(cli("recall", "may a card be charged twice?", "--json", cwd=root).stdout)["items"]
    first = found[0]
    assert (first["type"], first["path"], first["start_line"], first["id"]) == (
        "instruction",
        "CLAUDE.md",
        2,
        "CLAUDE.md:2",
    )
    assert first["title"] == "Rules"
    assert not any(each["type"] == "code" and each["path"].endswith(".md") for each in found)
    assert [each for each in found if each["type"] == "instruction"] == [first]  # AGENTS.md says the same: once
    assert "CLAUDE.md:2" in cli("recall", "charged twice", "--only", "instruction", cwd=root).stdout
    assert cli("recall", "card charged twice", "--only", "memory", cwd=root).returncode == 1
    assert (
        cli("recall", "card charged twice", "--as-of", "2020-01-01", "--only", "instruction", cwd=root).returncode == 1
    )


def test_an_instruction_of_a_folder_holds_there(repo: MakeRepo) -> None:
    """What another folder's file says is not told to one who stands elsewhere."""
    with Memory.open(repo(SHOP)) as memory:
        for file, expected in (("billing/charge.py", ["billing/AGENTS.md:1"]), ("net/send.py", [])):
            found = memory.recall("are amounts of money cents", from_file=file, types=("instruction",))
            assert [item.id for item in found.items] == expected


def test_nothing_of_it_is_kept_or_pushed(repo: MakeRepo) -> None:
    """Instructions are read as they stand: no memory is made of them, and no prompt brings them."""
    with Memory.open(repo(SHOP)) as memory:
        assert memory.recall("card charged twice", types=("instruction",)).items
        assert memory.memories(status=None) == ()
        assert memory.push("may a card be charged twice for one order", session="s").items == ()


def test_a_brief_tells_only_what_the_program_does_not_read(repo: MakeRepo) -> None:
    """Codex hears of CLAUDE.md's rules that AGENTS.md has not, Claude of those of AGENTS.md; without a program nobody does."""
    with Memory.open(repo(SHOP)) as memory:

        def told(program: str) -> list[str]:
            return [item.id for item in memory.brief(program=program).items]

        assert told("codex") == ["CLAUDE.md:4"]
        assert told("claude") == ["AGENTS.md:2"]
        assert told("") == []


def test_a_file_that_a_program_imports_is_one_that_it_reads(repo: MakeRepo) -> None:
    """A CLAUDE.md that imports AGENTS.md leaves nothing to tell Claude."""
    with Memory.open(repo("#- CLAUDE.md\n@AGENTS.md\n#- AGENTS.md\n- Always write a test first.")) as memory:
        assert memory.brief(program="claude").items == ()
        assert memory.brief(program="gemini").items


@pytest.mark.parametrize(("line", "told", "is_kept"), [
    ("Always run `make check` before each commit.", "always run make check before each commit", False),
    ("Always run `make check` before each commit.", "never run make check before each commit", True),
    ("Wait at most 30 seconds for the billing server.", "always wait at most 60 seconds for the billing server", True),
    ("Use pnpm, not npm.", "always use pnpm instead of npm", False),
    ("Indent with 4 spaces.", "always indent with tabs, never with spaces", True),
])  # fmt: skip
def test_what_an_instruction_says_is_not_kept_again(line: str, told: str, is_kept: bool) -> None:
    """The same in other words is dropped; the opposite and other numbers are not the same."""
    turns = [Turn("s", 1, "user", "", f"From now on, {told}.")]
    kept = admitted(statements(turns), turns, instructions=instruction_lines(f"- {line}"))
    assert bool(statements(turns))
    assert bool(kept) is is_kept


def test_distilling_knows_what_is_imported(repo: MakeRepo, tmp_path: Path) -> None:
    """A rule of a file that CLAUDE.md imports is not drawn from a session."""
    root = repo("#- CLAUDE.md\n@docs/style.md\n#- docs/style.md\n- Always name tests after what they show.")
    session = tmp_path / "talk.jsonl"
    rules = ("always name tests after what they show", "never log a card number")
    session.write_text(
        "".join(json.dumps({"role": "user", "content": f"From now on, {each}."}) + "\n" for each in rules),
        encoding="utf-8",
    )
    with Memory.open(root) as memory:
        drawn = [each.text for one in memory.distil(str(session)).sessions for each in one.drawn]
    assert len(drawn) == 1
    assert "card number" in drawn[0]


@pytest.mark.parametrize(("instruction", "memory_text", "expected"), [
    ("# Style\n- Indent with 4 spaces.", "Indent with tabs.", "CLAUDE.md:2"),
    ("# Style\n- Indent with 4 spaces.", "Indent with spaces.", ""),
    ("# Frontend\n- Indent with 4 spaces.", "Indent with tabs.", ""),
    ("- Use pnpm.", "Use npm.", "CLAUDE.md:1"),
    ("- Cards are charged by the billing worker.", "Cards are charged by the web server.", ""),
])  # fmt: skip
def test_a_memory_that_surely_contradicts_an_instruction_is_marked(
    repo: MakeRepo, instruction: str, memory_text: str, expected: str
) -> None:
    """Two values of one attribute are a conflict, in recall and in the review; where it may be an exception nothing is said."""
    root = repo("#- README.md\nx")
    (root / "CLAUDE.md").write_text(instruction, encoding="utf-8")
    with Memory.open(root) as memory:
        kept = memory.remember(memory_text)
        [item] = memory.recall(memory_text, types=("memory",)).items
        assert item.contradicted == expected
        assert [each.against[0].id for each in memory.review()] == [expected] * bool(expected)
        memory.approve([kept.id])
        assert memory.review() == ()


@pytest.mark.parametrize(
    "data", [b"\xff\xfe\x00", b"", b"---\n", b"---\nglobs: [\n---\n", b"- " * 5000, b"@" * 300_000]
)
def test_any_bytes_are_read(repo: MakeRepo, data: bytes) -> None:
    """A file that is no Markdown stops nothing."""
    root = repo("#- README.md\nx")
    (root / "CLAUDE.md").write_bytes(data)
    assert isinstance(said(root), list)
