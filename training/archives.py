"""Read packages as they were fetched: their licence, and their files, without unpacking anything to the disk."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from training import licences
from training.excluded import is_excluded_path

LARGEST_FILE = 300_000
_HEADER = 3_000  # bytes in which a file names a licence of its own
SOURCES = frozenset(
    ".py .pyi .js .mjs .cjs .jsx .ts .tsx .go .rs .java .kt .kts .scala .rb .php .c .h .cc .cpp .cxx .hpp .hh .hxx .cs .ex .exs "
    ".hs .lua .sh .bash .swift .zig .vue .svelte .m .mm".split()
)
PROSE = frozenset(".md .rst .markdown .mdx .adoc .txt".split())
CATALOGUES = frozenset(".json .po .mo".split())
_PROSE_NAMES = re.compile(r"readme|changes|changelog|news|history|guide|doc|faq|usage|tutorial|how", re.IGNORECASE)
_LICENCE_FILE = re.compile(r"[^/]+/(docs?/)?(un)?(licen[cs]e|copying|copyright)[^/]*", re.IGNORECASE)
_CHINESE = re.compile(r"zh[-_](cn|hans)|zh\.|/zh/|chinese", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Package:
    """A package as it lies in the folder: `Package("npm", "lodash", (Path("…/lodash-4.18.1.tgz"),), …)`."""

    registry: str
    name: str
    version: str
    archives: tuple[Path, ...]
    licence: str


def package_files(folder: Path) -> list[Path]:
    """Return the file that stands for each package that was fetched into a folder, in order of their names."""
    patterns = ("pypi/*/*.whl", "npm/*/*.tgz", "debian/*.dsc", "binary/*.deb")
    return [file for pattern in patterns for file in sorted(folder.glob(pattern))]


def package_of(file: Path) -> Package | None:
    """Read what package a file stands for; None where it is damaged or only part of it was fetched."""
    try:
        return _READERS[file.suffix](file)
    except Exception as exc:  # noqa: BLE001 - one damaged archive must not cost the others; the table says so
        print(f"{file.name}: {exc!r}", file=sys.stderr)  # the table goes to stdout
        return None


def _wheel(file: Path) -> Package | None:
    with zipfile.ZipFile(file) as archive:
        metadata = next((name for name in archive.namelist() if re.fullmatch(r"[^/]+\.dist-info/METADATA", name)), None)
        text = archive.read(metadata).decode("utf-8", "replace") if metadata else ""
    name, version = file.name.split("-")[:2]
    return Package("pypi", name.lower().replace("_", "-"), version, (file,), licences.of_wheel(text))


def _tarball(file: Path) -> Package | None:
    with tarfile.open(file) as archive:
        for member in archive:
            if re.fullmatch(r"[^/]+/package\.json", member.name):
                described = json.load(archive.extractfile(member) or file.open("rb"))
                licence = described.get("license", "")
                licence = licence if isinstance(licence, str) else str(getattr(licence, "get", lambda _: "")("type"))
                return Package("npm", described["name"], described["version"], (file,), licence)
    return None


def _debian(file: Path) -> Package | None:
    text = file.read_text(encoding="utf-8", errors="replace")
    names = dict.fromkeys(re.findall(r"^ [0-9a-f]{32,64} \d+ (\S+)$", text, re.MULTILINE))
    sources = tuple(file.parent / name for name in names if re.search(r"orig\S*\.tar\.\w+$", name))
    packaging = next((file.parent / name for name in names if re.search(r"\.debian\.tar\.\w+$", name)), None)
    if not sources or not all(source.exists() for source in sources):
        return None
    name, version = (
        re.findall(rf"^{field}: (\S+)", text, re.MULTILINE)[0] for field in ("(?:Source|Package)", "Version")
    )
    if packaging is None or not packaging.exists():
        return Package("debian", name, version, sources, " and ".join(map(_stated_inside, sources)))
    with tarfile.open(packaging) as archive:
        copyright_file = archive.extractfile("debian/copyright")
        stated = copyright_file.read().decode("utf-8", "replace") if copyright_file else ""
    return Package("debian", name, version, sources, licences.of_debian(stated))


def _stated_inside(source: Path) -> str:
    """Return the licence that an archive's own licence files have the text of; "unstated" where one is unknown."""
    with tarfile.open(source) as archive:
        opened = [
            archive.extractfile(member)
            for member in archive
            if member.isfile() and _LICENCE_FILE.fullmatch(member.name.removeprefix("./"))
        ]
        texts = [file.read().decode("utf-8", "replace") for file in opened if file]
    return " and ".join(dict.fromkeys(licences.of_text(text) or "unstated" for text in texts)) or "unstated"


def _binary(file: Path) -> Package | None:
    name, version, _ = file.stem.split("_")
    stated = next((data for path, data in _deb_files(file) if path == f"usr/share/doc/{name}/copyright"), b"")
    return Package("binary", name, version, (file,), licences.of_debian(stated.decode("utf-8", "replace")))


def _deb_files(file: Path) -> Iterator[tuple[str, bytes]]:
    unpacked = subprocess.run(["dpkg-deb", "--fsys-tarfile", file], capture_output=True, check=True)
    with tarfile.open(fileobj=io.BytesIO(unpacked.stdout)) as tarred:
        for member in tarred:
            path = member.name.removeprefix("./")
            wanted = path.endswith("/copyright") or is_wanted(_INSTALLED.sub("", path), member.size)
            if member.isfile() and wanted and (opened := tarred.extractfile(member)):
                yield path, opened.read()


_INSTALLED = re.compile(
    r"^usr/(share/(gocode/src|cargo/registry|php|nodejs|lua/5\.\d|doc)|lib/ruby/vendor_ruby|share/rubygems-integration/all/gems|include)/"
)
_READERS = {".whl": _wheel, ".tgz": _tarball, ".dsc": _debian, ".deb": _binary}


def files(package: Package) -> Iterator[tuple[str, bytes]]:
    """Read a package's sources, prose and message catalogues: path below the package, and content."""
    for archive in package.archives:
        if archive.suffix == ".deb":
            for path, data in _deb_files(archive):
                if not path.endswith("/copyright"):
                    yield _INSTALLED.sub("", path), data
        elif archive.suffix == ".whl":
            with zipfile.ZipFile(archive) as zipped:
                for info in zipped.infolist():
                    if is_wanted(info.filename, info.file_size):
                        yield info.filename, zipped.read(info)
        else:
            with tarfile.open(archive) as tarred:
                for member in tarred:
                    path = member.name.removeprefix("./").partition("/")[2]
                    if member.isfile() and is_wanted(path, member.size) and (opened := tarred.extractfile(member)):
                        data = opened.read()
                        if b"General Public License" not in data[:_HEADER]:  # that file has a licence of its own
                            yield path, data


def is_wanted(path: str, size: int) -> bool:
    """Tell whether a file is worth reading."""
    name = PurePosixPath(path)
    if not 0 < size <= (LARGEST_FILE if name.suffix not in CATALOGUES else 10 * LARGEST_FILE) or is_excluded_path(path):
        return False
    if name.suffix in PROSE or not name.suffix:
        return _PROSE_NAMES.search(path) is not None and "licen" not in path.lower()
    if name.suffix in CATALOGUES:
        return (
            _CHINESE.search("/" + path) is not None
            or re.search(r"(^|[/._-])en([-_]us)?[./]", path, re.IGNORECASE) is not None
        )
    return name.suffix in SOURCES and not path.endswith((".min.js", ".min.mjs", "_pb2.py", ".pb.go"))
