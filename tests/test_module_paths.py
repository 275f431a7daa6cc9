"""What a file is called as a module, and in which language it is written."""

from __future__ import annotations

import pytest
from resolved_code import check_edges

from engrep.indexers.modules import NO_HINTS, project_hints
from engrep.indexers.parse import code_facts


def test_module_paths_of_python() -> None:
    """Packages count from the folder above them, src is no part of a path, loose files count from the root."""
    paths = [
        "src/pkg/__init__.py",
        "src/pkg/sub/__init__.py",
        "src/pkg/sub/mod.py",
        "src/alone.py",
        "scripts/run.py",
        "lib/ns/part.py",
    ]
    hints = project_hints(paths, {})
    modules = {path: code_facts(path, b"", hints).module for path in paths}
    assert modules == {
        "src/pkg/__init__.py": "pkg",
        "src/pkg/sub/__init__.py": "pkg.sub",
        "src/pkg/sub/mod.py": "pkg.sub.mod",
        "src/alone.py": "alone",
        "scripts/run.py": "scripts.run",
        "lib/ns/part.py": "ns.part",
    }


def test_module_paths_of_other_languages() -> None:
    """Go counts from go.mod, Rust from its crate, scripts by path, Java by its package."""
    manifests = {"go.mod": "module github.com/spf13/cobra/v2\n", "core/Cargo.toml": '[package]\nname = "my-core"\n'}
    hints = project_hints(["go.mod", "core/Cargo.toml"], manifests)
    sources = {
        "doc/man.go": b"package doc\n",
        "root.go": b"package cobra\n",
        "core/src/net/mod.rs": b"",
        "core/src/lib.rs": b"",
        "web/app/index.ts": b"",
        "web/app/menu.bar.ts": b"",
        "src/main/java/x/A.java": b"package org.acme.x;\n",
    }
    assert {path: code_facts(path, data, hints).module for path, data in sources.items()} == {
        "doc/man.go": "cobra.doc",
        "root.go": "cobra",
        "core/src/net/mod.rs": "my_core.net",
        "core/src/lib.rs": "my_core",
        "web/app/index.ts": "web.app",
        "web/app/menu.bar.ts": "web.app.menu_bar",
        "src/main/java/x/A.java": "org.acme.x",
    }


def test_shebangs_and_names_tell_the_language() -> None:
    """Files without an extension are known by their first line or their name; a C++ header by what is in it."""
    cases = {
        ("bin/run", b"#!/usr/bin/env python3\n"): "python",
        ("bin/go", b"#!/bin/sh -e\n"): "bash",
        ("Rakefile", b""): "ruby",
        ("a.h", b"int f(void);\n"): "c",
        ("b.h", b"namespace x {}\n"): "cpp",
        ("LICENSE", b"words\n"): "text",
    }
    assert {case: code_facts(case[0], case[1], NO_HINTS).language for case in cases} == cases


@pytest.mark.parametrize(
    ("statement", "call"),
    [
        ("from lib.tools import make", "make()"),
        ("from lib import tools", "tools.make()"),
        ("import lib.tools as tools", "tools.make()"),
        ("from lib.kit import make", "make()"),
    ],
)
def test_a_source_folder_may_be_named_in_an_import(statement: str, call: str) -> None:
    """Module paths leave `lib` out, and programs that start at the root name it all the same."""
    found = "kit.core.make" if "kit" in statement else "tools.make"
    rung = "re-export" if "kit" in statement else "import"
    check_edges(f"""
        #- lib/tools.py
        def make(): ...
        #- lib/kit/__init__.py
        from .core import make
        #- lib/kit/core.py
        def make(): ...
        #- app.py
        {statement}
        def use():
            {call}
        """, {"app.use": [(found, rung)]})  # fmt: skip


@pytest.mark.parametrize(
    ("statement", "call", "is_found"),
    [
        ("from shop.engine.tools import make", "make()", True),
        ("from shop.engine import tools", "tools.make()", True),
        ("from shop.other.tools import make", "make()", False),
        ("from far.engine.tools import make", "make()", False),
    ],
)
def test_subpackages_may_lie_beside_their_package(statement: str, call: str, *, is_found: bool) -> None:
    """A build maps `shop.engine` to the folder `engine`: imports by the longer name mean it, others' names do not."""
    check_edges(f"""
        #- shop/__init__.py
        #- shop/app.py
        {statement}
        def use():
            {call}
        #- engine/tools.py
        def make(): ...
        """, {"shop.app.use": [("engine.tools.make", "import")] if is_found else []})  # fmt: skip
