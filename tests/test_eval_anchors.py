"""What became of a place is decided by Python's own parser, and only where nobody could argue."""

from __future__ import annotations

import json
from pathlib import Path
from textwrap import dedent

import pytest
from conftest import Cli, MakeRepo, commit_all, git, write_files

from engrep.engine.errors import UsageError
from engrep.eval.anchor_cases import History, is_gone, truth
from engrep.eval.anchor_set import write_anchors
from engrep.eval.datasets import places
from engrep.eval.python_bodies import bodies
from engrep.eval.runs import read_run
from engrep.eval.systems.anchor_baselines import by_text
from engrep.eval.systems.anchors import BODY, FRESH, MISSING, MOVED, SIGNATURE, STATES, Place, Verdict
from engrep.eval.systems.registry import make
from engrep.eval.tasks.anchors import Anchors, values_of

BEFORE = """
    #- shop/cart.py
    class Cart(object):
        def total(self, items):
            '''Sum up.'''
            result = 0
            for each in items:
                result += each.price * each.count
            return result

        def clear(self):
            self.items = []

    def discount(cart, rate=0.1):
        return cart.total(cart.items) * (1 - rate)

    def ship(cart, to):
        parcel = pack(cart.items, fragile=cart.is_fragile)
        label = print_label(to.street, to.city, to.country)
        return parcel, label

    def refund(order, reason):
        for payment in order.payments:
            payment.gateway.give_back(payment.amount, reason)
        order.state = "refunded"

    def audit(ledger, since):
        return [entry for entry in ledger.entries if entry.at > since and not entry.is_sealed]

    def tiny(x):
        return x

    def twice(): return 1
    def twice(): return 2
    #- shop/old.py
    def copied(a, b):
        left = sorted(a.values, key=str)
        return [each for each in left if each not in b.values]
    #- broken.py
    def lost(a): return a
    """
AFTER = """
    #- shop/cart.py
    class Cart:
        # rounding is done elsewhere
        def total(self, items):
            result = 0
            for each in items:
                result += (each.price * each.count)
            return result

        def clear(self):
            self.items.clear()

    def discount(cart, rate=0.2):
        return cart.total(cart.items) * (1 - rate)

    def audit(ledger: Ledger, since) -> list:
        return [entry for entry in ledger.entries if entry.at > since and not entry.is_sealed]

    def twice(): return 1
    #- shop/shipping.py
    def send(cart, to):
        parcel = pack(cart.items, fragile=cart.is_fragile)
        label = print_label(to.street, to.city, to.country)
        return parcel, label
    #- shop/one.py
    def copied(a, b):
        left = sorted(a.values, key=str)
        return [each for each in left if each not in b.values]
    #- shop/two.py
    def copied(a, b):
        left = sorted(a.values, key=str)
        return [each for each in left if each not in b.values]
    #- broken.py
    def lost(a) return a
    """
FATES = {
    ("shop/cart.py", "Cart.total"): (FRESH, ("shop/cart.py", "Cart.total")),  # a comment, a docstring, brackets
    ("shop/cart.py", "Cart"): (BODY, ("shop/cart.py", "Cart")),
    ("shop/cart.py", "Cart.clear"): (BODY, ("shop/cart.py", "Cart.clear")),
    ("shop/cart.py", "discount"): (SIGNATURE, ("shop/cart.py", "discount")),
    ("shop/cart.py", "ship"): (MOVED, ("shop/shipping.py", "send")),
    ("shop/cart.py", "refund"): (MISSING, None),
    ("shop/cart.py", "audit"): None,  # annotations alone
    ("shop/cart.py", "tiny"): None,  # too small to be told from another
    ("shop/cart.py", "twice"): None,
    ("shop/old.py", "copied"): None,  # to which of two?
    ("broken.py", "lost"): None,
}


def two_commits(folder: Path) -> Path:
    """Make a history of the two states."""
    folder.mkdir()
    write_files(folder, BEFORE)
    commit_all(folder)
    (folder / "shop" / "old.py").unlink()
    write_files(folder, AFTER)
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "second")
    return folder


