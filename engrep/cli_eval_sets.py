"""The commands that make data sets: engrep eval generate, replay, seal."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engrep.options import Json
from engrep.output import FOUND, emit

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text


def generate(
    root: Annotated[Path, typer.Argument(metavar="ROOT", help="The top of a Python repository.")],
    out: Annotated[Path, typer.Argument(metavar="DIR", help="The data set: a new folder, or one to add to.")],
    repository: Annotated[
        str | None,
        typer.Option("--repository", metavar="OWNER/NAME", help="Let others fetch it there, at the commit it is at."),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", metavar="N", help="Another seed asks other questions.")] = 0,
    per_kind: Annotated[int, typer.Option("--per-kind", metavar="N", min=1, help="At most N of each kind.")] = 150,
    as_json: Json = False,
) -> int:
    """Make questions that mean one of several definitions of a name, from Python's own parser and jedi.

    `engrep eval run namesakes:NAME --data PARENT` asks them, for the data set PARENT/NAME.
    """
    from engrep.eval.generate import write_set

    counts = write_set(root, out, repository, seed, per_kind)

    def view(_console: Console) -> Iterable[Text]:
        from engrep.render_eval import generated_lines

        return generated_lines(out, counts, "namesakes")

    emit({"folder": str(out), "questions": counts}, view, as_json=as_json)
    return FOUND


def replay(
    clone: Annotated[Path, typer.Argument(metavar="CLONE", help="A clone of a Python repository, bare or not.")],
    out: Annotated[Path, typer.Argument(metavar="DIR", help="The data set: a new folder, or one to add to.")],
    repository: Annotated[
        str, typer.Option("--repository", metavar="OWNER/NAME", help="Where others fetch the commits.")
    ],
    at: Annotated[
        list[str], typer.Option("--at", metavar="REV", help="A revision; give two or more, the oldest first.")
    ],
    seed: Annotated[int, typer.Option("--seed", metavar="N", help="Another seed draws other places.")] = 0,
    per_verdict: Annotated[
        int, typer.Option("--per-verdict", metavar="N", min=1, help="At most N of each verdict between two revisions.")
    ] = 8,
    as_json: Json = False,
) -> int:
    """Draw functions and classes from a history, and what became of each from one revision to the next.

    `engrep eval run anchors:NAME --data PARENT` asks about them, for the data set PARENT/NAME.
    """
    from engrep.eval.anchor_set import write_anchors

    counts = write_anchors(clone, out, repository, at, per_verdict, seed)

    def view(_console: Console) -> Iterable[Text]:
        from engrep.render_eval import generated_lines

        return generated_lines(out, counts, "anchors")

    emit({"folder": str(out), "verdicts": counts}, view, as_json=as_json)
    return FOUND


def seal(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A data set: a folder with a dataset.json.")],
    as_json: Json = False,
) -> int:
    """Write the checksums of a data set's files into its dataset.json."""
    from engrep.eval.datasets import seal as write_sums

    sealed = write_sums(folder.resolve())

    def view(_console: Console) -> Iterable[Text]:
        from engrep.render_eval import sealed_lines

        return sealed_lines(sealed)

    emit({"name": sealed.name, "checksum": sealed.checksum}, view, as_json=as_json)
    return FOUND
