"""Git as the workflow uses it: plumbing alone, so that a repository's own hooks, filters and programs are never started.

A repository is a stranger's: its configuration may name programs for hooks, for the file monitor, for comparing, for signing
and for turning files into other files when they are checked out. Each of them is switched off for every call here.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from engrep.engine.errors import StateError

PATIENCE = 300.0  # seconds for one command: a checkout of a very large tree
_INHERITED = ("PATH", "HOME", "USERPROFILE", "SYSTEMROOT", "TMPDIR", "TEMP", "TMP", "XDG_CONFIG_HOME")
_NO_HOOKS = os.devnull
_PLAIN = (
    f"core.hooksPath={_NO_HOOKS}", "core.fsmonitor=false", "core.quotePath=false", "core.untrackedCache=false",
    "core.attributesFile=", "core.symlinks=true", "commit.gpgSign=false", "tag.gpgSign=false", "diff.external=",
    "protocol.allow=never", "gc.auto=0", "maintenance.auto=false", "submodule.recurse=false", "core.autocrlf=false",
    "core.safecrlf=false", "diff.noprefix=false", "diff.mnemonicPrefix=false", "advice.detachedHead=false",
    "core.sparseCheckout=false", "core.splitIndex=false",
)  # fmt: skip


class Git:
    """Runs git on one repository, from one folder of it."""

    def __init__(self, folder: Path, *, index: Path | None = None, home: Path | None = None) -> None:
        self.folder = folder
        self._index, self._home = index, home
        self._filters: tuple[str, ...] | None = None

    def at(self, folder: Path, index: Path, home: Path) -> Git:
        """Return the same for a work tree of the repository whose own folder in it is `home`, with an index of its own.

        What the work tree itself says of where its repository is does not count: commands of a run can write it.
        """
        other = Git(folder, index=index, home=home)
        other._filters = self._filters
        return other

    def run(self, *arguments: str, stdin: bytes | None = None, variables: Mapping[str, str] | None = None) -> bytes:
        """Return what a command prints.

        Raises:
            StateError: git is not there, fails, or takes far too long.

        """
        done = self.tried(*arguments, stdin=stdin, variables=variables)
        if done.returncode:
            told = done.stderr.decode("utf-8", "replace").strip().splitlines()
            message = f"git {arguments[0]} failed in {self.folder}: {told[-1] if told else done.returncode}"
            raise StateError(message)
        return done.stdout

    def text(self, *arguments: str, variables: Mapping[str, str] | None = None) -> str:
        """Return what a command prints, as text without the last line end; raises as `run`."""
        return os.fsdecode(self.run(*arguments, variables=variables)).rstrip("\n")

    def tried(
        self, *arguments: str, stdin: bytes | None = None, variables: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[bytes]:
        """Run a command that may fail; raises StateError only where git cannot be run at all."""
        if self._filters is None:
            self._filters = ()  # while it is asked
            self._filters = self._switched_off()
        settings = [part for each in (*_PLAIN, *self._filters) for part in ("-c", each)]
        try:
            return subprocess.run(
                ["git", *settings, *arguments], cwd=self.folder, env=self._environment(variables or {}), input=stdin or b"",
                capture_output=True, timeout=PATIENCE, check=False,
            )  # fmt: skip
        except FileNotFoundError as exc:
            message = "git is not installed: a run keeps its work in a git work tree of its own"
            raise StateError(message) from exc
        except subprocess.TimeoutExpired as exc:
            message = f"git {arguments[0]} took more than {PATIENCE:.0f} s in {self.folder}"
            raise StateError(message) from exc

    def _environment(self, more: Mapping[str, str]) -> dict[str, str]:
        """Return an environment in which no variable of a hook or of a person names another repository or program."""
        kept = {name: os.environ[name] for name in _INHERITED if name in os.environ}
        own = {"GIT_INDEX_FILE": os.fspath(self._index)} if self._index else {}
        if self._home:
            own |= {"GIT_DIR": os.fspath(self._home), "GIT_WORK_TREE": os.fspath(self.folder)}
        quiet = {"GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C", "GIT_EDITOR": "true"}
        return {**kept, **quiet, **own, **more}

    def _switched_off(self) -> tuple[str, ...]:
        """Return settings that take the programs of all filters and merge drivers away, whoever configured them."""
        told = self.tried("config", "--name-only", "--get-regexp", r"^(filter|merge|diff)\..*\.").stdout
        names = dict.fromkeys(os.fsdecode(told).split("\n"))
        drivers = dict.fromkeys(name.rpartition(".")[0] for name in names if name.startswith("filter."))
        off = [f"{driver}.{each}" for driver in drivers for each in ("smudge=", "clean=", "process=", "required=false")]
        programs = ("textconv", "command", "driver")
        return (*off, *(f"{name}=" for name in names if name.rpartition(".")[2].lower() in programs))
