"""Write docs/cli.md, docs/schema.md, docs/benchmarks.md and parts of both READMEs; a test holds them to it.

The pages come from the program itself, the figures from the runs that are kept in docs/runs, the README's examples from
examples.py. Run `make docs`, or `python docs/generate.py`.
"""

from __future__ import annotations

import re
import runpy
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args, get_type_hints

if TYPE_CHECKING:
    from engrep.eval.report import TaskReport

DOCS = Path(__file__).resolve().parent
PROJECT = DOCS.parent
SCHEMA = PROJECT / "engine" / "schema.sql"
README = PROJECT / "README.md"
RUNS = DOCS / "runs"
EXAMPLES = runpy.run_path(str(DOCS / "examples.py"))

BENCHMARKS = """\
# Benchmarks

<!-- Written by docs/generate.py from the runs in docs/runs: do not edit. -->

Every figure on this page is computed from a kept run in [runs](runs): `engrep eval report docs/runs` shows the same.
A run says what was measured, when, with which commit, on which machine, and the checksum of its data.
To measure again: `engrep eval fetch TASK` brings the corpora, `engrep eval run TASK --system SYSTEM` answers the cases, `engrep eval report` shows them; `engrep eval tasks` and `engrep eval systems` list what there is.
`engrep-test` is engrep without its part `test`, `engrep=lexical` engrep with that lane alone.
Intervals are 95 % by the bootstrap: of a mean over corpora by corpora, else by cases.
The development data were looked at while engrep was made; published figures are those of the systems' own authors.

"""

EXIT_CODES = """\
| exit code | meaning |
|---|---|
| 0 | found, or done |
| 1 | nothing found |
| 2 | the command line or the question cannot be understood, or namesakes stay undecided under `--strict` |
| 3 | a state that needs a hand: not indexed yet, a damaged or newer database, a failed check |
| 130 | interrupted |
"""

