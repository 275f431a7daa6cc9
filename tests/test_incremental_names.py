"""What later runs tell of names: by how many files they are referred to."""

from __future__ import annotations

from pathlib import Path

from conftest import write_files
from test_incremental import Tree


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
