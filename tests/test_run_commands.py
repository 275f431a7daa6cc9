"""Commands of a run: no shell, no keys, no network, within limits, and gone with all that they started."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from engrep.agents import commands
from engrep.agents.commands import Bounds, Ran, run
from engrep.agents.commands_allowed import commands_of
from engrep.agents.commands_environment import environment_for, python_for, writable_for
from engrep.agents.workspace_paths import RefusedError
from engrep.engine.errors import UsageError

if TYPE_CHECKING:
    from conftest import MakeRepo

linux = pytest.mark.skipif(sys.platform != "linux", reason="Linux gives these protections")
posix = pytest.mark.skipif(os.name == "nt", reason="POSIX limits")


def ran(folder: Path, code: str, bounds: Bounds | None = None, **given: str) -> Ran:
    """Run a Python program as a run would."""
    for name in ("tree", "tmp"):
        (folder / name).mkdir(exist_ok=True)
    own = {"PATH": os.environ["PATH"], "HOME": str(folder / "home"), **given}
    environment = environment_for(folder, folder / "tree", folder / "tmp", own)
    writable = writable_for(folder / "tree", folder / "tmp")
    return run((sys.executable, "-c", code), folder / "tree", environment, writable, bounds)


def test_exit_codes_and_output_come_back(tmp_path: Path) -> None:
    """What a command prints and how it ends is told; keys in its output are not."""
    done = ran(tmp_path, "import sys; print('out', 'ghp_' + 'a1' * 15); print('err', file=sys.stderr); sys.exit(3)")
    assert (done.code, done.ended, done.is_passed, done.said) == (3, "exit", False, "exit 3")
    assert "out [REDACTED:github-token:" in done.output
    assert "err" in done.output
    assert ran(tmp_path, "").is_passed


def test_no_key_of_the_person_reaches_a_command(tmp_path: Path) -> None:
    """The environment is what programs need, with a home of its own."""
    done = ran(tmp_path, "import os; print(dict(os.environ))", OPENAI_API_KEY="sk-1", MY_TOKEN="t", PYTHONSTARTUP="x")  # noqa: S106 - no secret
    assert "OPENAI" not in done.output
    assert "TOKEN" not in done.output
    assert "PYTHONSTARTUP" not in done.output
    assert str(tmp_path / "home") not in done.output.replace(str(tmp_path / "tmp"), "")


def test_a_command_that_hangs_or_floods_is_ended(tmp_path: Path) -> None:
    """Time and output are limited; what is kept of long output is its beginning and its end."""
    late = ran(tmp_path, "import time; print('begun', flush=True); time.sleep(60)", Bounds(seconds=1.0))
    assert (late.ended, late.is_passed, "begun" in late.output) == ("time", False, True)
    flood = ran(tmp_path, "while True: print('x' * 1000)", Bounds(seconds=30, output=1 << 20))
    assert (flood.ended, flood.is_passed) == ("output", False)
    long = ran(tmp_path, "print('first'); print('x' * 900_000); print('last')")
    assert len(long.output) < 400_000
    assert (long.output[:5], long.output[-5:-1]) == ("first", "last")


@posix
def test_memory_is_limited(tmp_path: Path) -> None:
    """A process that wants more than it may have does not get it."""
    done = ran(tmp_path, "x = bytearray(1 << 30); x[::4096] = b'1' * len(x[::4096])", Bounds(memory=256 << 20))
    assert not done.is_passed or sys.platform == "darwin"


@posix
def test_what_a_command_leaves_behind_is_ended(tmp_path: Path) -> None:
    """A background process goes with its command, on Linux even when it left the session."""
    session = "True" if sys.platform == "linux" else "False"
    writes = "import time, sys; time.sleep(2); open('late', 'w').write('x')"
    code = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {writes!r}], start_new_session={session})"
    assert ran(tmp_path, code).is_passed
    time.sleep(2.5)
    assert not (tmp_path / "tree/late").exists()


KILLS_ITS_GUARD = (
    "import os, signal, time\n"
    "for sign in (signal.SIGSTOP, signal.SIGKILL):\n"
    "    try: os.kill(os.getppid(), sign)\n"
    "    except OSError: pass\n"
    "time.sleep(30)\n"
)


@linux
def test_a_command_cannot_end_or_stop_what_watches_it(tmp_path: Path) -> None:
    """Seen: it killed the process that keeps its time, went on for as long as it liked, and the run waited for it."""
    begun = time.monotonic()
    done = ran(tmp_path, KILLS_ITS_GUARD, Bounds(seconds=1))
    assert (done.is_passed, time.monotonic() - begun < 10) == (False, True)


@linux
def test_without_any_protection_a_run_still_waits_no_longer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a system that takes nothing away, what hides and holds the output is not waited for when the guard is gone."""
    bare = tmp_path / "guard.py"
    text = commands.GUARD.read_text(encoding="utf-8")
    bare.write_text(
        text.replace(
            "    try:\n        protect(*arguments)", '    return "on: not here"\n    try:\n        protect(*arguments)'
        )
    )
    monkeypatch.setattr(commands, "GUARD", bare)
    hides = "import os\nif os.fork() == 0:\n    os.setsid(); import time; time.sleep(8); os._exit(0)\n"
    begun = time.monotonic()
    done = ran(tmp_path, hides + KILLS_ITS_GUARD.replace("30", "9"), Bounds(seconds=1))
    assert (done.writes, done.is_passed) == ("on: not known", False)
    assert time.monotonic() - begun < 7.5


