"""Bring the packages that packages.toml names into a folder: with pip, npm and apt, as anybody would.

    python -m training.fetch FOLDER [pypi|npm|binary|debian …]

For Debian's source packages apt needs source packages switched on (`Types: deb deb-src`) and a fresh `apt-get update`; APT_CONFIG may name another
configuration. What is there already is not brought again.
"""

from __future__ import annotations

import os
import random
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training.excluded import is_excluded_package

_AT_ONCE = 20
_APT_HELPER = "/usr/lib/apt/apt-helper"


def names_of(plan: dict[str, Any], registry: str) -> list[str]:
    """Return the package names of a registry that is listed by name, without the excluded ones."""
    listed = dict.fromkeys(" ".join(plan[registry].values()).split())
    return [name for name in listed if not is_excluded_package(name)]


def fetch_listed(folder: Path, names: Sequence[str], command: Sequence[str]) -> None:
    """Run a command for each name in a folder of the name's own, so that one that fails costs nothing else."""

    def bring(name: str) -> None:
        place = folder / name.replace("/", "__")
        if place.exists():
            return
        place.mkdir(parents=True)
        done = subprocess.run([*command, name], cwd=place, capture_output=True, text=True, check=False, timeout=300)
        if done.returncode:
            print(f"{name}: {done.stderr.strip().splitlines()[-1:]}")

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(bring, names))


@dataclass(frozen=True, slots=True)
class Source:
    """A Debian source package in one release: where its archives lie, and the paragraph that describes it."""

    site: str
    paragraph: str

    def downloads(self, folder: Path) -> list[tuple[str, str, str]]:
        """Return what apt's downloader wants to know of each archive: address, place, checksum."""
        where = re.search(r"^Directory: (\S+)$", self.paragraph, re.MULTILINE)
        sums = re.search(r"^Checksums-Sha256:\n((?: .+\n?)+)", self.paragraph, re.MULTILINE)
        rows = [line.split() for line in sums[1].splitlines()] if sums else []
        return [
            (f"{self.site}/{where[1] if where else ''}/{name}", str(folder / name), f"SHA256:{digest}")
            for digest, _, name in rows
            if ".tar." in name and not name.endswith(".asc")
        ]

    def description(self, folder: Path) -> Path:
        """Return the file that says that its archives are there."""
        name, version = (re.findall(rf"^{field}: (\S+)", self.paragraph, re.MULTILINE)[0] for field in _SAID)
        return folder / f"{name}_{version.rpartition(':')[2]}.dsc"


_SAID = ("Package", "Version")


def sources() -> dict[str, list[Source]]:
    """Return every Debian source package that apt knows of, as each of the releases has it."""
    command = ["apt-get", "indextargets", "--format", "$(FILENAME) $(REPO_URI)", "Created-By: Sources"]
    found: dict[str, list[Source]] = {}
    for line in subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines():
        file, site = line.split()
        text = subprocess.run([_APT_HELPER, "cat-file", file], capture_output=True, text=True, check=True)
        for paragraph in text.stdout.split("\n\n"):
            named = re.match(r"Package: (\S+)", paragraph)
            if named:
                found.setdefault(named[1], []).append(Source(site.rstrip("/"), paragraph))
    return found


def chosen(plan: dict[str, Any], known: dict[str, list[Source]]) -> Iterator[str]:
    """Choose source packages by the plan's rules, by chance where there are too many; the same ones every time."""
    taken: set[str] = set()
    for rule in plan["debian"].values():
        if isinstance(rule, str):
            yield from (name for name in rule.split() if name in known and not is_excluded_package(name))
            continue
        fitting = sorted(
            name for name, each in known.items() if name not in taken and _fits(rule, name, each[0].paragraph)
        )
        random.Random(1).shuffle(fitting)
        taken.update(fitting[: rule["most"]])
        yield from fitting[: rule["most"]]


