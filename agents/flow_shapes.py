"""What the roles of a run hand over to each other: each must fit its shape before anybody reads it.

This file loads pydantic, so it is imported where a run begins and nowhere earlier.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Short = Annotated[str, Field(min_length=1, max_length=400)]
Long = Annotated[str, Field(min_length=1, max_length=8000)]
Path = Annotated[str, Field(min_length=1, max_length=400)]


class Shape(BaseModel):
    """A hand-over; fields that are not known are an error, so that a misspelt one is not lost."""

    model_config = ConfigDict(extra="forbid")


class PlannedTask(Shape):
    """One part of a plan."""

    title: Short
    instructions: Long
    files: list[Path] = Field(
        default_factory=list, description="Files that this part writes; tasks that share none may be done side by side."
    )
    after: list[Short] = Field(default_factory=list, description="Titles of parts that must be done before.")


class Plan(Shape):
    """What the planner hands to the coder."""

    summary: Short
    tasks: list[PlannedTask] = Field(min_length=1, max_length=6)
    done_when: list[Short] = Field(min_length=1, max_length=8, description="What must hold at the end, each testable.")


class Lesson(Shape):
    """One fact that a later session should know."""

    text: Annotated[str, Field(min_length=10, max_length=400)]
    about: Path = Field(description="The symbol (pkg.mod.name) or file that it is about.")


class Work(Shape):
    """What the coder hands over besides the files."""

    summary: Short
    why: Short
    learned: list[Lesson] = Field(default_factory=list, max_length=4)


class Tests(Shape):
    """What the tester hands over besides the files."""

    summary: Short
    files: list[Path] = Field(description="The test files that were written; none where nothing can be tested.")


class Finding(Shape):
    """One thing that a reviewer found, at a line that exists."""

    path: Path
    line: int = Field(ge=1)
    severity: Literal["blocker", "major", "minor"]
    claim: Short
    advice: Annotated[str, Field(max_length=400)] = ""


class Review(Shape):
    """What the reviewer hands over."""

    verdict: Literal["approve", "reject"]
    summary: Short
    findings: list[Finding] = Field(default_factory=list, max_length=20)


class Checked(Shape):
    """One statement of the verifier, and the command that shows it."""

    claim: Short
    evidence: Annotated[str, Field(pattern=r"^e\d+$", description="The number of a command that was run, such as e4.")]


class Verification(Shape):
    """What the verifier hands over."""

    verdict: Literal["holds", "fails"]
    summary: Short
    checks: list[Checked] = Field(default_factory=list, max_length=12)
    shown: list[int] = Field(
        default_factory=list, description="Numbers of the statements to be remembered that a command showed."
    )