@linux
def test_a_command_that_multiplies_is_ended_with_all_it_started(tmp_path: Path) -> None:
    """More processes than a command may have are its end, though each has left the session of the one before."""
    code = (
        "import os, time\n"
        "for _ in range(300):\n"
        "    if os.fork(): time.sleep(20)\n"
        "    os.setsid(); time.sleep(0.01)\n"
        "time.sleep(20)\n"
    )
    done = ran(tmp_path, code, Bounds(seconds=15, processes=40))
    assert (done.ended, done.is_passed, done.said) == ("processes", False, "started too many processes")
    assert not [each for each in Path("/proc").glob("[0-9]*/cmdline") if b"for _ in range(300)" in _read(each)]


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


@linux
def test_memory_that_is_shared_goes_with_the_command(tmp_path: Path) -> None:
    """What it leaves in /dev/shm would take memory until somebody finds it."""
    name = f"/dev/shm/engrep-{os.getpid()}"  # noqa: S108 - what it is about
    done = ran(tmp_path, f"open({name!r}, 'w').write('x' * 4096)")
    left = Path(name).exists()
    Path(name).unlink(missing_ok=True)
    assert done.is_passed
    assert not left or done.secrets != "off"


@linux
def test_network_and_writing_are_off_or_the_result_says_why_not(tmp_path: Path) -> None:
    """Where the system lets us, nothing outside is reached or written; loopback and the own folder still work."""
    code = (
        "import socket, pathlib\n"
        "s = socket.socket(); s.bind(('127.0.0.1', 0)); s.listen()\n"
        "socket.create_connection(s.getsockname()); pathlib.Path('inside').write_text('x')\n"
        "def tried(act):\n    try: act()\n    except OSError: return 'refused'\n    return 'done'\n"
        f"print('write', tried(lambda: open({str(tmp_path / 'outside')!r}, 'w')))\n"
        "print('reach', tried(lambda: socket.create_connection(('192.0.2.1', 9), timeout=0.2)))\n"
    )
    done = ran(tmp_path, code)
    assert done.is_passed, done.output
    assert (tmp_path / "tree/inside").exists()
    assert done.network == "off" or done.network.startswith("on: ")
    assert ("write refused" in done.output) == (done.writes == "off")
    assert (tmp_path / "outside").exists() == (done.writes != "off")
    assert "reach refused" in done.output


