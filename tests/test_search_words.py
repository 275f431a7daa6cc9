"""What the words of a question find: in any script, spelling and number."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from conftest import PROJECT, MakeRepo, write_files
from shelves import Shelf, check_search

from engrep import Memory
from engrep.engine.query import parse


@pytest.mark.parametrize("question", ["死锁", "权限死锁是怎么修复的", "修复 权限"])
def test_a_question_in_chinese_finds_a_chinese_comment(shelf: Shelf, question: str) -> None:
    """Part of a run of Chinese characters finds the comment that holds it."""
    fixture = """
        #- guard.py
        def grant(user):
            # 我们修复了权限死锁问题
            return user
        #- menu.py
        def draw(user):
            # 绘制主菜单和按钮
            return user
    """
    check_search(shelf, fixture, question, first="guard.py")


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("getUser在哪里做权限检查", [("getUser",)]),
        ("锁住之后Lock.release会怎样处理waitQueue？", [("Lock", "release"), ("Lock",), ("release",), ("waitQueue",)]),
        ("test_登录成功 为什么失败", [("test_登录成功",)]),
        ("任务出错之后隔多久再试一次？", []),
    ],
)
def test_identifiers_inside_chinese_are_read_as_names(question: str, names: list[tuple[str, ...]]) -> None:
    """Chinese touches an identifier without a blank: both were taken for one long name, the whole question too."""
    read = parse(question)
    assert read.shape == "question"
    assert [name.parts for name in read.names] == names


@pytest.mark.parametrize("question", ["获取用户名", "test_登录成功", "getUser数据"])
def test_a_name_with_chinese_in_it_stays_one_name(shelf: Shelf, question: str) -> None:
    """Identifiers may be Chinese, wholly or in part."""
    fixture = f"""
        #- people.py
        def {question}(key):
            return key
        #- other.py
        def load(key):
            # {question}
            return key
    """
    check_search(shelf, fixture, question, first=f"people.{question}")


@pytest.mark.parametrize(
    ("question", "first"),
    [
        ("database", "storage.py"),
        ("databases", "storage.py"),
        ("user name", "people.py"),
        ("getUserName", "people.py"),
        ("get_user_name", "people.py"),
        ("retried charges", "charges.py"),
    ],
)
def test_inflections_and_spellings_meet(shelf: Shelf, question: str, first: str) -> None:
    """Plurals, tenses and the ways to join words do not matter."""
    fixture = """
        #- storage.py
        def open_all(databases):
            return [each.open() for each in databases]
        #- people.py
        def getUserName(person):
            return person.title
        #- charges.py
        def run(charge):
            return retry(charge)
        #- colours.py
        def mix(red, green):
            return red + green
    """
    check_search(shelf, fixture, question, first=first)


@pytest.mark.parametrize(
    "question",
    [
        "shop.cart.Cart.total", "cart.Cart.total", "Cart.total", "Cart::total", "Cart#total", "Cart->total", "Cart.total()",
        "shop/cart.py:Cart.total", "shop/cart.py::Cart.total", "cart.py:total", "cart.py::total", "cart.py#total",
        "shop/cart.py:3",
    ],
)  # fmt: skip
def test_a_qualified_name_is_found_in_any_spelling(shelf: Shelf, question: str) -> None:
    """However a qualified name is written, it is the first hit, and no namesake casts doubt on it."""
    fixture = """
        #- shop/__init__.py
        #- shop/cart.py
        class Cart:
            def total(self):
                return 1

            def clear(self):
                return None
        #- shop/order.py
        class Order:
            def total(self):
                return 2
    """
    answer = check_search(shelf, fixture, question, first="shop.cart.Cart.total")
    assert answer.ambiguous is None


def test_a_narrow_filter_finds_what_common_words_would_hide(tmp_path: Path) -> None:
    """A filter on files looks through all matches, not only through the best of the whole index."""
    crowd = "\n".join(f"def retry_payment_{number}():\n    return 'retry payment'\n" for number in range(50))
    many = "\n".join(f"#- crowd/m{number}.py\n{crowd}" for number in range(40))
    root = write_files(
        tmp_path / "root", f"{many}\n#- far/other.py\n# A long text, in which one payment stands.\nVALUE = 1\n"
    )
    with Memory.open(root, home=tmp_path / "home") as memory:
        memory.index(jobs=1)
        assert [hit.path for hit in memory.search("retry payment", path="far/*").hits] == ["far/other.py"]


def test_the_best_match_is_gathered_among_many_that_match_less(tmp_path: Path) -> None:
    """The words' weights decide which chunks are candidates, not the order in which files were read."""
    many = "".join(f"#- a{n}.py\ndef early{n}(payment):\n    return payment + {n}\n" for n in range(400))
    root = write_files(tmp_path, many + "#- z.py\ndef refund(payment):\n    return settle(payment)\n")
    with Memory.open(root) as memory:
        memory.index()
        assert memory.search("where do we settle a payment", limit=1).hits[0].path == "z.py"


