"""The questions in Chinese keep their rules, and an answer is judged by the lines that it shows."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import PROJECT, Cli, MakeRepo, git, write_files

from engrep.engine.errors import StateError
from engrep.eval.cases import Case, Found, Outcome, Prepared
from engrep.eval.cjk_comments import known_items
from engrep.eval.cjk_memories import MemoryQuestion, broken_memory_rules, memory_question, record
from engrep.eval.cjk_questions import DRAWN, KINDS, Question, broken_places, broken_rules, question
from engrep.eval.datasets import Places, dataset, seal
from engrep.eval.sources import root
from engrep.eval.systems import records as asked_of
from engrep.eval.systems.records import Recalled, Record
from engrep.eval.tasks.cjk_code import CjkCode, is_right
from engrep.eval.tasks.cjk_memory import CjkMemory

DATA = PROJECT / "datasets"

SOURCES = """
    #- guard.py
    def grant(user):
        \"\"\"检查用户是否有权限打开文件。

        没有权限时返回假。
        \"\"\"
        return bool(user)
    #- Menu.java
    class Menu {
        /**
         * 绘制主菜单和所有的按钮；不检查权限
         */
        @Override
        public void draw(int user) {
        }
        /** 绘制 draw 的所有子菜单和按钮 */
        public void draw(int user, int level) {
        }
        /** 短注释 */
        public void hide() {
        }
    }
    #- queue.go
    package queue

    // Push 把消息放进队列里等待发送
    func Push(message string) {
    }

    // 同一句话在两个地方都出现过
    func Pop() {
    }
    #- other.go
    package queue

    // 同一句话在两个地方都出现过
    func Peek() {
    }
    #- test_guard.py
    def test_grant():
        \"\"\"这是测试里面的一句完整说明。\"\"\"
"""


def committed() -> list[Question]:
    """Read the questions over code that are part of the project."""
    return [question(row) for row in dataset("cjk", DATA).lines("questions.jsonl")]


def memories() -> tuple[list[Record], list[MemoryQuestion]]:
    """Read the memories and questions that are part of the project."""
    data = dataset("cjk", DATA)
    questions = [memory_question(row) for row in data.lines("memory_questions.jsonl")]
    return [record(row) for row in data.lines("memories.jsonl")], questions


def test_the_questions_over_code_keep_their_rules() -> None:
    """No question stands twice, names its file or symbol, or repeats the comment that it paraphrases."""
    assert broken_rules(committed()) == []


def test_there_are_enough_questions_of_each_kind() -> None:
    """Each repository with Chinese comments has its known items, and each kind enough to say something."""
    asked = committed()
    drawn = Counter(each.corpus for each in asked if each.kind == "comment")
    assert set(drawn.values()) == {DRAWN}
    assert len(drawn) == 4
    least = dict(zip(KINDS, (60, 40, 20, 20), strict=True))
    counted = Counter(each.kind for each in asked)
    assert {kind: counted[kind] for kind, n in least.items() if counted[kind] < n} == {}


def test_every_repository_is_pinned() -> None:
    """A question's corpus has a full revision, a licence, and its line in the notice."""
    data = dataset("cjk", DATA)
    rows = data.json("corpora.json")
    assert {row["name"] for row in rows} == {each.corpus for each in committed()}
    for row in rows:
        assert re.fullmatch("[0-9a-f]{40}", row["revision"])
        assert f"https://github.com/{row['repository']}" in data.text("LICENSE")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"kind": "other"}, "there is no kind other"),
        ({"places": ()}, "it has no place"),
        ({"query": "where is it"}, "it is not in Chinese"),
        ({"query": "guard.py 里做了什么？"}, "it names its file"),
        ({"query": "哪里检查用户能不能看？"}, "it repeats the comment: 检查用户"),
        ({"query": "grant 做了什么？"}, "it names its symbol"),
        ({"kind": "mixed"}, "it names no identifier"),
        ({"kind": "comment"}, "it is not the comment"),
    ],
)
def test_a_broken_rule_is_told(changed: dict[str, object], said: str) -> None:
    """Each rule is looked at."""
    row = {
        "id": "x-1",
        "corpus": "x",
        "kind": "paraphrase",
        "query": "能不能看这份文档，在哪里判断？",
        "places": [{"path": "guard.py", "symbol": "grant", "lines": [1, 6]}],
        "comment": "检查用户是否有权限打开文件",
    }
    good = question(row)
    assert broken_rules([good]) == []
    assert f"x-1: {said}" in broken_rules([replace(good, **changed)])  # type: ignore[arg-type]
    assert broken_rules([good, good]) == ["x-1 stands twice", f"{good.query} stands twice"]


