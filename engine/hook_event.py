"""What happened in a coding agent, told alike by all of them: one frozen value for every program's own payload.

A named tuple: to make data classes takes 8 ms of the time for which an agent waits.
"""

from __future__ import annotations

from typing import NamedTuple

BEGIN, PROMPT, TOUCH, CHANGE, COMPACT, REST, END = "begin", "prompt", "touch", "change", "compact", "rest", "end"
LEAVING = frozenset({BEGIN, CHANGE, COMPACT, REST, END})  # kinds that may leave something to the background

# What programs call the tools that edit a file, and those that read one, in small letters.
CHANGING = frozenset(
    "edit write multiedit notebookedit apply_patch replace write_file edit_file search_replace strreplace".split()
)
READING = frozenset("read read_file read_many_files view notebookread".split())


class Event(NamedTuple):
    """One event in the life of a session."""

    program: str  # claude, codex, gemini or cursor
    kind: str  # begin, prompt, touch (a file is read or edited), change (it was edited), compact, rest (a turn ends) or end
    name: str  # what the program calls it
    session: str  # '' where nobody said
    folder: str  # where the agent stands, absolute
    text: str = ""  # the prompt
    paths: tuple[str, ...] = ()  # of the files that it is about, absolute or from the folder
    source: str = ""  # what made a session begin: startup, resume, clear or compact
    transcript: str = ""  # the file that the program keeps of the session
    is_told: bool = True  # whether the program puts an answer to it before its model
