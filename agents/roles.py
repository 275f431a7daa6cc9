"""The roles of a run: their prompts, which are files, and the tools that each may use."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

READING = ("read_file", "list_files", "search_code", "find_symbol", "callers", "recall")
WRITING = ("write_file", "edit_file", "delete_file")
RUNNING = ("run_command",)
SUBMIT = "submit"
_PROMPTS = Path(__file__).with_name("prompts")


@dataclass(frozen=True, slots=True)
class Role:
    """One role; it is told nothing but its prompt, the hand-overs that are meant for it, and what its tools answer."""

    name: str
    tools: tuple[str, ...]
    turns: int  # requests after which it has failed

    def prompt(self) -> str:
        """Return what the role is told to be; the first part is the same for all."""
        return f"{_read('common')}\n\n{_read(self.name)}"


PLANNER = Role("planner", READING, 16)
CODER = Role("coder", (*READING, *WRITING, *RUNNING), 40)
CODER_BESIDE = Role(
    "coder", (*READING, *WRITING), 40
)  # others write in the same tree: what a command says would mislead
TESTER = Role("tester", (*READING, *WRITING), 24)
REVIEWER = Role("reviewer", READING, 16)
VERIFIER = Role("verifier", ("read_file", "list_files", *RUNNING), 16)


def _read(name: str) -> str:
    return (_PROMPTS / f"{name}.md").read_text(encoding="utf-8").strip()
