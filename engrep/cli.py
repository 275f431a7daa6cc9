"""The command line: each command is one verb of the library.

Exit codes: 0 found, 1 nothing found, 2 usage (or ambiguous with --strict), 3 a state that needs a hand.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Annotated, NoReturn

import typer

from engrep import (
    cli_archive,
    cli_chat,
    cli_code,
    cli_distil,
    cli_eval,
    cli_hook,
    cli_index,
    cli_install,
    cli_mcp,
    cli_memory,
    cli_models,
    cli_recall,
    cli_run,
    cli_serve,
)
from engrep.output import FOUND, INTERRUPTED, prepare_streams

app = typer.Typer(
    name="engrep",
    help="Find the right code in a large repository, and what was decided about it: offline, with the reason for each answer.",
    context_settings={"help_option_names": ["-h", "--help"]},
    rich_markup_mode=None,  # plain help starts in half the time: rich costs as much as everything else together
    pretty_exceptions_enable=False,
)

for command in (
    cli_index.index,
    cli_code.search,
    cli_code.symbol,
    cli_code.callers,
    cli_code.callees,
    cli_code.implementations,
    cli_code.impact,
    cli_recall.recall,
    cli_recall.why,
    cli_recall.brief,
    cli_memory.remember,
    cli_memory.edit,
    cli_memory.pin,
    cli_memory.memories,
    cli_memory.confirm,
    cli_memory.forget,
    cli_memory.restore,
    cli_memory.undo,
    cli_memory.history,
    cli_archive.sessions,
    cli_archive.export,
    cli_distil.distill,
    cli_distil.review,
    cli_hook.hook,
    cli_install.install,
    cli_install.uninstall,
    cli_mcp.mcp,
    cli_serve.serve,
    cli_chat.chat,
    cli_run.run,
    cli_models.models,
    cli_index.status,
    cli_index.doctor,
):
    app.command()(command)
app.command(name="import")(cli_archive.import_)
app.add_typer(cli_eval.app)


def _print_version(wanted: bool) -> None:
    if wanted:
        from engrep import __version__

        typer.echo(f"engrep {__version__}")
        raise typer.Exit(FOUND)


@app.callback(invoke_without_command=True)
def _root(
    context: typer.Context,
    _version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> int:
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
    return FOUND


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit with its code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    options = given[: given.index("--")] if "--" in given else given
    prepare_streams()
    try:
        code = app(args=given, prog_name="engrep", standalone_mode=False)
    except KeyboardInterrupt:
        code = INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the last place that can still give the caller one clear line
        from engrep.failures import report

        code = report(error, as_json="--json" in options)
    sys.exit(code or FOUND)
