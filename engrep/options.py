"""The arguments and options that several commands share, each with the one sentence that `--help` shows."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="Write one JSON object to stdout and nothing else.")]
Repo = Annotated[
    Path | None,
    typer.Option(
        "--repo", metavar="PATH", help="The root itself. Without it: the repository or index around this folder."
    ),
]
Query = Annotated[
    list[str], typer.Argument(metavar="QUERY", help="Words, a name, or - to read a long text from stdin.")
]
Name = Annotated[
    str,
    typer.Argument(
        metavar="NAME",
        help="Any spelling: backoff, net.retry.backoff, Retry::wait, net/retry.py:backoff, net/retry.py:12.",
    ),
]
From = Annotated[
    str | None,
    typer.Option("--from", metavar="FILE", help="The file you ask from: decides between namesakes."),
]
Limit = Annotated[int, typer.Option("--limit", "-k", metavar="N", min=1, help="Show at most N.")]
Strict = Annotated[bool, typer.Option("--strict", help="Exit with 2 when namesakes cannot be told apart.")]
Reasons = Annotated[bool, typer.Option("--why", "-v", help="Show the parts of each score.")]
Depth = Annotated[int, typer.Option("--depth", metavar="N", min=1, help="Follow calls over N steps.")]
Confidence = Annotated[
    float,
    typer.Option("--min-confidence", metavar="X", min=0.0, max=1.0, help="Leave out edges less certain than X."),
]
Data = Annotated[
    Path | None,
    typer.Option(
        "--data",
        metavar="DIR",
        help="The folder of data sets. Without it: ENGREP_EVAL_DATA, else datasets beside engrep's sources or here.",
    ),
]
Cache = Annotated[
    Path | None,
    typer.Option(
        "--cache",
        metavar="DIR",
        help="Where corpora and indexes lie. Without it: ENGREP_EVAL_CACHE, else the user's cache.",
    ),
]
CorpusNames = Annotated[
    list[str] | None, typer.Option("--corpus", metavar="NAME", help="Only this corpus; may be repeated.")
]
TaskName = Annotated[str, typer.Argument(metavar="TASK", help="A task, as `engrep eval tasks` names it.")]
Embedder = Annotated[
    str | None,
    typer.Option(
        "--embedder",
        metavar="SPEC",
        help="What makes vectors: none, static, a model's PATH, transformers:NAME_OR_PATH or openai:MODEL@URL. "
        "Without it: ENGREP_EMBEDDER, else what the index was made with, else static.",
    ),
]
SecondStage = Annotated[
    str | None,
    typer.Option(
        "--second-stage",
        metavar="SPEC",
        help="A second model, named as for `engrep index --embedder`, that looks at the best 50 places once more. "
        "Without it: ENGREP_SECOND_STAGE, else none.",
    ),
]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask before much text is sent to an embedding server.")]