def test_known_items_are_first_sentences_that_stand_once(tmp_path: Path) -> None:
    """Short ones, tests, those that name the symbol and those said twice are left out; the same ones come each time."""
    root = write_files(tmp_path, SOURCES)
    drawn = known_items(root, 10, "seed")
    assert {(item.path, item.symbol, item.sentence) for item in drawn} == {
        ("guard.py", "grant", "检查用户是否有权限打开文件"),
        ("Menu.java", "draw", "绘制主菜单和所有的按钮"),
        ("queue.go", "Push", "把消息放进队列里等待发送"),
    }
    assert known_items(root, 2, "seed") == drawn[:2]
    for item in drawn:
        lines = (root / item.path).read_text(encoding="utf-8").splitlines()[item.start_line - 1 : item.end_line]
        assert item.sentence in "\n".join(lines)
        assert item.symbol in "\n".join(lines)


def test_lost_places_are_told(tmp_path: Path) -> None:
    """A question whose symbol has moved, and a known item that the sources do not give, are named."""
    root = write_files(tmp_path, SOURCES)
    row = {"id": "x-1", "corpus": "x", "kind": "mixed", "query": "grant 做什么？", "comment": ""}
    place = {"path": "guard.py", "symbol": "grant", "lines": [1, 6]}
    assert broken_places([question({**row, "places": [place]})], root) == []
    moved = question({**row, "places": [{**place, "lines": [4, 6]}]})
    assert broken_places([moved], root) == ["x-1: grant is not in guard.py:4-6"]
    item = question({**row, "kind": "comment", "query": "不在这里的句子", "places": [place]})
    assert "不在这里的句子 is not a known item of these sources" in broken_places([item], root)


@pytest.mark.parametrize(
    ("path", "lines", "right"), [("a.py", (6, 9), True), ("a.py", (7, 9), False), ("b.py", (1, 9), False)]
)
def test_an_answer_shows_a_line_of_the_place(path: str, lines: tuple[int, int], right: bool) -> None:
    """Touching the lines is enough, the file alone is not."""
    row = {"id": "x-1", "corpus": "x", "kind": "mixed", "query": "grant", "comment": ""}
    asked = question({**row, "places": [{"path": "a.py", "symbol": "grant", "lines": [1, 6]}]})
    case = Case("x-1", "grant", "mixed", ("a.py:1",), asked)
    assert is_right(case, Found(path, *lines)) == ((0,) if right else ())


def a_data_set(folder: Path, repository: Path) -> Path:
    """Write a data set of one question over a repository, and seal it."""
    data = folder / "data" / "cjk"
    data.mkdir(parents=True)
    revision = git(repository, "rev-parse", "HEAD").strip()
    corpus = {"name": "menu", "repository": "made/menu", "revision": revision, "root": "", "language": "go"}
    row = {
        "id": "menu-mixed-01",
        "corpus": "menu",
        "kind": "mixed",
        "query": "Push在哪里放进队列？",
        "places": [{"path": "queue.go", "symbol": "Push", "lines": [4, 5]}],
        "comment": "",
    }
    (data / "corpora.json").write_text(json.dumps([corpus]), encoding="utf-8")
    (data / "questions.jsonl").write_text(json.dumps(row) + "\n", encoding="utf-8")
    manifest = {"name": "cjk", "title": "", "origin": "", "licence": "", "note": ""}
    (data / "dataset.json").write_text(json.dumps(manifest), encoding="utf-8")
    seal(data)
    return data.parent


