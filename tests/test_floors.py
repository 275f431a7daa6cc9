"""The layers of the project, read from the source itself; ARCHITECTURE.md draws them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent
FOLDERS = ("indexers", "engine", "agents", "eval", "engrep")
DATA = {
    "indexers/facts.py",
    "engine/types.py",
    "engine/errors.py",
    "engine/hook_event.py",
    "engine/memory_types.py",
    "engine/recall_types.py",
    "engine/report_types.py",
    "engine/rungs.py",
    "engine/score_types.py",
}
# What is stored and how; `prepare` and what packs a file's values run in the worker processes and open nothing.
STATE = re.compile(
    r"engine/(db|db_\w+|schema|embed|embed_\w+|embedders|counting|details|forward|packed|prepare|references|vectors|vocabulary|store|"
    r"store_\w+)\.py"
)
# The floors that engrep is measured against speak to SQLite themselves: they must share nothing with its stores.
MEASURED_AGAINST = {"eval/systems/bm25.py", "eval/systems/record_fts.py"}
NETWORK = {
    "urllib.request": {"engine/embed_http.py"},
    "http.client": {"engine/embed_http.py"},
    "socket": {"agents/commands_guard.py"},  # to have the loopback device up where a command has no other network
    "httpx": set[str](),
    "requests": set[str](),
    "huggingface_hub": {"engine/embed_transformers.py"},
    "openai": {"agents/endpoint.py"},
    "httpx2": {"agents/endpoint.py", "agents/mcp_client.py"},
}
SERVING = {"mcp", "mcp_types", "anyio", "starlette", "uvicorn", "pydantic"}
DOORS_LOAD_LATER = {"numpy", "apsw", "sqlite_vec", "rich", "tree_sitter", "openai", *SERVING}
# Rich's own types are what these draw with; they are loaded when something is drawn.
DRAWING = {
    "engrep/render.py",
    "engrep/render_archive.py",
    "engrep/render_columns.py",
    "engrep/render_distil.py",
    "engrep/render_eval.py",
    "engrep/render_index.py",
    "engrep/render_install.py",
    "engrep/render_memory.py",
    "engrep/render_models.py",
    "engrep/render_recall.py",
    "engrep/render_run.py",
    "engrep/render_table.py",
    "engrep/snippet.py",
}
MOST_LINES = 300
SQL = re.compile(r"\s*(SELECT\s.+\sFROM|INSERT\s+(OR\s+\w+\s+)?INTO|UPDATE\s.+\sSET|DELETE\s+FROM|REPLACE\s+INTO|CREATE\s+(TABLE|INDEX|VIRTUAL)|DROP\s+TABLE|ALTER\s+TABLE|PRAGMA\s|BEGIN\s+IMMEDIATE|WITH\s.+\sSELECT)\b", re.DOTALL)  # fmt: skip


def source_files() -> list[str]:
    """Give the Python files of the package by their real path, not by the symlinks inside engrep/."""
    paths = [path.relative_to(PROJECT).as_posix() for folder in FOLDERS for path in (PROJECT / folder).glob("*.py")]
    deeper = [
        path.relative_to(PROJECT).as_posix() for folder in FOLDERS for path in (PROJECT / folder).glob("[!.]*/**/*.py")
    ]
    return sorted({*paths, *(path for path in deeper if path.split("/")[1] not in FOLDERS)})


def project_files() -> list[str]:
    """Give every Python file of the project, with its tests, its docs' programs and its training."""
    beside = [path for folder in ("docs", "tests", "training") for path in (PROJECT / folder).rglob("*.py")]
    return [*source_files(), *sorted(path.relative_to(PROJECT).as_posix() for path in beside)]


def floor(path: str) -> int:
    """Give the floor of a file: 0 plain data, 1 indexers, 2 state, 3 ranking, 4 façade, 5 agents and eval, 6 doors."""
    top = path.split("/", maxsplit=1)[0]
    if path in DATA or path.endswith("/__init__.py"):
        return 6 if top == "engrep" else 0
    if top == "engine":
        return 4 if path == "engine/memory.py" else 2 if STATE.fullmatch(path) else 3
    return {"indexers": 1, "agents": 5, "eval": 5, "engrep": 6}[top]