def test_what_became_of_each_place(tmp_path: Path) -> None:
    """Each state is told from the two trees, and what could be argued about is left out."""
    history = History(two_commits(tmp_path / "shop") / ".git")
    before, after = history.state("HEAD~1"), history.state("HEAD")
    found = {key: truth(key, before, after) for key in before.at}
    assert {key: each and (each.verdict, each.now) for key, each in found.items()} == FATES


def test_what_is_gone_is_like_nothing_new() -> None:
    """Half of the words in something new, and it may be the same thing moved and changed."""
    refund, changed, other = (
        body
        for body in bodies(
            dedent("""
            def refund(order, reason):
                for payment in order.payments:
                    payment.gateway.give_back(payment.amount, reason)
            def give_back(order, reason, by):
                for payment in order.payments:
                    payment.gateway.give_back(payment.amount, reason, by)
                log(by)
            def report(lines):
                print(sorted(lines))
            """).encode()
        )
        or ()
    )
    assert not is_gone(refund, [(other, other.words()), (changed, changed.words())])
    assert is_gone(refund, [(other, other.words())])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("class A(object):\n  '''Doc.'''\n  x = u'a'", "class A:\n    x = 'a' # why"),
        ("class A:\n  class B(object): pass", "class A:\n  class B:\n    '''Doc.'''"),
        ("def f(a): pass", "def f(a):\n  '''Only a docstring.'''"),
        ("def f(a: int) -> int: return a", "def f(a): return a"),
    ],
)
def test_writing_is_not_content(one: str, other: str) -> None:
    """Docstrings, comments, layout, prefixes, annotations and a base that is one unsaid change nothing of the content."""
    first, second = (bodies(each.encode()) or [] for each in (one, other))
    assert [each.content for each in first] == [each.content for each in second]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("def f(a): return a", "def f(a): return -a"),
        ("def f(a): return a", "def f(a, b): return a"),
        ("def f(a): return a", "async def f(a): return a"),
        ("@x\ndef f(a): return a", "def f(a): return a"),
        ("class A(B): pass", "class A(C): pass"),
        ("class A:\n  def f(self): return 1", "class A:\n  def f(self): return 2"),
    ],
)
def test_what_runs_otherwise_is_other_content(one: str, other: str) -> None:
    """Statements, parameters, bases, decorators and what is inside a class count."""
    first, second = (bodies(each.encode()) or [] for each in (one, other))
    assert first[0].content != second[0].content


def test_lines_are_counted_with_decorators() -> None:
    """A place begins where its first decorator does."""
    found = bodies(b"import x\n\n@x.a\n@x.b\ndef f():\n    return 1\n")
    assert [(each.start_line, each.end_line) for each in found or ()] == [(3, 6)]


@pytest.mark.parametrize(
    ("said", "right", "expected"),
    [
        (Verdict(MISSING), Verdict(SIGNATURE, "a", "f"), {"verdict": 0, "withheld precision": (1, 1), "withheld recall": (1, 1)}),
        (Verdict(MISSING), Verdict(FRESH, "a", "f"), {"verdict": 0, "withheld precision": (0, 1)}),
        (Verdict(FRESH, "a", "f"), Verdict(MISSING), {"verdict": 0, "withheld recall": (0, 1)}),
        (Verdict(MOVED, "b", "f"), Verdict(MOVED, "b", "g"), {"verdict": 1, "place": 0}),
        (Verdict(MOVED, "b", "g"), Verdict(MOVED, "b", "g"), {"verdict": 1, "place": 1}),
    ],
)  # fmt: skip
def test_a_verdict_is_scored(said: Verdict, right: Verdict, expected: dict[str, object]) -> None:
    """The state itself, what is kept back, and for what moved the new place."""
    assert values_of(said, right) == expected


