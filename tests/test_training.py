"""The recipe of the embedding model: what may be learned from, what is found in it, and that it trains."""

from __future__ import annotations

import gzip
import io
import json
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest

from engrep.engine.embed import load_static
from training.archives import files, package_files, package_of
from training.catalogues import message_pairs
from training.excluded import is_excluded_package, is_excluded_path
from training.join import joined, turned
from training.licences import is_permissive, of_debian, of_text, of_wheel
from training.pairs import linked, mentions_of, pairs_of, sentences
from training.quantise import quantise

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize(
    ("licence", "expected"),
    [
        ("MIT", True),
        ("The MIT License (MIT)", True),
        ("Apache License, Version 2.0", True),
        ("Apache-2.0 WITH LLVM-exception", True),
        ("BSD-3-clause and Expat", True),
        ("ISC License (ISCL)", True),
        ("Expat or GPL-2+", True),
        ("BSD-3-Clause AND GPL-2.0", False),
        ("GPL-2+", False),
        ("LGPL-2.1", False),
        ("Mozilla Public License 2.0 (MPL 2.0)", False),
        ("MIT AND (Apache-2.0 OR BSD-2-Clause)", True),
        ("MIT AND (GPL-2.0)", False),
        ("SEE LICENSE IN LICENSE.md", False),
        ("", False),
    ],
)
def test_only_permissive_licences_pass(licence: str, *, expected: bool) -> None:
    """A licence passes when it, or of a choice one, or of several at once each, is a permissive one."""
    assert is_permissive(licence) is expected


def test_a_package_says_its_licence_in_its_own_way() -> None:
    """A wheel says it in a header, a Debian package for each group of files; that of the packaging does not count."""
    assert of_wheel("Name: a\nLicense-Expression: MIT\nClassifier: License :: Other\n\nLicense: GPL") == "MIT"
    assert of_wheel("Classifier: License :: OSI Approved :: BSD License\n\ntext") == "BSD License"
    text = "Format: 1.0\n\nFiles: *\nLicense: Expat\n\nFiles: x.c\nLicense: ISC\n\nFiles: debian/*\nLicense: GPL-2+\n"
    assert of_debian(text) == "Expat and ISC"
    assert not is_permissive(of_debian("Files: *\nLicense: Expat\n\nFiles: a.c\nCopyright: none\n"))
    assert not is_permissive(of_debian("Files: *\nLicense: Expat\n\nFiles: a.c\nLicense:\n"))


MIT = "MIT License\n\nPermission is hereby granted, free of charge,\nto any person obtaining a copy of this software"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (MIT, "MIT"),
        ("Apache License\n   Version 2.0, January 2004", "Apache-2.0"),
        (MIT + "\n\nThe file b.c is under the GNU General Public License.", ""),
        ("All rights reserved.", ""),
    ],
)
def test_a_licence_is_known_by_its_text(text: str, expected: str) -> None:
    """A licence file that speaks of another licence as well is not counted as permissive."""
    assert of_text(text) == expected


def test_sources_without_their_packaging_have_the_licence_that_is_inside(tmp_path: Path) -> None:
    """The upstream archive's own licence file counts; a file whose header names the GPL is left out of the rest."""
    (tmp_path / "debian").mkdir()
    with tarfile.open(tmp_path / "debian" / "box_1.orig.tar.gz", "w:gz") as archive:
        for name, data in (
            ("box-1/LICENSE", MIT),
            ("box-1/src/box.c", "/* Count. */\nint count(void);\n"),
            ("box-1/src/old.c", "/* GNU General Public License */\nint old(void);\n"),
        ):
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data.encode()))
    paragraph = "Package: box\nVersion: 1-2\nChecksums-Sha256:\n " + f"{'0' * 64} 10 box_1.orig.tar.gz\n"
    (tmp_path / "debian" / "box_1-2.dsc").write_text(paragraph, encoding="utf-8")
    (file,) = package_files(tmp_path)
    package = package_of(file)
    assert package is not None
    assert (package.name, package.version, package.licence) == ("box", "1-2", "MIT")
    assert [path for path, _ in files(package)] == ["src/box.c"]


