"""The instruction files that hold where an asker stands: read as they are now, never copied, never written.

    found = Instructions(root).files(["billing"])       CLAUDE.md, billing/AGENTS.md, what they import, the user's own

Which files a program reads is its own rule: Claude Code and Gemini CLI take one in every folder from the root down, with
imports; Codex one in every folder, the override first, 32 KiB in all; Cursor its rules. Text of a file is kept while its
size and time stay the same, so that asking again costs a stat a file.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from engrep.engine.memory_types import Entry
from engrep.indexers.secret_files import holds_secrets

if TYPE_CHECKING:
    from engrep.indexers.instructions import Page

CLAUDE, CODEX, GEMINI, CURSOR, COPILOT = "claude", "codex", "gemini", "cursor", "vscode"
LOADED_BY = {CURSOR: {CURSOR, CODEX}, COPILOT: {COPILOT, CODEX}}  # whose files a program reads, beside its own
PROJECT_FILES = (
    (CLAUDE, ("CLAUDE.md", ".claude/CLAUDE.md", ".claude/rules/**/*.md", "CLAUDE.local.md")),
    (GEMINI, ("GEMINI.md",)),
    (CURSOR, (".cursorrules", ".cursor/rules/**/*.mdc")),
    (COPILOT, (".github/copilot-instructions.md", ".github/instructions/**/*.instructions.md")),
)
OVERRIDE, AGENTS = "AGENTS.override.md", "AGENTS.md"
IMPORTING = frozenset({CLAUDE, GEMINI})
MAX_DEPTH = 5  # of imports
CODEX_BYTES = 32 * 1024  # of all its files together
MAX_BYTES = 256 * 1024  # read of one file
MAX_FILES = 200
_PROSE = frozenset({".md", ".mdc", ".markdown", ".txt"})  # all that is imported from outside the root
_SHOWN_FOLDERS = frozenset({".claude", ".codex", ".gemini", ".cursor", ".config", ".agents"})


@dataclass(frozen=True, slots=True)
class InstructionFile:
    """One file as it stands, and for what it holds."""

    path: Path
    shown: str  # below the root, or below the home as ~/…
    folder: str  # of the root, that it holds for; '' for all of it
    programs: frozenset[str]
    is_own: bool  # the user's, whatever the project
    at: str  # when it was changed
    page: Page = field(repr=False)

    def entries(self) -> Iterator[Entry]:
        """Yield what the file says, as memories are compared and shown; the id is the place."""
        scope = "user" if self.is_own else "module" if self.folder else "project"
        for each in self.page.statements:
            yield Entry(
                f"{self.shown}:{each.line}", "constraint", each.heading, each.text, scope=scope,
                place=self.folder if scope == "module" else "", trust="verified", pinned=True, valid_from=self.at,
            )  # fmt: skip


class Instructions:
    """The instruction files of one root; it keeps what it has read."""

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()
        self._pages: dict[tuple[Path, int], tuple[tuple[int, int], Page]] = {}

    def files(self, folders: Collection[str] = ()) -> list[InstructionFile]:
        """Return the files that hold in some folders of the root, the widest first; each once."""
        found: dict[Path, InstructionFile] = {}
        self._add(found, self._own())
        for folder in _chain(folders):
            if len(found) < MAX_FILES:
                self._add(found, self._of(folder, tuple(found.values())))
        return list(found.values())

    def _add(self, found: dict[Path, InstructionFile], files: Iterable[InstructionFile]) -> None:
        for each in files:
            for one in self._with_imports(each, MAX_DEPTH, frozenset()):
                known = found.get(one.path)
                found[one.path] = replace(known, programs=known.programs | one.programs) if known else one

    def _own(self) -> Iterator[InstructionFile]:
        """Yield what the user tells every project."""
        home = _home()
        claude = Path(os.environ.get("CLAUDE_CONFIG_DIR") or home / ".claude").expanduser()
        codex = Path(os.environ.get("CODEX_HOME") or home / ".codex").expanduser()
        places = [(CLAUDE, claude / "CLAUDE.md"), *((CLAUDE, each) for each in _globbed(claude, "rules/**/*.md"))]
        places.append(
            (CODEX, next((each for each in (codex / OVERRIDE, codex / AGENTS) if _size(each)), codex / AGENTS))
        )
        places.append((GEMINI, home / ".gemini" / "GEMINI.md"))
        for program, path in places:
            yield from self._read(path, "", program, is_own=True)

    def _of(self, folder: str, before: Iterable[InstructionFile]) -> Iterator[InstructionFile]:
        """Yield the files that stand in a folder of the root."""
        where = self._root / folder if folder else self._root
        for program, names in PROJECT_FILES:
            for name in names:
                for path in filter(self._is_ours, _globbed(where, name) if "*" in name else (where / name,)):
                    yield from self._read(path, folder, program)
        path = next((each for each in (where / OVERRIDE, where / AGENTS) if _size(each)), where / AGENTS)
        above = {each.path: each for each in before if CODEX in each.programs and not each.is_own}
        used = sum(
            _size(each.path) for each in above.values() if f"{folder}/".startswith(f"{each.folder}/".lstrip("/"))
        )
        if used < CODEX_BYTES and self._is_ours(path):
            yield from self._read(path, folder, CODEX, most=CODEX_BYTES - used)

    def _read(
        self, path: Path, folder: str, program: str, *, is_own: bool = False, most: int = MAX_BYTES
    ) -> Iterator[InstructionFile]:
        """Yield a file, unless it is not there or cannot be read."""
        try:
            real = path.resolve()
            status = real.stat()
            key, mark = (real, most), (status.st_mtime_ns, status.st_size)
            known = self._pages.get(key)
            if known is None or known[0] != mark:
                from engrep.indexers.instructions import page_of
                from engrep.indexers.redact import redact  # a session that begins without any file loads neither

                with real.open("rb") as file:
                    text = file.read(most).decode("utf-8", "replace")
                known = self._pages[key] = mark, page_of(redact(text, path=str(real)).text)
        except (OSError, ValueError, RuntimeError):  # a folder, a loop of links
            return
        from datetime import UTC, datetime

        at = f"{datetime.fromtimestamp(status.st_mtime, UTC):%Y-%m-%dT%H:%M:%SZ}"
        yield InstructionFile(real, self._shown(real), folder, frozenset({program}), is_own, at, known[1])

    def _with_imports(self, file: InstructionFile, depth: int, above: frozenset[Path]) -> Iterator[InstructionFile]:
        """Yield a file and all that it imports; what imports itself is read once."""
        yield file
        if not depth or not file.programs & IMPORTING:
            return
        above |= {file.path}
        for written in file.page.imports[:MAX_FILES]:
            for path in _spellings(file.path.parent, written):
                if not self._may_import(path):
                    continue
                read = list(self._read(path, file.folder, *file.programs, is_own=file.is_own))
                for each in read:
                    if each.path not in above:
                        yield from self._with_imports(each, depth - 1, above)
                if read:
                    break

    def _may_import(self, path: Path) -> bool:
        """Tell whether a file may be read because another names it: prose below the home, or any text of the root."""
        if self._is_ours(path):
            return True
        real, home = _real(path), _home()
        if (
            real is None
            or not real.is_relative_to(home)
            or real.suffix.lower() not in _PROSE
            or holds_secrets(str(real))
        ):
            return False
        return all(not part.startswith(".") or part in _SHOWN_FOLDERS for part in real.relative_to(home).parts)

    def _is_ours(self, path: Path) -> bool:
        """Tell whether a path leads to a file of the root, and to none that holds nothing but secrets."""
        real = _real(path)
        return real is not None and real.is_relative_to(self._root) and not holds_secrets(str(real))

    def _shown(self, real: Path) -> str:
        if real.is_relative_to(self._root):
            return real.relative_to(self._root).as_posix()
        home = _home()
        return f"~/{real.relative_to(home).as_posix()}" if real.is_relative_to(home) else real.as_posix()


def loaded_by(program: str) -> frozenset[str]:
    """Return the programs whose files a program puts before its model by itself."""
    return frozenset(LOADED_BY.get(program, {program}))


def holds_for(file: InstructionFile, path: str) -> bool:
    """Tell whether a file says something about a file of the root: by its folder and its globs; '' is any file."""
    if not path or not file.page.globs:
        return True
    below = PurePosixPath(path).relative_to(file.folder).as_posix() if path.startswith(f"{file.folder}/") else path
    return any(_matches(each, below) for glob in file.page.globs for each in _alternatives(glob))


def _matches(glob: str, path: str) -> bool:
    from fnmatch import fnmatchcase

    wanted = glob.removeprefix("/")
    tails = (path, PurePosixPath(path).name) if "/" not in wanted else (path,)
    return any(fnmatchcase(tail, each) for tail in tails for each in (wanted, wanted.replace("**/", "")))


def _alternatives(glob: str) -> list[str]:
    """Return what `{a,b}` in a glob stands for."""
    head, brace, rest = glob.partition("{")
    inside, close, tail = rest.partition("}")
    if not brace or not close:
        return [glob]
    return [whole for each in inside.split(",") for whole in _alternatives(f"{head}{each}{tail}")]


def _chain(folders: Collection[str]) -> list[str]:
    """Return folders and all above them, the root's own ('') first."""
    found = {""}
    for folder in folders:
        parts = PurePosixPath(folder).parts
        if ".." not in parts and not folder.startswith("/"):
            found.update("/".join(parts[:n]) for n in range(1, len(parts) + 1))
    return sorted(found, key=lambda folder: (folder.count("/") + bool(folder), folder))


def _spellings(folder: Path, written: str) -> Iterator[Path]:
    """Yield the paths that an import may mean: as it is written, and without the full stop behind it."""
    for each in dict.fromkeys((written, written.rstrip(".,;:!?)\"'*_"))):
        if each:
            yield _home() / each[2:] if each.startswith("~/") else folder / each


def _globbed(folder: Path, pattern: str) -> list[Path]:
    head = folder / pattern.partition("*")[0]
    try:
        return sorted(folder.glob(pattern))[:MAX_FILES] if head.is_dir() else []
    except OSError:
        return []


def _real(path: Path) -> Path | None:
    try:
        # Most of the names that are looked for are not there, and to resolve one takes a look at each folder above it.
        return path.resolve() if os.path.lexists(path) else None
    except (OSError, ValueError, RuntimeError):  # a loop of links, a name with a NUL
        return None


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _home() -> Path:
    return Path.home().resolve()