def imported(node: ast.AST) -> Iterator[str]:
    """Give the modules that one import statement names, with every member as a possible module."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and node.module:
        yield node.module
        yield from (f"{node.module}.{alias.name}" for alias in node.names)


def file_of(module: str) -> str | None:
    """Give the file of one of our modules: `engrep.engine.store` is `engine/store.py`."""
    parts = module.split(".")
    if parts[0] != "engrep":
        return None
    inside = parts[1:] if len(parts) > 1 and parts[1] in FOLDERS else parts
    candidates = ("/".join(inside) + ".py", "/".join(inside) + "/__init__.py")
    return next((path for path in candidates if (PROJECT / path).is_file()), None)


def tree(path: str) -> ast.Module:
    """Parse a source file."""
    return ast.parse((PROJECT / path).read_text(encoding="utf-8"), path)


def at_import(module: ast.Module) -> Iterator[ast.stmt]:
    """Give the statements that run at import, without those that only type checkers read."""
    for statement in module.body:
        if isinstance(statement, ast.If):
            if "TYPE_CHECKING" not in ast.dump(statement.test):
                yield from statement.body
            continue
        yield statement


@pytest.mark.parametrize("path", source_files())
def test_a_file_imports_from_lower_floors_only(path: str) -> None:
    """No file reaches up: not at import, not inside a function, not for a type."""
    for node in ast.walk(tree(path)):
        for module in imported(node):
            target = file_of(module)
            assert target is None or floor(target) <= floor(path), f"{path} imports {module}"
            assert not path.startswith("agents/") or not module.startswith("engrep.eval"), f"{path} imports {module}"


@pytest.mark.parametrize("path", source_files())
def test_only_the_store_speaks_to_the_database(path: str) -> None:
    """The driver is imported in engine/db.py only, and SQL is written in the store modules only."""
    may_speak_sql = path in {"engine/db.py", *MEASURED_AGAINST} or re.fullmatch(
        r"engine/(store|store_\w+|schema)\.py", path
    )
    for node in ast.walk(tree(path)):
        drivers = {module.split(".")[0] for module in imported(node)} & {"apsw", "sqlite3"}
        assert not drivers or path in {"engine/db.py", *MEASURED_AGAINST}, f"{path} imports {drivers}"
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            assert may_speak_sql or not SQL.match(node.value), f"{path}:{node.lineno} holds SQL"


@pytest.mark.parametrize("path", source_files())
def test_only_named_files_reach_the_network(path: str) -> None:
    """Only the clients of embedding, model and MCP servers open connections, and only the loader of transformers asks a hub."""
    for node in ast.walk(tree(path)):
        for module in imported(node):
            for network, allowed in NETWORK.items():
                reaches = module == network or module.startswith(network + ".")
                assert not reaches or path in allowed, f"{path} imports {module}"


@pytest.mark.parametrize("path", [path for path in source_files() if path.startswith("engrep/")])
def test_doors_load_heavy_libraries_late(path: str) -> None:
    """A door imports neither a heavy library nor the façade at module level; only the CLI knows typer."""
    for statement in at_import(tree(path)):
        modules = set(imported(statement))
        heavy = {module.split(".")[0] for module in modules} & DOORS_LOAD_LATER
        assert not heavy - ({"rich"} if path in DRAWING else set()), f"{path} imports {heavy}"
        assert "engrep.engine.memory" not in modules, path
    if not re.fullmatch(r"engrep/(cli\w*|options)\.py", path):
        assert not any("typer" in module.split(".") for node in ast.walk(tree(path)) for module in imported(node)), path


@pytest.mark.parametrize("path", source_files())
def test_only_the_mcp_door_knows_its_sdk(path: str) -> None:
    """The SDK is named by the MCP server, which nothing but its command imports, and by the chat's client; the viewer knows the rest."""
    is_door = re.fullmatch(r"engrep/mcp_\w+\.py", path)
    known = {"starlette", "uvicorn"} if re.match(r"engrep/(viewer/|loopback|cli_serve)", path) else set[str]()
    known |= {"pydantic"} if path.startswith("agents/") else set()
    known |= {"mcp", "anyio"} if path == "agents/mcp_client.py" else set()
    for node in ast.walk(tree(path)):
        for module in imported(node):
            assert is_door or module.split(".")[0] not in SERVING - known, f"{path} imports {module}"
            assert is_door or path == "engrep/cli_mcp.py" or not module.startswith("engrep.mcp_"), (
                f"{path} imports {module}"
            )


@pytest.mark.parametrize("path", [path for path in source_files() if not path.startswith(("engrep/", "eval/"))])
def test_the_library_never_prints(path: str) -> None:
    """Only the doors, and the evaluation runs, write to the terminal."""
    calls = [node.func for node in ast.walk(tree(path)) if isinstance(node, ast.Call)]
    assert not [call for call in calls if isinstance(call, ast.Name) and call.id == "print"]


def test_a_file_is_read_in_one_sitting() -> None:
    """No file is longer than 300 lines; one that grows over them is split by noun."""
    files = project_files()
    assert {"engine/types.py", "docs/generate.py", "tests/test_floors.py", "training/train.py"} <= set(files)
    lengths = {path: len((PROJECT / path).read_text(encoding="utf-8").splitlines()) for path in files}
    assert {path: length for path, length in lengths.items() if length > MOST_LINES} == {}


def test_the_floors_cover_real_files() -> None:
    """The checks above look at the whole package."""
    files = source_files()
    assert {"indexers/facts.py", "engine/types.py", "engrep/cli.py"} <= set(files)
    assert not [path for path in files if path.startswith("engrep/engine")]
    assert file_of("engrep.engine.types") == "engine/types.py"
    assert SQL.match("\n  SELECT id FROM file")
    assert set(files) >= MEASURED_AGAINST