@pytest.mark.parametrize(
    "name",
    [
        "requests",
        "golang-github-spf13-cobra",
        "librust-tokio-util-dev",
        "pytest-xdist",
        "libcommons-lang3-java",
        "@reduxjs/toolkit",
        "libcurl4-openssl-dev",
        "libjackson2-core-java",
        "libfmt-dev",
        "ruby-actiontext",
        "asyncclick",
        "libcommons-text-java",
    ],
)
def test_what_evaluation_uses_is_never_learned_from(name: str) -> None:
    """A package one part of whose name is an evaluated repository's is left out."""
    assert is_excluded_package(name)


def test_vendored_code_and_tests_are_left_out() -> None:
    """Other projects' code inside a package goes the way of those projects; a file's own name decides nothing."""
    assert is_excluded_path("pip/_vendor/urllib3/util.py")
    assert is_excluded_path("pkg/requests/api.py")
    assert is_excluded_path("pkg/tests/test_a.py")
    assert is_excluded_path("typer/_click/core.py")
    assert is_excluded_path("ios/Pods/Reachability/Reachability.swift")
    assert is_excluded_path("mockito/internal/matchers/apachecommons/EqualsBuilder.java")
    assert is_excluded_path("src/org/apache/commons/lang3/StringUtils.java")
    assert not is_excluded_path("src/org/apache/commons/codec/Hex.java")
    assert not is_excluded_path("pkg/net/requests.py")


PYTHON = b'''
class Retry:
    """Decide whether a request is sent again. A server may ask for a pause, which is kept to."""

    def backoff(self, attempts):
        """Return the seconds to wait before the next attempt.

        :param attempts: how many there were
        """
        # Double the pause each time, up to the ceiling that was set.
        pause = self.first * 2 ** attempts
        return min(pause, self.ceiling)
'''


def test_a_doc_is_paired_with_its_code() -> None:
    """A doc's first sentence, its rest and a comment inside each meet the code, which no longer holds the doc."""
    found = {pair.text: pair for pair in pairs_of("net/retry.py", PYTHON)}
    doc = found["Return the seconds to wait before the next attempt."]
    assert (doc.kind, doc.name, doc.path) == ("doc", "Retry.backoff", "net/retry.py")
    assert "seconds to wait" not in doc.body
    assert "self.ceiling" in doc.body
    assert found["A server may ask for a pause, which is kept to."].kind == "rest"
    assert found["Double the pause each time, up to the ceiling that was set."].kind == "comment"


def test_prose_is_paired_with_code_and_with_itself() -> None:
    """A heading meets its code block, a sentence between backquotes the symbol that it names."""
    text = b"# Retry a failed request\n\nWrap the session before you send the first request with it.\n\n```python\nsession = Retry(3)\nsession.get(address, timeout=2.0)\n```\n\nUse `backoff` to change how long the pauses between attempts are.\n"
    kinds = {pair.kind: pair for pair in pairs_of("README.md", text)}
    assert kinds["howto"].body.startswith("session = Retry(3)")
    assert kinds["head"].text == "Retry a failed request"
    units = [pair for pair in pairs_of("net/retry.py", PYTHON) if pair.kind == "doc"]
    (mention,) = linked(list(mentions_of(text)), units)
    assert (mention.kind, mention.name) == ("mention", "Retry.backoff")


def test_chinese_messages_meet_english_ones() -> None:
    """Messages of two catalogues meet by their key, or by a key that is the English message."""
    chinese = json.dumps(
        {"menu": {"save": "保存文件"}, "Cannot_find_name_0_2304": "找不到名称"}, ensure_ascii=False
    ).encode()
    english = json.dumps({"menu": {"save": "Save the file"}}).encode()
    pairs = {(pair.text, pair.body) for pair in message_pairs("locale/zh-CN.json", chinese, english)}
    assert pairs == {("保存文件", "Save the file"), ("找不到名称", "Cannot find name 0")}
    po = 'msgid "Open the folder"\nmsgstr "打开文件夹"\n'.encode()
    assert [pair.text for pair in message_pairs("zh_CN/app.po", po, None)] == ["打开文件夹"]


def test_a_docs_fields_are_no_sentences() -> None:
    """What is said stops at the first parameter; links and markup are read as their words."""
    assert sentences("Close the [pool](x.md).  See :class:`~a.Pool`.\n\n@param name it\n") == [
        "Close the pool.",
        "See a.Pool.",
    ]


