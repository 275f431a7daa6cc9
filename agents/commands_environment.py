"""The environment of a run's commands: what programs need to be found and to work, and nothing that could be a key."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from engrep.indexers.secret_files import holds_secrets

_KEPT = frozenset(
    "PATH LANG LANGUAGE TZ SYSTEMROOT SYSTEMDRIVE COMSPEC PATHEXT WINDIR PROCESSOR_ARCHITECTURE NUMBER_OF_PROCESSORS "
    "JAVA_HOME JDK_HOME GOROOT GOFLAGS GOTOOLCHAIN RUSTFLAGS CC CXX CFLAGS CXXFLAGS LDFLAGS LD_LIBRARY_PATH DYLD_LIBRARY_PATH "
    "PKG_CONFIG_PATH CONDA_PREFIX VIRTUAL_ENV PYTHONHASHSEED SOURCE_DATE_EPOCH".split()
)
# Where tools keep what they fetched: they cannot fetch it again without a network.
_STORES = {
    "CARGO_HOME": ".cargo", "RUSTUP_HOME": ".rustup", "GOPATH": "go", "GRADLE_RO_DEP_CACHE": ".gradle/caches",
    "NUGET_PACKAGES": ".nuget/packages", "MIX_HOME": ".mix", "HEX_HOME": ".hex",
    "COMPOSER_HOME": ".composer", "GEM_SPEC_CACHE": ".gem/specs",
}  # fmt: skip
_VENVS = (".venv", "venv")
# What a test has no business to read: keys and passwords, and doors to programs that act for the person.
_PRIVATE = (
    ".ssh", ".gnupg", ".aws", ".azure", ".kube", ".docker", ".password-store", ".config/gcloud", ".config/gh",
    ".config/git/credentials", ".local/share/keyrings", ".netrc", ".npmrc", ".pypirc", ".pgpass", ".git-credentials",
    ".cargo/credentials", ".cargo/credentials.toml", ".bash_history", ".zsh_history", ".python_history",
)  # fmt: skip


def environment_for(root: Path, tree: Path, temporary: Path, given: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the variables of a command that runs in a work tree of a root.

    The home and the temporary folder are the run's own; a virtual environment of the root is in front of PATH.
    """
    own = os.environ if given is None else given
    kept = {name: value for name, value in own.items() if name.upper() in _KEPT or name.upper().startswith("LC_")}
    home = Path(own.get("HOME") or own.get("USERPROFILE") or Path.home())
    stores = {
        name: own.get(name) or os.fspath(home / folder)
        for name, folder in _STORES.items()
        if own.get(name) or (home / folder).is_dir()
    }
    place = os.fspath(temporary)
    made = {
        "HOME": place, "USERPROFILE": place, "TMPDIR": place, "TEMP": place, "TMP": place, "XDG_CACHE_HOME": place,
        "TERM": "dumb", "NO_COLOR": "1", "CI": "1", "PAGER": "cat", "GIT_PAGER": "cat", "GIT_TERMINAL_PROMPT": "0",
        # A file that is changed twice within a second keeps its time stamp, and Python would run the older one.
        "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": os.pathsep.join(map(os.fspath, _sources(tree))),
        "CARGO_NET_OFFLINE": "true", "npm_config_offline": "true", "GRADLE_USER_HOME": os.path.join(place, ".gradle"),  # noqa: PTH118
    }  # fmt: skip
    scripts = [os.fspath(each) for each in _scripts(root)]
    path = os.pathsep.join([*scripts, own.get("PATH", os.defpath)])
    return {**kept, **stores, **made, "PATH": path}


def hidden_from(root: Path, given: Mapping[str, str] | None = None) -> tuple[Path, ...]:
    """Return what a command may not even read: the person's keys, the root's files of secrets, sockets of agents."""
    own = os.environ if given is None else given
    home = Path(own.get("HOME") or own.get("USERPROFILE") or Path.home())
    doors = [Path("/run/docker.sock"), Path("/run/user")]
    agent = [Path(own["SSH_AUTH_SOCK"])] if own.get("SSH_AUTH_SOCK") else []
    secret = [path for path in (*root.glob("*"), *root.glob(".*")) if holds_secrets(path.name)]
    return tuple(path for path in (*(home / name for name in _PRIVATE), *doors, *agent, *secret) if path.exists())


def writable_for(tree: Path, temporary: Path) -> tuple[Path, ...]:
    """Return where a command may write: its work tree and its temporary folder.

    Not the stores of build tools: programs and settings lie there that the person's next build would run. Not /dev/pts
    either: the person's own terminals are there.
    """
    devices = [Path(name) for name in ("/dev/null", "/dev/zero", "/dev/full", "/dev/tty", "/dev/shm")]  # noqa: S108 - a device
    return (tree, temporary, *devices)


def python_for(root: Path, given: Mapping[str, str] | None = None) -> str:
    """Return the Python of a project: of its virtual environment, of the one that is active, else python3 as PATH has it."""
    own = os.environ if given is None else given
    active = [Path(own["VIRTUAL_ENV"])] if own.get("VIRTUAL_ENV") else []
    for folder in (*(root / name for name in _VENVS), *active):
        for program in (folder / "bin" / "python", folder / "Scripts" / "python.exe"):
            if program.is_file():
                return os.fspath(program)
    return "python" if os.name == "nt" else "python3"


def _scripts(root: Path) -> list[Path]:
    folders = [root / name / part for name in _VENVS for part in ("bin", "Scripts")]
    return [each for each in folders if each.is_dir()]


def _sources(tree: Path) -> list[Path]:
    """Return the folders that Python imports from first: the run's, so that an editable install of the root is not tested."""
    return [tree, *(tree / name for name in ("src", "lib") if (tree / name).is_dir())]
