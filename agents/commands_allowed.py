"""Which commands a run may start: the project's own test runners and build tools as they are found, and what `--allow` adds."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from engrep.agents.commands_arguments import objection
from engrep.agents.commands_environment import python_for
from engrep.agents.workspace_paths import RefusedError
from engrep.engine.errors import UsageError

MOST_ARGUMENTS = 64
_MOST_BYTES = 1 << 20
_SHELL = re.compile(r"^(&&|\|\|?|;|&|[0-9]?[<>]{1,2}.*)$|`|\$\(|[\n\0]")
_TARGET = re.compile(r"^([a-z][\w-]*)\s*:(?!=)", re.MULTILINE)
_TARGETS = ("test", "tests", "check", "lint", "build", "typecheck", "unit")
_SCRIPTS = ("test", "lint", "build", "typecheck", "check", "unit")


@dataclass(frozen=True, slots=True)
class Commands:
    """What a project's tests are run with, and how allowed commands begin."""

    test: tuple[str, ...]  # () where no test runner was found
    allowed: tuple[tuple[str, ...], ...]

    def checked(self, argv: Sequence[str]) -> tuple[str, ...]:
        """Return a command as it may run.

        Raises:
            RefusedError: it begins like none that is allowed, is meant for a shell, or names a place outside.

        """
        given = tuple(argv)
        shown = shlex.join(given)[:200]
        if not given or len(given) > MOST_ARGUMENTS:
            raise RefusedError(f"`{shown}`: a command has 1 to {MOST_ARGUMENTS} parts")
        bad = next((part for part in given if _SHELL.search(part)), None)
        if bad is not None:
            raise RefusedError(
                f"`{shown}`: no shell reads it, so {bad[:40]!r} means nothing; give one program and its arguments"
            )
        begins = [begin for begin in self.allowed if given[: len(begin)] == begin]
        if not begins:
            known = ", ".join(f"`{shlex.join(begin)}`" for begin in self.allowed) or "none"
            raise RefusedError(f"`{shown}` is not allowed here; allowed are {known}, with further arguments")
        against = [objection(begin, given[len(begin) :]) for begin in begins]
        if all(against):
            raise RefusedError(f"`{shown}`: {against[-1]}")
        return given


def commands_of(root: Path, test: str | None = None, allow: Sequence[str] = ()) -> Commands:
    """Return what a project's files say about its tests; `test` and `allow` are commands that the person gives.

    Raises:
        UsageError: one of them is no command.

    """
    found = list(_found(root))
    given = [_split(each, "--allow") for each in allow]
    if test is not None:
        own = _split(test, "--test")
        return Commands(own, tuple(dict.fromkeys((own, *(argv for argv, _ in found), *given))))
    first = next((argv for argv, is_test in found if is_test), ())
    return Commands(first, tuple(dict.fromkeys((*(argv for argv, _ in found), *given))))


def _found(root: Path) -> Iterator[tuple[tuple[str, ...], bool]]:
    """Give commands, each with whether it is the project's tests or only may run."""
    yield from _of_python(root)
    yield from _of_node(root)

    def gradle(program: str) -> tuple[tuple[str, ...], ...]:
        return ((program, "--offline", "check"), (program, "--offline", "build"))

    simple = (
        ("Cargo.toml", ("cargo", "test"), (("cargo", "check"), ("cargo", "build"), ("cargo", "clippy"))),
        ("go.mod", ("go", "test", "./..."), (("go", "test"), ("go", "build"), ("go", "vet"))),
        ("pom.xml", ("mvn", "-q", "-o", "test"), (("mvn", "-q", "-o", "compile"),)),
        ("gradlew", ("./gradlew", "--offline", "test"), gradle("./gradlew")),
        ("build.gradle", ("gradle", "--offline", "test"), gradle("gradle")),
        ("build.gradle.kts", ("gradle", "--offline", "test"), gradle("gradle")),
        ("mix.exs", ("mix", "test"), (("mix", "compile"),)),
        ("phpunit.xml", ("vendor/bin/phpunit",), ()),
        ("phpunit.xml.dist", ("vendor/bin/phpunit",), ()),
        (".rspec", ("bundle", "exec", "rspec"), ()),
        ("Package.swift", ("swift", "test"), (("swift", "build"),)),
        ("build.zig", ("zig", "build", "test"), (("zig", "build"),)),
    )
    for name, tests, others in simple:
        if (root / name).is_file():
            yield tests, True
            yield from ((other, False) for other in others)
    yield from _of_make(root)


def _of_python(root: Path) -> Iterator[tuple[tuple[str, ...], bool]]:
    python = python_for(root)
    told = {name: _text(root / name) for name in ("pyproject.toml", "pytest.ini", "setup.cfg", "tox.ini")}
    is_said = any("pytest" in text for text in told.values())
    if is_said or _test_files(root):
        uses = is_said or any("pytest" in _text(path) or "TestCase" not in _text(path) for path in _test_files(root))
        if uses:
            yield (python, "-m", "pytest", "-q"), True
            yield (python, "-m", "pytest"), False
        else:
            yield (python, "-m", "unittest", "discover", "-q"), True
        yield (python, "-m", "unittest"), False
    if "mypy" in told["pyproject.toml"]:
        yield (python, "-m", "mypy"), False
    if "ruff" in told["pyproject.toml"]:
        yield (python, "-m", "ruff", "check"), False


def _of_node(root: Path) -> Iterator[tuple[tuple[str, ...], bool]]:
    try:
        scripts = json.loads(_text(root / "package.json") or "{}").get("scripts", {})
    except (ValueError, AttributeError):
        return
    locks = (("pnpm-lock.yaml", "pnpm"), ("yarn.lock", "yarn"), ("bun.lockb", "bun"))
    program = next((each for lock, each in locks if (root / lock).exists()), "npm")
    if isinstance(scripts, dict):
        if "test" in scripts and "no test specified" not in str(scripts["test"]):
            yield (program, "test"), True
        yield from (((program, "run", each), False) for each in _SCRIPTS if each in scripts)


def _of_make(root: Path) -> Iterator[tuple[tuple[str, ...], bool]]:
    for name in ("Makefile", "makefile", "GNUmakefile"):
        targets = set(_TARGET.findall(_text(root / name)))
        if targets:
            yield from ((("make", each), each == "test") for each in _TARGETS if each in targets)
            return


def _test_files(root: Path) -> list[Path]:
    found = (path for folder in (root / "tests", root / "test", root) for path in sorted(folder.glob("test_*.py")))
    return [path for path, _ in zip(found, range(20), strict=False)]


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(_MOST_BYTES).decode("utf-8", "replace")
    except OSError:
        return ""


def _split(command: str, option: str) -> tuple[str, ...]:
    try:
        parts = tuple(shlex.split(command))
    except ValueError as exc:
        message = f"{option} {command!r} is no command: {exc}"
        raise UsageError(message) from exc
    bad = next((part for part in parts if _SHELL.search(part)), None)
    if not parts or bad is not None:
        why = f"no shell reads it, so {bad} means nothing: put it into a script" if bad else "it is empty"
        message = f"{option} {command!r} is no command: {why}"
        raise UsageError(message)
    return parts
