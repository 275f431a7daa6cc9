"""Which words of a question find a memory, and in which order memories come."""

from __future__ import annotations

from pathlib import Path

import pytest

from engrep import Memory


def test_one_more_word_leaves_the_hits(tmp_path: Path) -> None:
    """A word that no memory holds takes nothing away from ten that hold the others."""
    (tmp_path / "plain").mkdir()
    with Memory.open(tmp_path / "plain", home=tmp_path / "home") as memory:
        for reason in "cards banks holidays refunds limits fraud outages currencies taxes audits".split():
            memory.remember(f"The payment queue waits because of {reason}.")
        few = {item.id for item in memory.recall("payment queue").items}
        more = {item.id for item in memory.recall("payment queue zeppelin").items}
    assert len(few) == 10
    assert more == few


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("死锁", "我们修复了权限死锁问题"),
        ("权限", "我们修复了权限死锁问题"),
        ("权限死锁", "我们修复了权限死锁问题"),
        ("deadlock", "我们修复了权限死锁问题"),
        ("database", "Both databases are sharded."),
        ("数据库", "Both databases are sharded."),
        ("user name", "`getUserName` is empty for guests."),
        ("getUserName在哪里为空", "`getUserName` is empty for guests."),
        ("which package manager?", "We use pnpm, never npm."),
        ("用哪个包管理器？", "We use pnpm, never npm."),
    ],
)
def test_words_meet_across_forms_and_languages(tmp_path: Path, question: str, expected: str) -> None:
    """Inflections, parts of names, Chinese words inside runs, and the other language's word find the memory, first."""
    root = tmp_path / "root"
    root.mkdir()
    with Memory.open(root, home=tmp_path / "home") as memory:
        for said in (
            "我们修复了权限死锁问题", "Both databases are sharded.", "`getUserName` is empty for guests.",
            "We use pnpm, never npm.", "发票三十天内可以红冲", "Deploys happen on Fridays.",
        ):  # fmt: skip
            memory.remember(said)
        assert memory.recall(question).items[0].text == expected


@pytest.mark.parametrize("embedder", ["none", None])
def test_what_a_model_learned_stands_for_a_word(tmp_path: Path, embedder: str | None) -> None:
    """The other script's word brings a memory, with vectors or without; one of the same script only helps what is there."""
    root = tmp_path / "root"
    root.mkdir()
    with Memory.open(root, home=tmp_path / "home", embedder=embedder) as memory:
        for said in ("Thumbnails are kept as 水印 files.", "Prefers composition over inheritance."):
            memory.remember(said)
        assert [item.text for item in memory.recall("watermarks").items] == ["Thumbnails are kept as 水印 files."]
        assert memory.recall("preferences of the trombonist").items == ()


def test_what_was_distilled_comes_before_the_turn_that_said_it(tmp_path: Path) -> None:
    """A memory and a turn with the same words: the memory is first, whatever else its session says."""
    root = tmp_path / "root"
    root.mkdir()
    log = tmp_path / "said.md"
    log.write_text(
        "## user\n\nAlways use bun for installs. The package cache is warm.\n\n## assistant\n\nNoted: bun.\n"
    )
    with Memory.open(root, home=tmp_path / "home") as memory:
        memory.distil(str(log))
        found = memory.recall("which package manager?").items
    assert [found[0].type, found[0].text] == ["memory", "Always use bun for installs."]
    assert any(item.type == "turn" for item in found)


def test_only_the_new_rule_comes_back_and_the_old_one_by_date(tmp_path: Path) -> None:
    """Spaces took the place of tabs; asked as of the spring, it was tabs."""
    root = tmp_path / "root"
    root.mkdir()
    with Memory.open(root, home=tmp_path / "home") as memory:
        memory.remember("Indent with tabs.", slot="indentation", said_at="2024-01-05T10:00:00Z")
        memory.remember("Indent with spaces.", slot="indentation", said_at="2024-06-05T10:00:00Z")
        assert [item.text for item in memory.recall("tabs or spaces?").items] == ["Indent with spaces."]
        assert [item.text for item in memory.recall("indentation").items] == ["Indent with spaces."]
        assert [item.text for item in memory.recall("indentation", as_of="2024-03-01").items] == ["Indent with tabs."]
        assert memory.recall("indentation", as_of="2023-03-01").items == ()


def test_what_is_equally_good_stands_in_one_order_in_every_copy(tmp_path: Path) -> None:
    """Ids are drawn by lot, and ties were broken by them: the same memories gave another order elsewhere."""
    said = [f"The {name} gateway is slow." for name in ("red", "blue", "green", "grey", "pink", "black")]
    orders = set()
    for copy in ("one", "two", "three"):
        (tmp_path / copy).mkdir()
        with Memory.open(tmp_path / copy, home=tmp_path / "home") as memory:
            for text in said:
                memory.remember(text, said_at="2026-01-01T00:00:00Z")
            orders.add(tuple(item.text for item in memory.recall("gateway").items))
    assert len(orders) == 1
