"""What tests share: repositories written as one string with many files, and the real command line."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING, Protocol

import numpy as np
import pytest

if TYPE_CHECKING:
    from openai_server import ModelServer
    from shelves import Shelf

PROJECT = Path(__file__).resolve().parent.parent


def write_files(folder: Path, text: str) -> Path:
    """Write the files that a text describes: each starts after a line `#- path`."""
    path, lines = None, list[str]()
    for line in [*dedent(text).splitlines(), "#- "]:
        if not line.startswith("#- "):
            lines.append(line)
            continue
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("\n".join(lines).strip("\n") + "\n", encoding="utf-8")
        path, lines = folder / line[3:].strip(), []
    return folder


def write_model(path: Path, seed: int = 1) -> Path:
    """Write a small random embedding model and give its path."""
    words = "retry backoff payment request charge card client server list length shop base helper timer seconds".split()
    rows = np.random.default_rng(seed).integers(0, 256, (len(words), 8)).astype(np.uint8)
    card = json.dumps({"name": path.stem, "hash": f"seed{seed}"}).encode()
    tokens, described = (np.frombuffer(text, np.uint8) for text in ("\n".join(words).encode(), card))
    np.savez(path, rows=rows, scales=np.full((len(words), 2), 0.01, np.float16), tokens=tokens, card=described)
    return path


def git(folder: Path, *arguments: str) -> str:
    """Run git in a folder, with an identity and without the user's settings, and give what it printed."""
    command = ["git", "-c", "user.name=tests", "-c", "user.email=tests@example.org", "-c", "init.defaultBranch=main"]
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    done = subprocess.run(
        [*command, *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout


@pytest.fixture
def server() -> Iterator[ModelServer]:
    """Serve scripted language models; tests of another server have a fixture of their own by this name."""
    from openai_server import serving

    with serving() as running:
        yield running


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make the small project that tests of `engrep run` work on."""
    from scripted_run import project_in

    made = tmp_path / "project"
    made.mkdir()
    return project_in(made)


@pytest.fixture(scope="session", autouse=True)
def _no_traces(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep what a person's own folders hold out of the tests, and the tests out of them."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "HOME", "USERPROFILE"):
            patch.setenv(name, str(tmp_path_factory.mktemp(name.lower())))
        for name in [name for name in os.environ if name.startswith("ENGREP_") and "_EVAL_" not in name]:
            patch.delenv(name)
        patch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
        yield


class MakeRepo(Protocol):
    """Write a text of many files into a new folder; with `git`, commit them."""

    def __call__(self, text: str, *, git: bool = False) -> Path: ...


class Cli(Protocol):
    """Run the command line in a folder."""

    def __call__(
        self, *arguments: str, cwd: Path, stdin: str | None = None, **environment: str
    ) -> subprocess.CompletedProcess[str]: ...


@pytest.fixture
def repo(tmp_path: Path) -> MakeRepo:
    """Make repositories in temporary folders."""

    def make(text: str, *, git: bool = False) -> Path:
        folder = tmp_path / f"repo{len(list(tmp_path.glob('repo*'))) or ''}"
        folder.mkdir()
        write_files(folder, text)
        if git:
            commit_all(folder)
        return folder

    return make


def commit_all(folder: Path) -> None:
    """Put all files of a folder under git in one commit."""
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "first")


def cli_environment(**more: str) -> dict[str, str]:
    """Give the environment of a run: this source tree, and none of the user's settings."""
    settings = {"FORCE_COLOR", "NO_COLOR", "COLUMNS", "ENGREP_HOME", "ENGREP_TRACEBACK"}
    models = re.compile(r"ENGREP_(MODEL\w*|CONFIG)|\w+_API_KEY|OPENAI_\w+")
    inherited = {name: value for name, value in os.environ.items() if name not in settings and not models.match(name)}
    return {**inherited, "PYTHONPATH": str(PROJECT), **more}


@pytest.fixture(scope="session")
def cli() -> Cli:
    """Run the real command line."""

    def run(
        *arguments: str, cwd: Path, stdin: str | None = None, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "engrep", *arguments],
            cwd=cwd,
            input=stdin,
            env=cli_environment(**environment),
            capture_output=True,
            encoding="utf-8",
            timeout=120,
            check=False,
        )

    return run


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, cli: Cli) -> Path:
    """Make a git repository with two namesakes and index it; tests of another shop have a fixture of their own by this name."""
    from retry_shop import shop_in

    return shop_in(tmp_path_factory.mktemp("shop"), cli)


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shelf]:
    """Search without an embedding model, whatever the environment configures."""
    from shelves import shelf_in

    with shelf_in(tmp_path_factory.mktemp("search")) as shelf:
        yield shelf


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make an empty project, and a place of its own for what installations keep."""
    monkeypatch.setenv("ENGREP_HOME", str(tmp_path / "home"))
    folder = tmp_path / "a project"
    (folder / ".git").mkdir(parents=True)
    return folder