def test_a_missing_program_is_said(tmp_path: Path) -> None:
    """A program that is not there is no pass."""
    ran(tmp_path, "")
    environment = environment_for(tmp_path, tmp_path / "tree", tmp_path / "tmp")
    done = run(("no-such-program",), tmp_path / "tree", environment, [tmp_path], None)
    assert (done.ended, done.is_passed, done.said) == ("missing", False, "is not installed")


@pytest.mark.parametrize(("files", "test"), [
    ("#- pyproject.toml\n[tool.pytest.ini_options]\n#- tests/test_a.py\nx = 1", ("-m", "pytest", "-q")),
    ("#- tests/test_a.py\nimport unittest\nclass A(unittest.TestCase): pass", ("-m", "unittest", "discover", "-q")),
    ('#- package.json\n{"scripts": {"test": "node --test"}}', ("npm", "test")),
    ('#- package.json\n{"scripts": {"test": "jest"}}\n#- yarn.lock\nx', ("yarn", "test")),
    ("#- Cargo.toml\n[package]", ("cargo", "test")),
    ("#- go.mod\nmodule x", ("go", "test", "./...")),
    ("#- Makefile\ntest:\n\ttrue", ("make", "test")),
    ("#- readme.txt\nnothing", ()),
    ("#- package.json\nnonsense", ()),
])  # fmt: skip
def test_the_tests_of_a_project_are_found(repo: MakeRepo, files: str, test: tuple[str, ...]) -> None:
    """The files of a project say how its tests are run."""
    root = repo(files)
    found = commands_of(root)
    assert (found.test[1:] if found.test[:1] == (python_for(root),) else found.test) == test


REFUSED = (
    "rm -rf /", "sh -c pytest", "bash", "curl http://x", "python3 -c 1", "pytest", "make install", "git push", "npm publish",
    "make test ; rm -rf /", "make test && rm x", "make test > /etc/passwd", "make test /etc", "make test ../../x",
    "make test --file=/etc/x", "make test -C ~", "",
)  # fmt: skip


@pytest.mark.parametrize("command", REFUSED)
def test_other_commands_are_refused(repo: MakeRepo, command: str) -> None:
    """Only what the project's files or the person allow may run, with arguments that stay inside."""
    found = commands_of(repo("#- Makefile\ntest:\n\ttrue\ninstall:\n\ttrue"), allow=["ruff check"])
    with pytest.raises(RefusedError):
        found.checked(command.split())
    assert found.checked(["make", "test", "-k"]) == ("make", "test", "-k")
    assert found.checked(["ruff", "check", "src"]) == ("ruff", "check", "src")


