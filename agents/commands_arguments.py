"""What may follow an allowed command: paths inside the project, and no options that load code or settings of another place.

The project's own settings say how its tests run; an option that names others would undo that, wherever they lie.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePosixPath

# Where one target is allowed no second one is, and make reads VAR=VALUE as a variable: only these options may follow.
_OPTIONS = {
    "make": r"-[ikBnsw]+|-j ?\d*|--(?:keep-going|silent|quiet|dry-run|always-make|no-print-directory|jobs=\d+)",
    "mvn": r"-[qoeX]|-am|-fae|-ff|-pl \S+|-D(?:test|it\.test)=\S+",
    "gradle": r"-[qi]|--(?:quiet|info|stacktrace|continue|rerun-tasks|offline)|--tests[ =]\S+",
    "zig": r"-j\d+|--summary \w+|-D(?:optimize|target|test-filter)=\S+",
}
_OPTIONS["gradlew"] = _OPTIONS["gradle"]
_NODE = (
    r"-[rCc].*",
    "config require import loader experimental-loader rootDir script-shell node-options prefix userconfig globalconfig cwd dir",
)
# By program: short options as a pattern (with others written together before them), and names of long ones.
_REFUSED = {
    "pytest": (
        r"-[xsqvhlVdf]*[cpo].*|@.*",
        "config-file rootdir override-ini confcutdir basetemp pyargs pdbcls pastebin import-mode",
    ),
    "mypy": (r"@.*", "config-file python-executable custom-typeshed-dir install-types shadow-file package-root"),
    "ruff": ("", "config"),
    "npm": _NODE, "pnpm": _NODE, "yarn": _NODE, "bun": _NODE,
    "cargo": (r"-[qvhr]*[CZ].*|\+.*", "config manifest-path"),
    "go": (
        r"--?(?:exec|toolexec|overlay|modfile|C|vettool|pkgdir|gcflags|ldflags|asmflags|gccgoflags|compiler)(?:=.*)?", "",
    ),
    "phpunit": (r"-[cd].*", "configuration bootstrap include-path extension printer loader prepend"),
    "rspec": (r"-[rIO].*", "require options default-path"),
    "swift": (r"-[CX].*", "package-path chdir toolchain scratch-path build-path"),
    "mix": (r"-[r].*", "require"),
}  # fmt: skip
_SHORTEST = len("--con")  # of a long option's beginning that argparse and npm take for the whole


def objection(begin: Sequence[str], rest: Sequence[str]) -> str:
    """Return why arguments may not follow the beginning of a command that is allowed, '' where they may."""
    out = next((part for part in rest if leads_out(part)), None)
    if out is not None:
        return f"{out[:80]} leads out of the project"
    names = [PurePosixPath(part).name.removesuffix(".exe") for part in begin]
    program = next((name for name in names if name in _OPTIONS or name in _REFUSED), "")
    if program in _OPTIONS:
        return _other_than_options(program, begin, rest)
    short, long = _REFUSED.get(program, ("", ""))
    bad = next((part for part in rest if re.fullmatch(short, part) or _is_one_of(part, long.split())), None)
    return f"{bad[:80]} has {program} load code or settings other than the project's" if bad else ""


def leads_out(part: str) -> bool:
    """Tell whether an argument names a place outside of the folder it is given in, alone or as the value of an option."""
    places = [*re.split(r"[=:,]", part.replace("\\", "/")), re.sub(r"^(-\w|@)", "", part)]
    return any(place.startswith(("/", "~")) or ".." in place.split("/") for place in places)


def _other_than_options(program: str, begin: Sequence[str], rest: Sequence[str]) -> str:
    has_target = any(not part.startswith("-") for part in begin[1:])
    may = _OPTIONS[program] + ("" if has_target else r"|\w[\w.:-]*")
    if re.fullmatch(rf"(?:(?:{may})(?: |$))*", " ".join(rest)):
        return ""
    return f"{program} takes no other target, variable or file here; of its options: {_OPTIONS[program]}"


def _is_one_of(part: str, names: Sequence[str]) -> bool:
    given = part.partition("=")[0]
    return len(given) >= _SHORTEST and any(f"--{name}".startswith(given) for name in names)