# The JSON of commands that have no result type of their own in the engine.
LOOSE_SHAPES = {
    "import": "{source, dry_run, sessions_new, sessions_grown, sessions_reread, sessions_unchanged, sessions_elsewhere, turns, bytes_read, redacted, left_out: {reason: n}, problems: [text], seconds, memories_added, memories_updated, memories_unchanged}",
    "export": "{path, format, scope, memories, text}",
    "sessions": "{total, shown, sessions: [{id, program, project, branch, started_at, ended_at, title, turns, source, rereads}]}`, with ID `{session, turns: [{session, number, role, at, text, tool, path}], next_after}",
    "memories": "{total, stale_withheld, elsewhere, memories: [memory]}",
    "history": "{id, changes: [{number, memory_id, at, actor, verb, cause, before: null | memory, after: null | memory}]}",
    "distill": "{sessions: [{session, turns, drawn: [{id, status, kind, text, turns, superseded, conflicts, duplicate_of}], rejected_before, dry_run, redacted}], turns, active, proposed, known_already, rejected_before, dry_run, model: null | {model, where, passages, kept, estimated_tokens, requests, tokens, cost, currency, refused, problem, left_to_rules}}",
    "chat": "with --prompt, and for each line of a pipe: {question, answer, mode, model, citations: [{text, kind, verified, path, line, end_line, id, problem}], items, tools: [{tool, arguments, decision, error}], notes, problem, session, usage, costs, seconds, first_seconds, stopped}; `items` as those of `recall`, `mode` is model or extracts",
    "run": "{id, status: solved | failed | stopped, reason, task, base, approved, verified, rounds, branch, commit, patch, files: [{path, change, added, removed}], plan: [text], claims: [{text, evidence: [id or path:line]}], evidence: [{id, purpose, command, ended, exit, seconds, log, tree, network, writes, role}], findings: [{path, line, severity, claim, advice, round}], refusals: [{role, tool, wanted, why}], memories: [id], notes: [text], roles: [{role, models, calls, failed, sent, received, is_estimated, costs, unpriced, seconds}], seconds: {total, models, commands, own}, folder, report, resume}`, with `--list` `{runs: [{id, status, task}]}`, with `--discard` `{discarded}",
    "models": "{models: [{name, model, where, tier, is_local, has_key, roles, context, reachable, streaming, tools, structured, usage, first_seconds, problem}], sources, config, providers}",
    "hook": "on stdin the event, on stdout what its program reads: {hookSpecificOutput: {hookEventName, additionalContext}, continue, suppressOutput} or {continue, additional_context}; nothing for silence",
    "install": "{program, scope, dry_run, files: [{path, state, note, diff}]}",
    "uninstall": "{program, scope, dry_run, files: [{path, state, note, diff}]}",
    "review": "{total, items: [{why, memory, against: [memory]}]}`, with ACTION `{memories: [memory]}",
    "eval run": "{task, runs: [path], failures: [text], left_out: [text]}",
    "eval agents": "{task, runs: [path], failures: [text], left_out: [text]}`, with `--check` `{tasks: [{task, problems: [text], before: {how: n}, hidden, after, failing: [test], staying: [test], seconds}]}",
    "eval report": "{tasks: [{task, title, dataset, measures, average, first, systems: [{system, n, figures, interval, against, ms, seconds, curve, run}], groups, sizes, published}], speed: [measurement]}",
    "eval calibrate": "{calibration: {identity, trust, low, high, gain, gain_low, gain_high, without, items, corpora, date}, curve: [[trust, ndcg10]], kept}",
    "eval compare": "{task, first, second, measures: [{measure, n, first, second, low, high, p}], lost: [case], won: [case], only_one, alpha, is_loss, is_gain}",
    "eval keep": "{runs: [path]}",
    "eval fetch": "{task, fetched: [corpus], present: [corpus], failures: [text]}",
    "eval tasks": "{tasks: [{name, title, kind, cases, corpora, present, licence, state, checksum}]}",
    "eval systems": "{systems: [{name, kind, title}], parts: [{name, title}]}",
    "eval generate": "{folder, questions: {kind: n}}",
    "eval replay": "{folder, verdicts: {verdict: n}}",
    "eval speed": "{run, type, format, date, engrep, commit, machine, samples, model, sizes: {lines: {checksum, corpus: {language: {files, lines, bytes}}, systems: {system: [{load, date, measure: value}]}}}}",
    "eval seal": "{name, checksum}",
}

PREFACE = f"""\
# Command line

<!-- Written by docs/generate.py: do not edit. -->

Each command is one verb of the library.
Results go to stdout; progress and errors go to stderr.
With `--json`, stdout holds one JSON object and nothing else; an error is `{{"error": {{"kind", "message", "near"}}}}`.
`--repo PATH` names the root itself; without it the root is the repository or index around the current folder.
Colour is used on a terminal only; `NO_COLOR` turns it off.
`ENGREP_HOME` moves all that engrep stores; `ENGREP_TRACEBACK=1` shows where an error came from.
`ENGREP_EMBEDDER` names what makes vectors, as `--embedder` does; `ENGREP_EMBEDDER_KEY` holds the key of an embedding server.
`engrep --install-completion` installs completion for your shell.

{EXIT_CODES}"""


def cli_page() -> str:
    """Give the text of docs/cli.md."""
    from typer.main import get_command

    from engrep.cli import app

    commands: dict[str, Any] = get_command(app).commands  # type: ignore[attr-defined]
    return PREFACE + "".join(_command(name, command) for name, command in _flat(commands))


def _flat(commands: dict[str, Any], group: str = "") -> Iterator[tuple[str, Any]]:
    """Give every command with its whole name, those of a group one after the other."""
    for name, command in commands.items():
        inner = getattr(command, "commands", None)
        yield from _flat(inner, f"{name} ") if inner else [(f"{group}{name}", command)]