def test_models_side_by_side_agree_with_the_mean_of_both() -> None:
    """A product of the joined model is the sum of its parts' products; turning it changes none, cutting it is shorter."""
    chance = np.random.default_rng(1)
    parts = [
        (chance.standard_normal((50, 8)).astype(np.float32), np.full((50, 2), share, np.float32))
        for share in (0.5, 2.0)
    ]
    rows, shares = joined(parts)
    assert np.allclose(shares, 1.0)
    even = [own / np.linalg.norm(own, axis=1).mean() for own, _ in parts]
    assert np.allclose(rows @ rows.T, sum(each @ each.T for each in even), atol=1e-4)
    assert np.allclose(turned(rows, rows, 16) @ turned(rows, rows, 16).T, rows @ rows.T, atol=1e-4)
    assert turned(rows, rows, 6).shape == (50, 6)


def test_quantised_rows_stay_close() -> None:
    """Four bits a component keep the direction of a row."""
    rows = np.random.default_rng(1).standard_normal((50, 64)).astype(np.float32)
    packed, scales = quantise(rows)
    read = np.stack([(packed & 15).astype(np.float32) - 8, (packed >> 4).astype(np.float32) - 8], axis=2).reshape(
        50, 64
    )
    read *= scales.astype(np.float32)[:, None]
    cosines = (read * rows).sum(axis=1) / np.linalg.norm(read, axis=1) / np.linalg.norm(rows, axis=1)
    assert cosines.min() > 0.98


def test_a_damaged_package_costs_no_other(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A package that cannot be read is none, and says so where it does not get into the table."""
    for name, text in {"cut": "", "list": "[]", "none": '{"name": "a"}'}.items():
        with tarfile.open(tmp_path / f"{name}.tgz", "w:gz") as archive:
            described = tarfile.TarInfo("package/package.json")
            described.size = len(text)
            archive.addfile(described, io.BytesIO(text.encode()))
        assert package_of(tmp_path / f"{name}.tgz") is None
    assert not capsys.readouterr().out


def write_wheel(folder: Path, name: str, sources: dict[str, str]) -> None:
    """Write a wheel as `pip download` leaves it."""
    place = folder / "pypi" / name
    place.mkdir(parents=True)
    with zipfile.ZipFile(place / f"{name}-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr(f"{name}-1.0.dist-info/METADATA", f"Name: {name}\nLicense-Expression: MIT\n\n")
        for path, text in sources.items():
            wheel.writestr(f"{name}/{path}", text)


def test_the_recipe_trains_a_model_that_engrep_loads(tmp_path: Path) -> None:
    """From wheels to a model: mined, numbered, trained and quantised, questions find the code that they ask for."""
    verbs, things = (
        ["open", "close", "count", "sort", "merge", "drop"],
        ["file", "socket", "table", "queue", "index", "page"],
    )
    for number in (3, 4, 5):  # none of which is held out
        functions = [
            f'def {verb}_{thing}(x, y):\n    """Now {verb} this {thing} number {number}."""\n    return {verb}r.{thing}s(x) + {verb}_{number}(y)\n'
            for verb in verbs
            for thing in things
        ]
        write_wheel(tmp_path, f"wheel{number}", {"code.py": "\n\n".join(functions), "requests/api.py": functions[0]})
    package = package_of(package_files(tmp_path)[0])
    assert package is not None
    assert [path for path, _ in files(package)] == ["wheel3/code.py"]
    steps = [
        ["mine", tmp_path, "--workers", "1"],
        ["corpus", tmp_path],
        ["train", tmp_path, tmp_path / "learned.npz", "--passes", "50", "--batch", "32", "--dimensions", "32"],
    ]
    for step in [*steps, ["quantise", tmp_path, tmp_path / "learned.npz", tmp_path / "small.npz"]]:
        subprocess.run(
            [sys.executable, "-m", f"training.{step[0]}", *map(str, step[1:])],
            cwd=ROOT,
            check=True,
            capture_output=True,
        )
    table = (tmp_path / "pairs" / "packages.tsv").read_text().splitlines()
    assert [line.split("\t")[1:] for line in table] == [[f"wheel{number}", "1.0", "MIT", "36"] for number in (3, 4, 5)]
    with gzip.open(tmp_path / "pairs" / "pypi-wheel3.jsonl.gz", "rt") as lines:
        assert json.loads(next(lines))[0] == "doc"
    model = load_static(str(tmp_path / "small.npz"))
    asked = model.embed([f"{verb} this {thing}" for verb in verbs for thing in things])
    units = model.embed([f"{verb}_{thing}" for verb in verbs for thing in things])
    assert (np.argmax(asked @ units.T, axis=1) == np.arange(36)).sum() >= 30