def test_fetch_and_ask(repo: MakeRepo, cli: Cli, tmp_path: Path) -> None:
    """The commands bring a repository and ask about it; a tree that does not fit the questions is refused."""
    source = repo(SOURCES, git=True)
    data, cache = a_data_set(tmp_path, source), tmp_path / "cache"
    places = ("--data", str(data), "--cache", str(cache))
    absent = cli("eval", "run", "cjk-code", "--system", "engrep", *places, cwd=tmp_path)
    assert "made/menu at" in absent.stderr
    assert "engrep eval fetch cjk-code" in absent.stderr
    fetched = cli("eval", "fetch", "cjk-code", *places, "--remote", str(source), cwd=tmp_path)
    assert fetched.returncode == 0, fetched.stderr
    ran = cli("eval", "run", "cjk-code", "--system", "engrep", *places, "--out", "runs", cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr
    rows = [json.loads(line) for line in (tmp_path / "runs" / "cjk-code.engrep.jsonl").read_text("utf-8").splitlines()]
    assert [row["values"]["Success@1"] for row in rows if row["type"] == "case"] == [1.0]
    task = CjkCode()
    at = Places(data, cache)
    (corpus,) = task.corpora(at)
    (root(corpus.detail, at) / "queue.go").write_text("package queue\n", encoding="utf-8")
    with pytest.raises(StateError, match="delete it and fetch it again"):
        list(task.answer(corpus, {}, {}, at))


def test_the_questions_about_memories_keep_their_rules() -> None:
    """Gold is there, words are complete, paraphrases are other words, near misses are near."""
    assert broken_memory_rules(*memories()) == []


def test_there_are_enough_memories_and_questions() -> None:
    """Sixty of each, with near misses and questions that nothing answers."""
    records, questions = memories()
    counted = Counter(each.category for each in questions)
    assert min(len(records), len(questions)) >= 60
    assert min(counted["near_miss"], counted["no_answer"]) >= 10
    assert any(each.text == "我们修复了权限死锁问题" for each in records)
    assert {"死锁", "权限", "权限死锁", "database", "user name"} <= {each.query for each in questions}


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"gold": ("c",)}, "there is no c"),
        ({"gold": ()}, "it must have an answer, unless it is asked for silence"),
        ({"category": "word", "query": "死锁"}, "its gold is not all that holds the word"),
        ({"category": "paraphrase"}, "it repeats the memory: 权限死锁"),
        ({"category": "mixed"}, "it names no identifier of its memory"),
        ({"decoys": ()}, "it has no decoy of another module"),
        ({"query": "权限的问题"}, "it has no words of b"),
        ({"query": "locks"}, "it is not in Chinese"),
    ],
)
def test_a_broken_memory_rule_is_told(changed: dict[str, object], said: str) -> None:
    """Each rule is looked at."""
    records = [Record("a", "修复了权限死锁", scopes=("auth",)), Record("b", "对账也有死锁", scopes=("billing",))]
    good = MemoryQuestion("q", "near_miss", "权限死锁修好了吗", ("a",), ("b",))
    assert broken_memory_rules(records, [good]) == []
    assert f"q: {said}" in broken_memory_rules(records, [replace(good, **changed)])  # type: ignore[arg-type]


class Holding:
    """Recalls the memories that hold the question as it is written."""

    name = "holding"
    prepared = Prepared(0.0)

    def __init__(self) -> None:
        self.records: Sequence[Record] = ()

    @contextmanager
    def open(self, records: Sequence[Record], state: Path) -> Iterator[Holding]:
        """Take the records."""
        del state
        self.records = records
        yield self

    def recall(self, question: asked_of.Question) -> Sequence[Recalled]:
        """Give what holds the question."""
        found = [Recalled((each.record_id,)) for each in self.records if question.text in each.text]
        return found[: question.limit]

    def brief(self, question: asked_of.Question) -> Sequence[Recalled]:
        """Give nothing unasked."""
        del question
        return ()


def test_memories_are_scored_and_silence_is_too(tmp_path: Path) -> None:
    """A word finds all that hold it; where nothing is right, only silence is judged."""
    task, at = CjkMemory(), Places(DATA, tmp_path)
    (corpus,) = task.corpora(at)
    events = task.answer(corpus, {"holding": Holding()}, {"holding": corpus.cases}, at)
    outcomes = {event.case_id: event.values for _, event in events if isinstance(event, Outcome)}
    by_category = {case.category: outcomes[case.case_id] for case in corpus.cases}
    assert outcomes["word-01"] == {"RR@10": 1.0, "R@5": 1.0, "Success@1": 1.0}
    assert by_category["paraphrase"] == {"RR@10": 0.0, "R@5": 0.0, "Success@1": 0.0}
    assert by_category["no_answer"] == {"abstained": 1.0}
    assert len(outcomes) == len(corpus.cases)