def schema_page() -> str:
    """Give the text of docs/schema.md: what each table holds, and its columns."""
    text = SCHEMA.read_text(encoding="utf-8")
    preface, *statements = re.split(r"\n{2,}", text.strip())
    return (
        "# Database schema\n\n<!-- Written by docs/generate.py from engine/schema.sql: do not edit. -->\n\n"
        + _prose(preface)
        + "".join(f"\n{_heading(statement)}```sql\n{_statement(statement)}\n```\n" for statement in statements)
    )


def benchmarks_page() -> str:
    """Give the text of docs/benchmarks.md: every kept run, every figure."""
    from engrep.eval.speed.figures import speed_table
    from engrep.eval.tables import markdown, markdown_report

    speed = "".join(f"\n## speed\n\n{markdown(speed_table(result))}\n" for result in _kept_speeds())
    return BENCHMARKS + markdown_report(_kept_reports()) + speed


def _kept_reports() -> list[TaskReport]:
    from engrep.eval.datasets import places
    from engrep.eval.report import reports
    from engrep.eval.runs import read_run, run_files
    from engrep.eval.tasks.registry import in_order, published

    results = in_order(map(read_run, run_files([RUNS])))
    return reports(results, None, published({result.head["task"] for result in results}, places(PROJECT / "datasets")))


def _kept_speeds() -> list[dict[str, Any]]:
    from engrep.eval.speed.bench import FILE_NAME, read_speed

    return [read_speed(path) for path in sorted(RUNS.glob(f"**/{FILE_NAME}"))]


def figures() -> str:
    """Give the README's table: the deciding measure of every task, engrep beside the best of the plain baselines."""
    rows = ["| task | measure | cases | engrep | best baseline |", "|---|---|---|---|---|"]
    for report in _kept_reports():
        measure = report.measures[0]
        whole = [line for line in report.lines if measure in line.figures and not line.is_partial]
        values = {line.system: line.figures[measure] for line in whole}
        others = {name: value for name, value in values.items() if not name.startswith("engrep")}
        if "engrep" in values and others:
            best = max(others, key=lambda name: others[name])
            n = next(line.n for line in report.lines if line.system == "engrep")
            rows.append(f"| {report.task} | {measure} | {n:,} | {values['engrep']:.3f} | {others[best]:.3f} ({best}) |")
    return "\n".join(rows)


def readme_page() -> str:
    """Give the text of README.md with its figures and examples made anew."""
    with_examples: Callable[[str], str] = EXAMPLES["with_examples"]
    return with_examples(
        re.sub(
            r"(?<=<!-- figures from docs/runs -->\n).*?(?=<!-- end of figures -->)",
            lambda _: f"\n{figures()}\n\n",
            README.read_text(encoding="utf-8"),
            flags=re.DOTALL,
        )
    )


def readme_in_chinese(readme: str) -> str:
    """Give the text of README.zh.md with the examples and figures of the README."""
    mirrored: Callable[[str, str], str] = EXAMPLES["mirrored"]
    return mirrored(README.with_suffix(".zh.md").read_text(encoding="utf-8"), readme)


def _command(name: str, command: Any) -> str:
    usage = " ".join(["engrep", name, *(_spelling(p) for p in command.params if p.param_type_name == "argument")])
    rows = [
        f"| `{_spelling(p)}` | {_meaning(p)} |"
        for p in command.params
        if p.name != "help" and not getattr(p, "hidden", False)
    ]
    table = "\n".join(["| argument or option | meaning |", "|---|---|", *rows])
    return (
        f"\n## engrep {name}\n\n{_prose_lines(command.help)}\n\n`{usage} [OPTIONS]`\n\n{table}\n\n{_json_shape(name)}\n"
    )


def _spelling(parameter: Any) -> str:
    metavar = parameter.metavar or parameter.name.upper()
    if parameter.param_type_name == "argument":
        return metavar if parameter.required or metavar.startswith("[") else f"[{metavar}]"
    names = ", ".join(parameter.opts)
    return names if parameter.is_flag else f"{names} {metavar}"