def _fits(rule: dict[str, Any], name: str, paragraph: str) -> bool:
    size = sum(map(int, re.findall(r"^ [0-9a-f]{32} (\d+) \S*orig\S*\.tar\S*$", paragraph, re.MULTILINE)))
    return (
        0 < size <= rule["megabytes"] * 1_000_000
        and name.startswith(rule.get("prefix", ""))
        and name.endswith(rule.get("suffix", ""))
        and ("builds_with" not in rule or re.search(rf"\b{rule['builds_with']}\b", paragraph) is not None)
        and not is_excluded_package(name)
    )


def fetch_debian(folder: Path, names: Sequence[str], known: dict[str, list[Source]]) -> None:
    """Bring source packages, unpacked by nobody; apt checks what it brings. A mirror may lack what another release has."""
    folder.mkdir(parents=True, exist_ok=True)
    there = {file.name.partition("_")[0] for file in folder.glob("*.dsc")}
    missing = [name for name in names if name not in there]
    random.Random(2).shuffle(missing)  # so that a run cut short has some of everything

    def bring(name: str) -> None:
        if not any(is_brought(source, folder) for source in known[name]):
            print(f"{name}: its sources are not to be had", flush=True)

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(bring, missing))


def is_brought(source: Source, folder: Path) -> bool:
    """Bring the archives of one release's package; its packaging may be missing, then its own licence file counts."""
    for file in source.downloads(folder):
        done = subprocess.run([_APT_HELPER, "download-file", *file], capture_output=True, check=False)
        if done.returncode and "orig" in Path(file[1]).name:
            return False
    source.description(folder).write_text(source.paragraph + "\n", encoding="utf-8")
    return True


def chosen_binaries(plan: dict[str, Any]) -> list[str]:
    """Choose packages of Debian that hold sources, by the plan's rules; the same ones every time."""
    known = subprocess.run(["apt-cache", "pkgnames"], capture_output=True, text=True, check=True).stdout.split()
    taken: dict[str, None] = {}
    for rule in plan["binary"].values():
        fitting = sorted({name for name in known if re.fullmatch(rule["named"], name) and name not in taken})
        fitting = [name for name in fitting if not is_excluded_package(name)]
        random.Random(1).shuffle(fitting)
        taken.update(dict.fromkeys(fitting[: rule["most"]]))
    return list(taken)


def fetch_binaries(folder: Path, names: Sequence[str]) -> None:
    """Bring packages of Debian, unpacked by nobody."""
    folder.mkdir(parents=True, exist_ok=True)
    there = {file.name.partition("_")[0] for file in folder.glob("*.deb")}
    missing = [name for name in names if name not in there]
    for start in range(0, len(missing), _AT_ONCE):
        command = ["apt-get", "download", "-qq", *missing[start : start + _AT_ONCE]]
        if subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode:
            for name in missing[start : start + _AT_ONCE]:
                subprocess.run([*command[:3], name], cwd=folder, capture_output=True, check=False)


def main(arguments: Sequence[str]) -> None:
    """Bring what was asked for, or everything."""
    folder = Path(arguments[0]).absolute()
    plan = tomllib.loads((Path(__file__).parent / "packages.toml").read_text(encoding="utf-8"))
    wanted = arguments[1:] or ("pypi", "npm", "binary", "debian")
    os.environ["PIP_NO_INPUT"] = "1"
    if "pypi" in wanted:
        pip = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary=:all:"]
        fetch_listed(folder / "pypi", names_of(plan, "pypi"), pip)
    if "npm" in wanted:
        fetch_listed(folder / "npm", names_of(plan, "npm"), ["npm", "pack", "--silent", "--ignore-scripts"])
    if "binary" in wanted:
        fetch_binaries(folder / "binary", chosen_binaries(plan))
    if "debian" in wanted:
        known = sources()
        fetch_debian(folder / "debian", list(dict.fromkeys(chosen(plan, known))), known)


if __name__ == "__main__":
    main(sys.argv[1:])
