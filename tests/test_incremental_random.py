"""Whatever edits are drawn by chance, the index is the one that a clean run makes."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from clean_runs import Tree
from conftest import write_files
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

Edit = tuple[str, str | None]
"""A path and what is written there, None to delete it."""

FUNCTIONS = st.sampled_from("alpha beta gamma delta".split())
PATHS = st.sampled_from(
    [
        "a.py",
        "p/b.py",
        "p/c.py",
        "q/b.py",
        "w/x.js",
        "w/y.js",
        "g/m.go",
        "g/n.go",
        "N.java",
        "M.java",
        "l/m.lua",
        "l/n.lua",
    ]
)


@st.composite
def sources(draw: st.DrawFn) -> Edit:
    """Draw a path and a text in its language that defines, imports and calls a few names."""
    path = draw(PATHS)
    defined, called, other = draw(FUNCTIONS), draw(FUNCTIONS), draw(FUNCTIONS)
    kind = draw(st.integers(0, 6))
    module = draw(st.sampled_from(["p.b", "p.c", "q.b", "a", "."]))
    if path.endswith(".py"):
        texts = [
            f"from {module} import {called}\ndef {defined}():\n    return {called}({other})\n",
            f"from {module} import *\nclass {defined}({other}):\n    def {called}(self):\n        self.{other}()\n",
            f"import {module.strip('.') or 'p'} as {other}\ndef {defined}() -> {called}:\n    {other}.{called}().{defined}()\n",
            f"def {defined}():\n    def {other}():\n        {called}()\n    {other}()\n{called} = {other}()\n",
        ]
    elif path.endswith(".js"):
        texts = [
            f"import {{ {called} }} from './y'\nexport function {defined}() {{ return {called}() }}\n",
            f"export * from './x'\nexport default function {defined}() {{ {other}() }}\n",
            f"export class {defined} extends {other} {{ {called}() {{ this.{other}() }} }}\n",
            f"import {other} from './x'\nfunction {defined}() {{ return {other}.{called}() }}\n",
            f"function {defined}() {{}}\nexport {{ {defined} as {called} }}\nexport default {other}\n",
            f"export const {defined} = {{ {called}() {{ this.{other}() }} }}\n{defined}.{called}()\n",
            f"function {defined}() {{}}\n{defined}.prototype.{called} = function () {{ this.{other}() }}\nnew {other}().{called}()\n",
        ]
    elif path.endswith(".lua"):
        texts = [
            f"local M = {{}}\nfunction M.{defined}() M.{called}() end\nfunction M:{other}() self:{defined}() end\nreturn M\n",
            f"local {other} = require('l.m')\nlocal function {defined}() {other}.{called}() end\n",
        ]
    elif path.endswith(".go"):
        texts = [
            f"package g\nfunc {defined}() {{ {called}() }}\n",
            f"package g\ntype {defined} struct {{ {other} }}\n",
        ] * 2
    else:
        texts = [
            f"class {defined} extends {other} {{ {called} {other}() {{ return {called}(); }} }}\n",
            f"package p;\nclass {defined} {{ void {called}() {{ new {other}().{called}(); }} }}\n",
        ] * 2
    return path, texts[kind % len(texts)]


EDITS = st.one_of(
    sources(),
    PATHS.map(lambda path: (path, None)),
    st.sampled_from([("p/__init__.py", ""), ("p/__init__.py", "from p.b import alpha\n"), ("p/__init__.py", None)]),
)


@settings(
    max_examples=int(os.environ.get("ENGREP_EXAMPLES", "12")),
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(sources(), min_size=3, max_size=9), st.lists(st.lists(EDITS, min_size=1, max_size=2), max_size=4))
def test_any_edits_give_the_index_of_a_clean_run(tmp_path: Path, start: list[Edit], edits: list[list[Edit]]) -> None:
    """Whatever is written and deleted in whatever order, all tables are those of a clean index."""
    root = Path(tempfile.mkdtemp(dir=tmp_path))
    tree = Tree(root, root.with_name(f"{root.name}-aside"))
    write_files(root, "".join(f"#- far/{n}.py\ndef far{n}():\n    pass\n" for n in range(12)))
    for batch in [start, *edits]:
        for path, text in batch:
            if text is not None:
                tree.write(path, text)
            elif (root / path).exists():
                (root / path).unlink()
        tree.check()
    tree.memory.close()
