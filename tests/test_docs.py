"""The documentation says what the program does."""

from __future__ import annotations

import re
import runpy
from collections import Counter
from pathlib import Path

import pytest

from engrep import chat_history, install_ledger, mcp_http
from engrep.agents import mcp_agreed
from engrep.engine import places

PROJECT = Path(__file__).resolve().parent.parent
GENERATOR = runpy.run_path(str(PROJECT / "docs" / "generate.py"))
PAGES = sorted([*PROJECT.glob("*.md"), *(PROJECT / "docs").glob("**/*.md")])
WRITTEN_BY_HAND = [page for page in PAGES if page.name not in {"cli.md", "schema.md"}]


@pytest.mark.parametrize("page", ["cli", "schema"])
def test_a_generated_page_is_up_to_date(page: str) -> None:
    """The command line and the schema are documented as they are; `make docs` rewrites the pages."""
    text = (PROJECT / "docs" / f"{page}.md").read_text(encoding="utf-8")
    assert text == GENERATOR[f"{page}_page"]()


def test_the_examples_of_the_readme_are_real() -> None:
    """Each example in the README prints what stands below it; `make docs` runs them anew."""
    text = (PROJECT / "README.md").read_text(encoding="utf-8")
    assert text.count("```console\n$ engrep ") >= 3
    assert text == GENERATOR["readme_page"]()


def test_the_readme_in_chinese_keeps_step() -> None:
    """It has the same blocks of code, the same figures, as many headings, and names the same commands, options and pages."""
    english, chinese = ((PROJECT / name).read_text(encoding="utf-8") for name in ("README.md", "README.zh.md"))
    assert chinese == GENERATOR["readme_in_chinese"](english)
    for same in (r"^#+ ", r"`[^`\n]+`", r"\]\([^)#]+\)", r"^\| `"):
        here, there = (Counter(re.findall(same, text, re.MULTILINE)) for text in (chinese, english))
        assert {*here - there, *there - here} <= {"](README.md)", "](README.zh.md)"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_page_holds_two_versions_of_itself(page: Path) -> None:
    """A merge that nobody finished leaves its marks behind."""
    assert not re.search(r"^(<{7}|>{7}|={7}$)", page.read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize("page", WRITTEN_BY_HAND, ids=lambda page: page.name)
def test_every_command_named_exists(page: Path) -> None:
    """A page speaks only of commands that exist."""
    known = set(re.findall(r"^## engrep (\w+)", GENERATOR["cli_page"](), re.MULTILINE))
    text = page.read_text(encoding="utf-8")
    blocks = "\n".join(re.findall(r"^```(?:sh|console)$.*?^```$", text, re.MULTILINE | re.DOTALL))
    named = {*re.findall(r"`engrep ([a-z]+)", text), *re.findall(r"^(?:\$ )?engrep ([a-z]+)", blocks, re.MULTILINE)}
    assert named <= known


@pytest.mark.parametrize("page", WRITTEN_BY_HAND, ids=lambda page: page.name)
def test_every_option_named_exists(page: Path) -> None:
    """A command that a page spells out takes the options that it is spelled with."""
    commands = re.split(r"^## engrep ", GENERATOR["cli_page"](), flags=re.MULTILINE)[1:]
    takes = {text.partition("\n")[0]: set(re.findall(r"(?<![\w-])--?[a-z][\w-]*", text)) for text in commands}
    text = page.read_text(encoding="utf-8")
    spelled = [*re.findall(r"`engrep ([^`]+)`", text), *re.findall(r"^(?:\$ )?engrep (.+)$", text, re.MULTILINE)]
    for line in spelled:
        words = re.sub(r"\"[^\"]*\"|#.*", "", line).split()
        name = max((name for name in takes if line.startswith(name)), key=len, default=words[0])
        options = {word.partition("=")[0] for word in words if re.match(r"--?[a-z]", word)}
        assert options <= takes.get(name, set()), line


@pytest.mark.parametrize("page", WRITTEN_BY_HAND, ids=lambda page: page.name)
def test_every_make_target_named_exists(page: Path) -> None:
    """A page speaks only of make targets that exist."""
    targets = set(re.findall(r"^(\w+):", (PROJECT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"`make (\w+)", page.read_text(encoding="utf-8"))) <= targets


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    """A relative link leads to a file of this repository."""
    links = re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8"))
    missing = [link for link in links if "://" not in link and not (page.parent / link).exists()]
    assert not missing


def test_the_page_on_privacy_names_all_that_is_kept() -> None:
    """Every file and folder that engrep writes stands in the table of what it keeps."""
    kept = [
        *(places.CODE_FILE, places.MEMORY_FILE, places.USER_FILE, places.VECTOR_FILE, places.HISTORY_FILE),
        *(places.READING_FILE, places.EMBEDDERS_FOLDER, places.SPOOL_FOLDER),
        *(mcp_http.TOKEN_FILE, chat_history.HISTORY_FILE, mcp_agreed.AGREED_FILE, install_ledger.FOLDER),
    ]
    named = re.findall(r"`(?:\.engrep/)?([\w.-]+)/?`", (PROJECT / "docs" / "guides" / "privacy.md").read_text("utf-8"))
    assert set(kept) <= set(named)


def test_no_option_is_said_to_be_nothing_without_it() -> None:
    """An option whose default is an empty text has none to tell."""
    assert "Default: ." not in GENERATOR["cli_page"]()