ELSEWHERE = (
    "make test deploy", "make -f /etc/x", "make test -f other.mk", "make test -C /elsewhere", "make test -Celsewhere",
    "make test SHELL=./x", "make test CC=x", "make test --eval=x", "make test --fil=x", "make test -kf x", "make test -j4 install",
    "pytest -c /etc/x", "pytest -c x.ini", "pytest -qcx.ini", "pytest --rootdir /x", "pytest --rootdir=sub", "pytest -p plugin",
    "pytest -pplugin", "pytest -xp plugin", "pytest -o addopts=x", "pytest --override-ini=addopts=x", "pytest --confcutdir=x",
    "pytest --basetemp /x", "pytest --basetemp=tests", "pytest --config-file=x", "pytest @arguments", "pytest --pyargs os",
    "pytest --junitxml=/x", "pytest --cov-report=html:/x", "pytest sub/../../x", "pytest -k~/x",
    "PY -m pytest -c /etc/x", "PY -m pytest -q -p plugin", "PY -m pytest --rootdir .", "PY -m pytest -o x=y",
    "PY -m mypy --config-file x", "PY -m mypy --python-exec=./x", "PY -m ruff check --config x.toml",
    "npm test --prefix sub", "npm test --script-shell=./x", "npm test --script-sh ./x", "npm test -- --config x.js",
    "npm run build --node-options=--require=./x", "npm test -- -r ./x",
    "cargo test --config x", "cargo test --manifest-path sub/Cargo.toml", "cargo build -Zx", "cargo test -qC sub",
    "go test -exec ./x", "go test --toolexec=./x", "go build -overlay=x.json", "go vet -vettool=./x", "go test -C sub",
    "mvn -q -o deploy", "mvn -q -o test deploy", "mvn -q -o test -f x.xml", "mvn -q -o test exec:exec -Dexec.executable=sh",
    "gradle --offline publish", "gradle --offline test publish", "gradle --offline test -I x.gradle",
)  # fmt: skip
INSIDE = (
    "make test -k", "make test -j 4 -s", "make test -j4", "make test --keep-going", "pytest tests/test_a.py::test_b[x/..y] -x",
    "pytest -k copy -q --co", "pytest -rp --maxfail=1 -m slow", "pytest --junitxml=out/x.xml", "PY -m pytest -q tests -k a",
    "PY -m mypy --strict src", "PY -m ruff check --fix src", "npm test -- --watch=false src", "npm run build",
    "cargo test -p core total -- --nocapture", "go test ./... -run Total -count=1", "mvn -q -o test -Dtest=Total -pl core",
    "gradle --offline test --tests Total", "gradle --offline build",
)  # fmt: skip
MANY = """
    #- Makefile
    test:
    install:
    deploy:
    #- pyproject.toml
    [tool.pytest.ini_options]
    [tool.mypy]
    [tool.ruff]
    #- package.json
    {"scripts": {"test": "jest", "build": "x"}}
    #- Cargo.toml
    [package]
    #- go.mod
    module x
    #- pom.xml
    <project/>
    #- build.gradle
    apply
"""


@pytest.mark.parametrize("command", ELSEWHERE)
def test_no_argument_loads_what_the_project_does_not(repo: MakeRepo, command: str) -> None:
    """Options for other settings, plugins and folders are refused, however they are written, and so is a second target."""
    root = repo(MANY)
    found = commands_of(root, allow=["pytest"])
    with pytest.raises(RefusedError, match=r"leads out|load code or settings|no other target|not allowed"):
        found.checked(command.replace("PY", python_for(root)).split())


@pytest.mark.parametrize("command", INSIDE)
def test_arguments_that_choose_tests_are_taken(repo: MakeRepo, command: str) -> None:
    """A role says which tests run, and how many at a time."""
    root = repo(MANY)
    argv = command.replace("PY", python_for(root)).split()
    assert commands_of(root, allow=["pytest"]).checked(argv) == tuple(argv)


def test_what_the_person_allows_holds_as_it_stands(repo: MakeRepo) -> None:
    """A beginning that the person gives may name settings, and a program without a target takes any."""
    found = commands_of(repo(MANY), allow=["pytest -c ci/all.ini", "make", "./check.sh /srv/data"])
    assert found.checked(["pytest", "-c", "ci/all.ini", "tests"])
    assert found.checked(["make", "test", "deploy"])
    assert found.checked(["./check.sh", "/srv/data", "fast"])
    with pytest.raises(RefusedError, match="no other target"):
        found.checked(["make", "test", "SHELL=sh"])


def test_the_person_decides(repo: MakeRepo) -> None:
    """--test takes the place of what was found, --allow adds; text for a shell is an error."""
    root = repo("#- Makefile\ntest:\n\ttrue")
    found = commands_of(root, test="python3 -m unittest tests.a", allow=["./check.sh"])
    assert found.test == ("python3", "-m", "unittest", "tests.a")
    assert found.checked(["./check.sh", "fast"])
    for bad in ("make test && true", "make test | cat", "", "'"):
        with pytest.raises(UsageError):
            commands_of(root, test=bad)
