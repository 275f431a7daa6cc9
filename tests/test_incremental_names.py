"""What later runs make of names: by how many files they are referred to, and odd signs in them."""

from __future__ import annotations

from pathlib import Path

from clean_runs import Tree
from conftest import write_files

from engrep.engine.references import identifiers_in


def test_a_name_that_nothing_refers_to_any_more_is_counted_anew(tmp_path: Path) -> None:
    """A run that changes most files counts the uses of all names, those that lost their last use too."""
    root = write_files(tmp_path / "small", "#- a.py\ndef spare():\n    pass\n#- b.py\nspare()\n")
    tree = Tree(root, tmp_path / "aside")
    tree.check()
    tree.write("b.py", "other()\n")
    tree.check()
    tree.memory.close()


def test_uses_are_counted_where_no_name_was_defined_before(tmp_path: Path) -> None:
    """Files that define nothing still refer to what a later run adds."""
    root = write_files(tmp_path / "small", "#- a.py\nlater()\n#- b.py\nlater()\n")
    tree = Tree(root, tmp_path / "aside")
    tree.check()
    tree.write("c.py", "def later():\n    pass\n")
    tree.check()
    tree.memory.close()


def test_a_name_with_a_sign_in_it_is_followed(tmp_path: Path) -> None:
    """A call on what a function gives is resolved again when the function gives something else."""
    root = write_files(
        tmp_path / "odd",
        "".join(f"#- far/{number}.py\ndef far{number}():\n    pass\n" for number in range(12))
        + "#- types.ts\nexport class Canvas { paint() {} }\nexport class Fence { paint() {} }\n"
        + "#- a.ts\nimport { Canvas, Fence } from './types'\nexport function $el(): Canvas { return null }\n"
        + "#- b.ts\nimport { $el } from './a'\nfunction go() { const it = $el(); it.paint() }\n",
    )
    tree = Tree(root, tmp_path / "aside")
    tree.check()
    tree.replace("a.ts", "Canvas {", "Fence {")
    tree.check()
    tree.memory.close()


def test_identifiers_of_every_script_stay_whole() -> None:
    """Vowel signs and emoji, which are no word characters to a pattern, belong to the name that they stand in."""
    assert identifiers_in("नमस्ते.go(🐶) -> élan") == ["नमस्ते", "go", "🐶", "élan"]
