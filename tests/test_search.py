"""One question, one ranked list: what comes first, what is said when nothing does, and what may be switched off."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import pytest
from conftest import write_files, write_model

from engrep import Memory
from engrep.engine.query import parse
from engrep.engine.types import Search

TWO_RETRIES = '''
    #- billing/__init__.py
    #- billing/retry.py
    def backoff(attempt):
        """Seconds before the next attempt."""
        return 60 * 4 ** attempt
    #- net/__init__.py
    #- net/retry.py
    def backoff(attempt):
        """Seconds before the next attempt."""
        return 60 * 4 ** attempt
'''


class Shelf:
    """Indexed repositories, one for each text of files that was asked about."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.memories: dict[str, Memory] = {}

    def memory(self, fixture: str) -> Memory:
        """Give the memory of the files of a fixture, indexed when it is first asked for."""
        if fixture not in self.memories:
            root = write_files(self.folder / str(len(self.memories)), fixture)
            self.memories[fixture] = Memory.open(root, home=self.folder / "home")
            self.memories[fixture].index(jobs=1)
        return self.memories[fixture]


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shelf]:
    """Search without an embedding model, whatever the environment configures."""
    found = Shelf(tmp_path_factory.mktemp("search"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ENGREP_EMBEDDER", "none")
        yield found
    for memory in found.memories.values():
        memory.close()


def check_search(shelf: Shelf, fixture: str, question: str, *, first: str, from_file: str | None = None) -> Search:
    """Check that a symbol, or a file's path, is the first hit; give the whole answer."""
    answer = shelf.memory(fixture).search(question, from_file=from_file)
    assert answer.hits, f"nothing found for {question!r}"
    assert first in (answer.hits[0].qualified_name, answer.hits[0].path), [hit.qualified_name for hit in answer.hits]
    return answer


def together(*fixtures: str) -> str:
    """Join the files of several texts."""
    return "\n".join(map(dedent, fixtures))


def candidates(answer: Search) -> dict[str, str]:
    """Give the module of every candidate that the answer lists as undecided."""
    listed = answer.ambiguous.candidates if answer.ambiguous else ()
    return {candidate.qualified_name: candidate.module for candidate in listed}


@pytest.mark.parametrize("module", ["net", "billing"])
def test_a_module_word_picks_the_namesake(shelf: Shelf, module: str) -> None:
    """A module word in the question picks the namesake."""
    answer = check_search(shelf, TWO_RETRIES, f"backoff in {module}", first=f"{module}.retry.backoff")
    assert answer.ambiguous is None


@pytest.mark.parametrize("module", ["net", "billing"])
def test_what_the_asker_imports_picks_the_namesake(shelf: Shelf, module: str) -> None:
    """A bare name means what it means in the asker's file."""
    caller = f"""
        #- jobs.py
        from {module}.retry import backoff

        def pause():
            return backoff(3)
    """
    answer = check_search(
        shelf, together(TWO_RETRIES, caller), "backoff", first=f"{module}.retry.backoff", from_file="jobs.py"
    )
    assert answer.ambiguous is None


@pytest.mark.parametrize("module", ["net", "billing"])
def test_the_askers_own_package_picks_the_namesake(shelf: Shelf, module: str) -> None:
    """Without any use of the name, the asker's package is nearer than another."""
    fixture = together(TWO_RETRIES, f"#- {module}/client.py\ndef send():\n    return 1\n")
    check_search(shelf, fixture, "backoff", first=f"{module}.retry.backoff", from_file=f"{module}/client.py")


def test_undecided_namesakes_are_listed_with_what_sets_them_apart(shelf: Shelf) -> None:
    """A bare name that two modules bear equally is answered with both, each with module, signature and one caller."""
    callers = """
        #- billing/charge.py
        from billing.retry import backoff

        def charge():
            return backoff(1)
        #- net/dial.py
        from net.retry import backoff

        def dial():
            return backoff(1)
    """
    answer = shelf.memory(together(TWO_RETRIES, callers)).search("backoff")
    assert candidates(answer) == {"billing.retry.backoff": "billing.retry", "net.retry.backoff": "net.retry"}
    assert answer.ambiguous is not None
    assert answer.ambiguous.name == "backoff"
    assert {each.caller for each in answer.ambiguous.candidates} == {"billing.charge.charge", "net.dial.dial"}
    assert all(each.signature.startswith("def backoff(attempt)") for each in answer.ambiguous.candidates)


def test_a_name_without_namesakes_is_not_ambiguous(shelf: Shelf) -> None:
    """What only one symbol bears has no margin and no candidates."""
    answer = check_search(shelf, "#- a.py\ndef settle():\n    return 1\n", "settle", first="a.settle")
    assert answer.ambiguous is None
    assert answer.hits[0].margin is None


TESTED = '''
    #- ledger.py
    def reconcile(entries):
        """Reconcile ledger entries with the bank."""
        return sum(entries)
    #- tests/test_ledger.py
    from ledger import reconcile

    def test_reconcile_ledger_entries():
        """Reconcile ledger entries with the bank."""
        assert reconcile([1, 2]) == 3
'''


def test_tests_come_after_the_code_they_test(shelf: Shelf) -> None:
    """A test that says the same words as the code stands below it."""
    check_search(shelf, TESTED, "reconcile ledger entries with the bank", first="ledger.py")


def test_tests_come_first_when_they_are_asked_for(shelf: Shelf) -> None:
    """A question that speaks of tests is shown the test."""
    check_search(shelf, TESTED, "test that ledger entries reconcile", first="tests/test_ledger.py")


def test_every_file_is_shown_once_before_any_is_shown_twice(shelf: Shelf) -> None:
    """A file full of matches does not crowd out the others."""
    crowd = "\n\n".join(f"def parse_price_{n}(text):\n    return float(text)" for n in range(12))
    other = "#- other.py\ndef parse_price(text):\n    return float(text)\n"
    answer = shelf.memory(f"{other}#- crowd.py\n{crowd}\n").search("how is a price parsed")
    assert [hit.path for hit in answer.hits[:2]] in (["crowd.py", "other.py"], ["other.py", "crowd.py"])


MIXED = """
    #- web/cart.ts
    export class Cart {
      total(): number { return 1; }
    }
    export function total(): number { return 2; }
    #- shop/cart.py
    class Cart:
        def total(self):
            return 1
    #- shop/sum.py
    def total(values):
        return sum(values)
"""


@pytest.mark.parametrize("question", ["total", "how is the total computed"])
def test_filters_keep_only_what_fits(shelf: Shelf, question: str) -> None:
    """A path, a language and a kind each leave only hits that fit, and leave some."""
    by_folder = shelf.memory(MIXED).search(question, path="shop/*")
    by_language = shelf.memory(MIXED).search(question, language="typescript")
    by_kind = shelf.memory(MIXED).search(question, kind="function")
    assert {hit.path for hit in by_folder.hits} == {"shop/cart.py", "shop/sum.py"}
    assert {hit.path for hit in by_language.hits} == {"web/cart.ts"}
    assert {hit.kind for hit in by_kind.hits} == {"function"}


def test_a_filter_narrows_the_candidates_too(shelf: Shelf) -> None:
    """Namesakes that a filter leaves out are not listed as undecided."""
    answer = shelf.memory(TWO_RETRIES).search("backoff", path="net/*")
    assert [hit.qualified_name for hit in answer.hits[:1]] == ["net.retry.backoff"]
    assert answer.ambiguous is None


def test_lanes_can_be_switched_off(shelf: Shelf) -> None:
    """A lane that is switched off adds nothing to any score, and the others still answer."""
    identity_parts = {"named", "stem", "stem_cover", "stem_is_name", "path", "traceback", "near_asker"}
    lexical_parts = {"best_chunk", "all_chunks", "comments", "best_comments", "folders", "symbol_names", "best_name"}
    for lanes, absent in ((["lexical"], identity_parts), (["identity"], lexical_parts)):
        answer = shelf.memory(TWO_RETRIES).search("net.retry.backoff", lanes=lanes)
        parts = {part.part for hit in answer.hits for part in hit.why}
        assert answer.hits
        assert parts.isdisjoint(absent)


@pytest.mark.parametrize("question", ["backoff", "backoff in net", "seconds before the next attempt"])
def test_the_parts_of_a_score_add_up_to_it(shelf: Shelf, question: str) -> None:
    """Every score is explained in full, up to what rounding and parts near zero leave out."""
    answer = shelf.memory(TWO_RETRIES).search(question)
    assert answer.hits
    for hit in answer.hits:
        assert hit.score == pytest.approx(sum(part.value for part in hit.why), abs=0.01)


@pytest.mark.parametrize("question", ["backof", "Backofff", "bckoff", "bakcoff"])
def test_a_misspelt_name_is_answered_with_a_suggestion(shelf: Shelf, question: str) -> None:
    """A name that nothing bears brings the names spelled nearly like it."""
    assert "backoff" in shelf.memory(TWO_RETRIES).search(question).did_you_mean


def test_a_call_that_may_mean_any_namesake_makes_nobody_its_caller(shelf: Shelf) -> None:
    """A call on an unknown receiver was shown as a caller of every namesake."""
    fixture = """
        #- queues.py
        class Inbox:
            def spawn(self, job):
                return [job]
        #- pools.py
        class Pool:
            def spawn(self, job):
                return [job]
        #- main.py
        def run(place, job):
            return place.spawn(job)
    """
    ambiguous = shelf.memory(fixture).symbol("spawn").ambiguous
    assert ambiguous is not None
    assert [candidate.caller for candidate in ambiguous.candidates] == [None, None]


def test_a_name_that_is_there_brings_no_suggestion(shelf: Shelf) -> None:
    """Nothing is suggested for a name that exists."""
    assert shelf.memory(TWO_RETRIES).search("backoff").did_you_mean == ()


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


@pytest.mark.parametrize(
    ("line", "first"),
    [(1, "m.Outer"), (2, "m.Outer.Inner"), (4, "m.Outer.Inner.deep"), (6, "m.Outer.flat"), (9, "m.last")],
)
def test_a_line_gives_the_innermost_symbol(shelf: Shelf, line: int, first: str) -> None:
    """`path:line` gives the smallest definition around that line."""
    fixture = """
        #- m.py
        class Outer:
            class Inner:
                def deep(self):
                    return 4
            def flat(self):
                return 6

        def last():
            return 9
    """
    check_search(shelf, fixture, f"m.py:{line}", first=first)


def test_a_hit_spans_the_definition_it_names(shelf: Shelf) -> None:
    """The lines and the text of a hit are those of its symbol, decorators and all."""
    fixture = """
        #- m.py
        import functools


        @functools.cache
        def slow(n):
            return n * 6
    """
    hit = check_search(shelf, fixture, "slow", first="m.slow").hits[0]
    assert (hit.start_line, hit.end_line) == (4, 6)
    assert hit.text.splitlines()[0] == "@functools.cache"
    assert hit.text.splitlines()[-1] == "    return n * 6"


def test_the_symbol_verb_lists_every_namesake(shelf: Shelf) -> None:
    """`symbol` gives all definitions of a name, and says that nothing sets two equal ones apart."""
    answer = shelf.memory(TWO_RETRIES).symbol("backoff")
    assert {hit.qualified_name for hit in answer.hits} == {"billing.retry.backoff", "net.retry.backoff"}
    assert set(candidates(answer)) == {"billing.retry.backoff", "net.retry.backoff"}


def test_a_hit_in_a_file_that_changed_since_is_marked(tmp_path: Path) -> None:
    """A hit in a file that changed or went after it was indexed is marked stale, and counted."""
    root = write_files(tmp_path / "root", TWO_RETRIES)
    with Memory.open(root, home=tmp_path / "home") as memory:
        memory.index(jobs=1)
        assert not any(hit.stale for hit in memory.search("backoff").hits)
        (root / "net" / "retry.py").write_text("# moved\n\ndef backoff(attempt):\n    return 1\n", encoding="utf-8")
        (root / "billing" / "retry.py").unlink()
        answer = memory.search("backoff")
        assert {hit.path for hit in answer.hits if hit.stale} == {"net/retry.py", "billing/retry.py"}
        assert answer.index.stale_files == 2


def test_vectors_of_another_model_are_not_searched(tmp_path: Path) -> None:
    """An index whose vectors come from another model than the one that is given is searched without them, and says so."""
    root = write_files(tmp_path / "root", TWO_RETRIES)
    one, two = (str(write_model(tmp_path / f"{seed}.npz", seed=seed)) for seed in (1, 2))
    with Memory.open(root, home=tmp_path / "home", embedder=one) as memory:
        memory.index(jobs=1)
        assert memory.search("seconds before the next attempt", lanes=["dense"]).hits
    with Memory.open(root, home=tmp_path / "home", embedder=two) as memory:
        assert not memory.search("seconds before the next attempt", lanes=["dense"]).hits
        answer = memory.search("seconds before the next attempt")
        assert answer.hits
        assert answer.index.without_vectors is not None
        assert "the index holds vectors of 1-" in answer.index.without_vectors


def test_a_warm_process_answers_as_a_cold_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tenth search of a process gives what its first gave, and sees an index run in between."""
    root = write_files(tmp_path / "root", TWO_RETRIES)
    monkeypatch.setenv("ENGREP_EMBEDDER", str(write_model(tmp_path / "one.npz")))
    with Memory.open(root, home=tmp_path / "home") as memory:
        memory.index(jobs=1)
        answers = [memory.search("seconds before the next payment", lanes=["dense"]).hits for _ in range(10)]
        assert answers[0]
        assert all(answer == answers[0] for answer in answers)
        (root / "card.py").write_text("def charge_card(client):\n    return client\n", encoding="utf-8")
        memory.index(jobs=1)
        for _ in range(6):
            found = memory.search("charge card client", lanes=["dense"]).hits
            assert "card.py" in {hit.path for hit in found}


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