def test_common_words_gather_files_when_rare_ones_gather_few(tmp_path: Path) -> None:
    """A file that has only the common one of the words asked for is an answer too, after those with the rare ones."""
    root = tmp_path / "root"
    words = ["zebra", "giraffe", *["colour"] * 28]
    for number, word in enumerate(words):
        write_files(root, f"#- animal_{number}.py\ndef paint_{number}(canvas):\n    return canvas.{word}\n")
    with Memory.open(root, home=tmp_path / "home") as memory:
        memory.index(jobs=1)
        found = memory.search("zebra giraffe colour", lanes=["lexical"], limit=30).hits
    assert {hit.path for hit in found[:2]} == {"animal_0.py", "animal_1.py"}
    assert len(found) == len(words)


def test_the_chunks_with_most_of_the_words_are_gathered_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When there is room for one candidate, it is the file that has every word, not the first file that has any."""
    monkeypatch.setattr("engrep.engine.lanes.LEXICAL_CHUNKS", 1)
    monkeypatch.setattr("engrep.engine.lanes.NAME_CHUNKS", 1)
    root = tmp_path / "root"
    words = [*["zebra", "giraffe", "colour"] * 10, "zebra.giraffe.colour"]
    for number, word in enumerate(words):
        write_files(root, f"#- animal_{number}.py\ndef paint_{number}(canvas):\n    return canvas.{word}\n")
    with Memory.open(root, home=tmp_path / "home") as memory:
        memory.index(jobs=1)
        found = memory.search("zebra giraffe colour", lanes=["lexical"]).hits
    assert [hit.path for hit in found] == ["animal_30.py"]


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("where is money taken", "where is money taken"),
        ("Charging fails at night\n\nIt worked before.\nSince May it does not.", "Charging fails at night"),
        ("## Bug\n\nCharging fails at night\n\nIt worked before.", "## Bug Charging fails at night"),
        ("charge " * 100, ("charge " * 43)[:300]),
    ],
)
def test_the_title_of_an_issue_is_what_it_says_first(text: str, title: str) -> None:
    """A heading alone says nothing yet; what is no issue is its own title."""
    assert parse(text).title == title


@pytest.mark.parametrize(
    ("given", "name"),
    [("类", "u.类"), ("方法", "u.类.方法"), ("éx", "u.e\u0301x"), ("cafe\u0301", "u.café")],
)
def test_a_name_is_found_however_its_letters_are_made(repo: MakeRepo, given: str, name: str) -> None:
    """A name of Chinese letters alone, and one whose accent is a sign of its own, were said to be nobody's."""
    root = repo("#- u.py\ndef e\u0301x(): pass\ndef café(): pass\nclass 类:\n    def 方法(self): pass\n")
    with Memory.open(root) as memory:
        memory.index()
        assert [hit.qualified_name for hit in memory.symbol(given).hits] == [name]
        assert memory.callers(given).symbol == name


def test_no_hit_is_shown_for_what_holds_of_any_question(tmp_path: Path) -> None:
    """The nearest vectors bring every file of a small project along; those that nothing else speaks for were hits."""
    root = shutil.copytree(PROJECT / "docs" / "example", tmp_path / "example")
    with Memory.open(root, home=tmp_path / "home", embedder="static") as memory:
        memory.index()
        hits = memory.search("an extra surcharge").hits
    assert hits
    assert all({why.part for why in hit.why} - {"depth", "central", "test", "prose"} for hit in hits)
