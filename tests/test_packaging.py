"""What lands on a user's machine."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest

import engrep

PROJECT = Path(__file__).resolve().parent.parent
INNER = ("engine", "indexers", "agents", "eval")
SETTINGS = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))


def test_every_folder_with_code_is_packaged() -> None:
    """The list of packages is the list of folders with an __init__.py."""
    found = {path.parent.relative_to(PROJECT).as_posix() for top in (*INNER, "engrep") for path in real_inits(top)}
    named = {
        name: SETTINGS["tool"]["setuptools"]["package-dir"][name] for name in SETTINGS["tool"]["setuptools"]["packages"]
    }
    assert set(named.values()) == found
    for name, folder in named.items():
        inside = folder.removeprefix("engrep").lstrip("/")
        assert name == ".".join(["engrep", *inside.split("/")]) if inside else name == "engrep"


def real_inits(top: str) -> list[Path]:
    """Give the __init__ files below a folder without following the symlinks."""
    return [path for path in (PROJECT / top).rglob("__init__.py") if top != "engrep" or path.parent.name not in INNER]


@pytest.mark.parametrize("folder", INNER)
def test_the_symlinks_lead_to_the_folders(folder: str) -> None:
    """Type checkers and editors find each inner package through a relative symlink."""
    link = PROJECT / "engrep" / folder
    assert link.is_symlink()
    assert link.readlink() == Path("..") / folder


def test_the_version_is_one() -> None:
    """The version is written once, in engrep/__init__.py."""
    assert SETTINGS["project"]["dynamic"] == ["version"]
    assert SETTINGS["tool"]["setuptools"]["dynamic"]["version"] == {"attr": "engrep.__version__"}
    assert f"## {engrep.__version__}" in (PROJECT / "CHANGELOG.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build a wheel and a source archive from a copy, offline, with the tools of the dev extra."""
    pytest.importorskip("build")
    source = tmp_path_factory.mktemp("source") / "engrep"
    unwanted = shutil.ignore_patterns(".*", "build", "dist", "*.egg-info", "__pycache__", "datasets")
    shutil.copytree(PROJECT, source, symlinks=True, ignore=unwanted)
    out = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out), str(source)]
    subprocess.run(command, check=True, capture_output=True)
    return out


def test_the_wheel_holds_one_package(built: Path) -> None:
    """Nothing called engine, indexers, agents or eval lands beside engrep, and no file comes twice."""
    names = zipfile.ZipFile(next(built.glob("*.whl"))).namelist()
    tops = {name.split("/")[0] for name in names if ".dist-info/" not in name}
    assert tops == {"engrep"}
    assert len(names) == len(set(names))


def test_the_wheel_is_small(built: Path) -> None:
    """With the embedding model in it the wheel stays under fifteen megabytes."""
    assert next(built.glob("*.whl")).stat().st_size < 15_000_000


def test_the_wheel_holds_every_module_and_data_file(built: Path) -> None:
    """Each source and data file of the tree is in the wheel under its installed name."""
    names = set(zipfile.ZipFile(next(built.glob("*.whl"))).namelist())
    files = [*PROJECT.glob("engrep/*.py"), *PROJECT.glob("engrep/adapters/*.py")]
    files += [*PROJECT.glob("engrep/viewer/*.py"), *PROJECT.glob("engrep/viewer/static/*")]
    files += [
        PROJECT / "engrep/py.typed",
        *PROJECT.glob("indexers/queries/*.scm"),
        *PROJECT.glob("agents/prompts/*.md"),
    ]
    files += [
        file
        for top in INNER
        for pattern in ("*.py", "*.sql", "*.npz", "*.tsv")
        for file in (PROJECT / top).glob(pattern)
    ]
    expected = {file.relative_to(PROJECT).as_posix() for file in files}
    assert {name if name.startswith("engrep/") else f"engrep/{name}" for name in expected} <= names


def test_the_wheel_works_from_another_folder(built: Path, tmp_path: Path) -> None:
    """Unpacked elsewhere, the wheel runs and finds its data files."""
    zipfile.ZipFile(next(built.glob("*.whl"))).extractall(tmp_path / "site")  # noqa: S202 - our own wheel
    program = (
        "import engrep.cli, engrep.engine, engrep.indexers; from importlib.resources import files;"
        "assert files('engrep').joinpath('py.typed').is_file();"
        "assert files('engrep.engine').joinpath('schema.sql').is_file();"
        "assert files('engrep.viewer').joinpath('static/viewer.css').is_file();"
        "assert files('engrep.indexers').joinpath('queries/python.scm').is_file();"
        "from engrep.agents.distiller import prompt;"
        "assert 'passage' in prompt();"
        "from engrep.engine.embedders import shipped;"
        "assert shipped().embed(['retry a payment']).any();"
        "print(engrep.__file__)"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", program],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path / "site")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    assert Path(done.stdout.strip()).is_relative_to(tmp_path)


def test_the_source_archive_builds_the_same_package(built: Path) -> None:
    """The source archive carries the inner packages and their data."""
    with tarfile.open(next(built.glob("*.tar.gz"))) as archive:
        names = {name.split("/", 1)[-1] for name in archive.getnames()}
    assert {"pyproject.toml", "LICENSE", "README.md", "engine/types.py", "indexers/facts.py", "engrep/cli.py"} <= names
    assert {path.relative_to(PROJECT).as_posix() for path in PROJECT.glob("indexers/queries/*.scm")} <= names