def _meaning(parameter: Any) -> str:
    shown = parameter.default not in (None, False, "") and parameter.param_type_name == "option"
    text = str(parameter.help).replace("|", "\\|")
    return f"{text} Default: {parameter.default}." if shown else text


def _prose_lines(text: str) -> str:
    return re.sub(r"\s*\n\s*", "\n", text.strip())


def _json_shape(command: str) -> str:
    from engrep.engine import memory_types, recall_types, report_types, types

    shapes = {
        "index": types.IndexReport,
        "status": types.Status,
        **dict.fromkeys(("search", "symbol"), types.Search),
        **dict.fromkeys(("callers", "callees", "implementations", "impact"), types.Edges),
        **dict.fromkeys(("recall", "why"), recall_types.Recall),
        "brief": recall_types.Brief,
        **dict.fromkeys(("remember", "edit"), report_types.Remembered),
        **dict.fromkeys(("pin", "confirm", "forget", "restore", "undo"), memory_types.Entry),
    }
    if command == "mcp":
        return "Its tools answer with the fields of the other commands' JSON, trimmed for a model; a client is told their schemas."
    if command == "serve":
        return "It writes one line to stdout: the address to open, with the token in it."
    if command in LOOSE_SHAPES:
        return f"JSON: `{LOOSE_SHAPES[command]}`"
    if command == "doctor":
        leaks = "with `--secrets` also `secrets: [{database, place, kinds: {kind: n}}]`"
        return f"JSON: `{{ok, checks: [{_shape(types.Check)}]}}`, {leaks}"
    extra = ", with `--skipped` also `skipped_files: [{path, reason}]`" if command == "status" else ""
    return f"JSON: `{_shape(shapes[command])}`{extra}"


def _shape(result: type) -> str:
    hints = get_type_hints(result)
    return "{" + ", ".join(f"{field.name}{_inner(hints[field.name])}" for field in fields(result)) + "}"


def _inner(hint: Any) -> str:
    """Write the shape inside a field: nothing for plain values, `[{…}]` for a tuple of results."""
    inside = [kind for kind in (hint, *get_args(hint)) if isinstance(kind, type) and is_dataclass(kind)]
    if not inside:
        return ""
    shape = _shape(inside[0])
    if getattr(hint, "__origin__", None) is tuple:
        return f": [{shape}]"
    return f": null | {shape}" if type(None) in get_args(hint) else f": {shape}"


def _heading(statement: str) -> str:
    comment = "\n".join(line for line in statement.splitlines() if line.startswith("--"))
    named = re.search(
        r"CREATE\s+(?:VIRTUAL\s+)?(?:TABLE|INDEX|UNIQUE INDEX|TRIGGER)\s+(?:IF NOT EXISTS\s+)?(\w+)", statement
    )
    title = f"## {named[1]}\n\n" if named else ""
    return title + (_prose(comment) + "\n" if comment else "")


def _statement(statement: str) -> str:
    return "\n".join(line for line in statement.splitlines() if not line.startswith("--"))


def _prose(comment: str) -> str:
    """Turn SQL comment lines into Markdown, one sentence a line."""
    joined = " ".join(line.removeprefix("--").strip() for line in comment.splitlines())
    return re.sub(r"(?<=[.;]) (?=[A-Z])", "\n", joined) + "\n"


def pages() -> Iterator[tuple[Path, str]]:
    """Give each generated page with its text."""
    yield DOCS / "cli.md", cli_page()
    if SCHEMA.is_file():
        yield DOCS / "schema.md", schema_page()
    yield DOCS / "benchmarks.md", benchmarks_page()
    readme = readme_page()
    yield README, readme
    yield README.with_suffix(".zh.md"), readme_in_chinese(readme)


if __name__ == "__main__":
    for path, text in pages():
        path.write_text(text, encoding="utf-8")
        print(f"wrote {path}")