@pytest.mark.parametrize(
    ("system", "expected"),
    [
        ("name", [FRESH, FRESH, FRESH, MISSING, MISSING]),
        ("file", [BODY, BODY, BODY, BODY, BODY]),
        ("lines", [BODY, BODY, BODY, BODY, BODY]),
        ("text", [BODY, BODY, BODY, MISSING, MISSING]),
    ],
)
def test_what_the_baselines_see(repo: MakeRepo, system: str, expected: list[str]) -> None:
    """Each is blind to something else."""
    root = repo(BEFORE)
    asked = ("Cart.total", "Cart.clear", "discount", "ship", "refund")
    found = {each.name: each for each in bodies((root / "shop" / "cart.py").read_bytes()) or ()}
    with make(system, "anchors").open(root, root) as index:
        index.update()
        anchors = [
            index.anchor(Place("shop/cart.py", name, found[name].start_line, found[name].end_line)) for name in asked
        ]
        assert {index.verdict(each).state for each in anchors} == {FRESH}
        write_files(root, AFTER)
        index.update()
        assert [index.verdict(each).state for each in anchors] == expected


def test_a_text_is_followed_into_the_one_file_that_has_it(repo: MakeRepo) -> None:
    """With two such files nothing is said of where it went."""
    root = repo(BEFORE)
    with make("text", "anchors").open(root, root) as index:
        index.update()
        anchor = index.anchor(Place("shop/old.py", "copied", 1, 3))
    text = anchor.file
    assert by_text(anchor, {"a.py": text}) == Verdict(MOVED, "a.py", "copied")
    assert by_text(anchor, {"a.py": text, "b.py": text}) == Verdict(MISSING)


def test_a_history_is_replayed(cli: Cli, tmp_path: Path) -> None:
    """Cases are drawn, their commits fetched, and a baseline runs on them."""
    clone = two_commits(tmp_path / "shop")
    drawn = cli(
        "eval", "replay", "shop", "data/mine", "--repository", "an/shop", "--at", "HEAD~1", "--at", "HEAD", "--json",
        cwd=tmp_path,
    )  # fmt: skip
    assert drawn.returncode == 0, drawn.stderr
    assert json.loads(drawn.stdout)["verdicts"] == {FRESH: 1, MOVED: 1, BODY: 2, SIGNATURE: 1, MISSING: 1}
    options = ("--data", "data", "--cache", "cache")
    absent = cli("eval", "run", "anchors:mine", "--system", "name", *options, cwd=tmp_path)
    assert absent.returncode == 3
    assert "engrep eval fetch anchors:mine" in " ".join(absent.stderr.split())
    fetched = cli("eval", "fetch", "anchors:mine", *options, "--remote", clone.as_uri(), cwd=tmp_path)
    assert fetched.returncode == 0, fetched.stderr
    done = cli("eval", "run", "anchors:mine", "--system", "name", "--system", "text", *options, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    cases = {case["id"]: case for case in read_run(tmp_path / "runs" / "anchors_mine.name.jsonl").cases}
    right = {name for name, case in cases.items() if case["values"]["verdict"]}
    assert right == {"shop/cart.py:Cart.total", "shop/cart.py:refund"}
    assert cases["shop/cart.py:ship"]["note"] == "said missing, is moved"
    assert cases["shop/cart.py:ship"]["gold"] == ["moved shop/shipping.py send"]


def test_a_history_that_tells_nothing(tmp_path: Path) -> None:
    """What is missing is said: a second revision, a repository, a revision of it, a case."""
    clone = two_commits(tmp_path / "shop")
    for path, revisions, said in (
        (clone, ["HEAD"], "two revisions"), (tmp_path, ["HEAD"], "no git repository"),
        (clone, ["HEAD", "nope"], "no revision nope"), (clone, ["HEAD^{tree}"], "no revision"),
    ):  # fmt: skip
        with pytest.raises(UsageError, match=said):
            write_anchors(path, tmp_path / "out", "an/shop", revisions, 8, 0)


def test_the_committed_cases_hold_every_verdict() -> None:
    """Several hundred places, each with what became of it and a place that is well formed."""
    corpora = Anchors().corpora(places())
    cases = [case for corpus in corpora for case in corpus.cases]
    counts = {state: sum(case.category == state for case in cases) for state in STATES}
    assert len(cases) > 400
    assert min(counts.values()) > 50
    assert all(case.detail.place.start_line <= case.detail.place.end_line for case in cases)
    assert all(len({case.case_id for case in corpus.cases}) == len(corpus.cases) for corpus in corpora)
