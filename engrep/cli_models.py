"""The command that shows which language models are configured and what they can do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from engrep.options import Json, Repo
from engrep.output import FOUND, NOTHING, STATE, emit

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text


def models(
    model: Annotated[
        str | None,
        typer.Option("--model", metavar="MODEL", help="Only this one: a configured NAME, PROVIDER:MODEL or MODEL@URL."),
    ] = None,
    ask: Annotated[
        bool, typer.Option("--probe/--no-probe", help="Ask each model what it can do, in up to 3 small requests.")
    ] = True,
    repo: Repo = None,
    as_json: Json = False,
) -> int:
    """List the language models that are configured, and what each can do: streaming, tools, structured answers.

    Keys come from the environment or the keyring, never from a file; nothing is sent to a model that nobody named.
    """
    from engrep.agents.overview import overview

    found = overview(repo, model, ask=ask)

    def view(_console: Console) -> Iterable[Text]:
        from engrep.render_models import overview_lines

        return overview_lines(found)

    emit(asdict(found), view, as_json=as_json)
    if not found.models:
        return NOTHING
    return FOUND if any(each.reachable is not False for each in found.models) else STATE
