"""What engrep is measured against, and engrep with parts off: every system on one small repository."""

from __future__ import annotations

import importlib
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from asked_systems import FILES, ask
from conftest import PROJECT, Cli, MakeRepo, write_model

from engrep import MissingExtraError, StateError, UsageError
from engrep.eval.systems.registry import make
from engrep.eval.systems.semble import ADAPTER, PYTHON_VARIABLE

UNSEEN = {"build.min.js", "made.py", "secret.py"}
PLAIN = ("engrep", "engrep@none", "engrep=lexical", "ripgrep", "bm25", "dense", "ctags")
needs_rg = pytest.mark.skipif(shutil.which("rg") is None, reason="ripgrep is not installed")


def has_json_ctags() -> bool:
    """Tell whether a ctags that writes JSON is installed."""
    program = shutil.which("ctags")
    if program is None:
        return False
    told = subprocess.run([program, "--list-features"], capture_output=True, text=True, check=False).stdout
    return "json" in told


needs_ctags = pytest.mark.skipif(not has_json_ctags(), reason="universal-ctags is not installed")
MARKS = {"ripgrep": [needs_rg], "ctags": [needs_ctags]}


@pytest.fixture
def root(repo: MakeRepo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make the repository, and a model for those that want one."""
    monkeypatch.setenv("ENGREP_EMBEDDER", str(write_model(tmp_path / "model.npz")))
    return repo(FILES)


@pytest.mark.parametrize("spec", [pytest.param(spec, marks=MARKS.get(spec, [])) for spec in PLAIN])
def test_all_see_the_same_files(spec: str, root: Path) -> None:
    """What engrep passes over no baseline finds; all else is found, at lines that are there."""
    [found] = ask(spec, root, "backoff server client card declined dial")
    assert found
    assert not {each.path for each in found} & UNSEEN
    assert {"billing/retry.py", "net/retry.py"} <= {each.path for each in found}
    assert len({each.path for each in found}) == len(found)
    assert all(1 <= each.start_line <= each.end_line for each in found)


@pytest.mark.parametrize("spec", [pytest.param(spec, marks=MARKS.get(spec, [])) for spec in PLAIN])
def test_any_question_is_answered(spec: str, root: Path) -> None:
    """Signs, quotes, nothing at all: no system fails over a question, and a limit is kept."""
    questions = ["", "?!", 'say "server" -x (AND) *', "--pre=sh", "支付 backoff", "a" * 5000, "server " * 3000]
    for found in ask(spec, root, *questions, limit=2):
        assert len(found) <= 2


@needs_rg
def test_ripgrep_counts_different_words_first(root: Path) -> None:
    """A file that holds more of the words comes before one that holds one of them often, and words may be parts."""
    (root / "many.py").write_text("server = 1\n" * 60 + "SERVERS_DIALLED = backoff\n", encoding="utf-8")
    [found] = ask("ripgrep", root, "where is the server dialled by backoff")
    assert [each.path for each in found[:2]] == ["many.py", "net/retry.py"]
    assert found[0].start_line <= 61 <= found[0].end_line
    assert found[0].end_line - found[0].start_line == 39


@needs_rg
def test_ripgrep_reads_any_number_of_files(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """More files than a command line holds are searched in several."""
    whole = ask("ripgrep", root, "server backoff")
    monkeypatch.setattr("engrep.eval.systems.ripgrep.ARGUMENT_CHARACTERS", 10)
    assert ask("ripgrep", root, "server backoff") == whole


def test_bm25_knows_windows_and_nothing_of_code(root: Path) -> None:
    """A long file is found by its best window, with the lines of it; a part of a camel-case word is no word."""
    lines = [f"filler = {n}" for n in range(100)]
    lines[85] = "zebraCrossing = 'zebra giraffe'"
    (root / "long.py").write_text("\n".join(lines) + "\n", encoding="utf-8")
    found, camel = ask("bm25", root, "giraffe", "crossing")
    assert [(each.path, each.start_line, each.end_line) for each in found] == [("long.py", 81, 101)]
    assert not camel
    [windows] = ask("bm25", root, "filler", per_symbol=True)
    assert sorted(each.start_line for each in windows) == [1, 41, 81]


def test_bm25_forgets_what_is_gone(root: Path) -> None:
    """An update reads the folder as it is."""
    with make("bm25", "code").open(root, root.parent / "state") as index:
        index.update()
        (root / "billing" / "retry.py").unlink()
        prepared = index.update()
        found = index.search("declined", limit=5, from_file=None, per_symbol=False)
    assert not found
    assert prepared.files == 4


def test_dense_goes_by_vectors_alone(root: Path) -> None:
    """Words that the model does not know find nothing, words that it knows rank by the cosine, names as well."""
    unknown, known, name = ask("dense", root, "giraffe", "charge the card of a client", "backoff")
    assert not unknown
    assert known
    assert [each.score for each in known] == sorted((each.score for each in known), reverse=True)
    assert all(-1.001 <= each.score <= 1.001 for each in known)
    assert {each.qualified_name for each in name} >= {"billing.retry.backoff", "net.retry.backoff"}


def test_dense_without_a_model_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """The baseline of vectors needs a model."""
    monkeypatch.setenv("ENGREP_EMBEDDER", "none")
    with pytest.raises(StateError, match="dense needs a model"):
        make("dense", "code")


@needs_ctags
def test_ctags_looks_names_up(root: Path) -> None:
    """The file that defines most of the names comes first; words that are no names find nothing."""
    both, none = ask("ctags", root, "give_up or backoff", "declined card")
    assert (both[0].path, both[0].symbol) == ("billing/retry.py", "give_up")
    assert {each.path for each in both} == {"billing/retry.py", "net/retry.py"}
    assert not none


@pytest.mark.parametrize(("spec", "program"), [("ripgrep", "ripgrep"), ("ctags", "universal-ctags")])
def test_a_missing_program_is_named(spec: str, program: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without the program the message says which one is needed."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MissingExtraError, match=f"{program} is not installed"):
        make(spec, "code")


def test_parts_and_lanes_are_read_from_the_name(root: Path) -> None:
    """A part that is switched off is in no score; with lanes named, the others are not."""
    [whole], [without], [lexical] = (
        ask(spec, root, "where does the client wait") for spec in ("engrep", "engrep@none-prose-stem", "engrep=lexical")
    )
    parts = [{part for each in found for part, _ in each.why} for found in (whole, without, lexical)]
    assert {"prose", "stem_cover", "best_chunk", "dense_best"} <= parts[0]
    assert not parts[1] & {"prose", "stem", "dense_best", "dense_mean"}
    assert not parts[2] & {"stem_cover", "dense_best", "central"}


def test_variants_share_an_index_unless_the_model_differs(root: Path, tmp_path: Path) -> None:
    """Models have indexes of their own, so that none embeds another's anew; parts need none."""
    other = write_model(tmp_path / "other.npz", seed=2)
    for spec in ("engrep", "engrep-test", "engrep@none", "engrep@none-dense", f"engrep@{other}-prose"):
        ask(spec, root, "backoff")
    folders = sorted(folder.name.rpartition("-")[0] for folder in (root.parent / "state").iterdir())
    assert folders == ["engrep", "engrep-model", "engrep-other"]
    with make("engrep", "code").open(root, root.parent / "state") as index:
        assert index.memory.index(jobs=1).updated == 0


@pytest.mark.parametrize(("spec", "said"), [
    ("engrep-tset", "nothing called tset can be switched off; these can: lexical"),
    ("engrep=words", "there is no lane words"),
    ("engrep@model.onnx", "is none of engrep, engrep-PART"),
    ("engrep-test@none", "is none of engrep, engrep-PART"),
    ("dense-test", "neither dense nor"),
    ("bm25-x", "bm25 has no variants"),
    ("ripgrep-x", "ripgrep has no variants"),
    ("floor-test", "floor has no variants"),
    ("semble-x", "there are semble and semble-bm25"),
    ("command", "not of the form command:NAME=PROGRAM"),
    ("command:x=", "not of the form command:NAME=PROGRAM"),
    ("command:x='", "not of the form command:NAME=PROGRAM"),
    ("grep", "there is no system grep"),
])  # fmt: skip
def test_a_mistyped_system_is_explained(spec: str, said: str) -> None:
    """Whatever is wrong with a name, the message says what there is."""
    with pytest.raises(UsageError, match=said):
        make(spec, "code")


def test_a_model_that_is_not_there_is_named() -> None:
    """A file that is no model is an error before anything runs."""
    with pytest.raises(StateError, match=r"nowhere\.npz is no embedding model"):
        make("engrep@nowhere.npz", "code")


def test_systems_are_listed_with_what_can_be_switched_off(cli: Cli, tmp_path: Path) -> None:
    """The command names every system and every part."""
    done = cli("eval", "systems", cwd=tmp_path)
    assert all(name in done.stdout for name in ("ripgrep", "semble", "command", "namesakes", "best_chunk", "priors"))


def test_semble_is_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without semble the message says how to get and name it; a Python that is named is used."""
    monkeypatch.delenv(PYTHON_VARIABLE, raising=False)
    monkeypatch.setattr("engrep.eval.systems.semble.find_spec", lambda _name: None)
    with pytest.raises(MissingExtraError, match=PYTHON_VARIABLE):
        make("semble", "code")
    monkeypatch.setenv(PYTHON_VARIABLE, "/opt/semble/bin/python")
    assert make("semble-bm25", "code").argv == ("/opt/semble/bin/python", os.fspath(ADAPTER), "bm25")


def test_semble_answers_where_it_is_installed(root: Path) -> None:
    """Semble without its model finds words in files."""
    if PYTHON_VARIABLE not in os.environ and importlib.util.find_spec("semble") is None:
        pytest.skip("semble is not installed")
    [found] = ask("semble-bm25", root, "declined card charged again")
    assert found[0].path == "billing/retry.py"
    assert found[0].score > 0


@pytest.mark.parametrize("file", ["peers/semble_adapter.py", "ctags.py"])
def test_an_adapter_is_short(file: str) -> None:
    """A foreign system is joined on in under forty lines, without blank ones, docstrings and imports."""
    lines = (PROJECT / "eval" / "systems" / file).read_text(encoding="utf-8").splitlines()
    assert (
        len([line for line in lines if line.strip() and not line.lstrip().startswith(("import ", "from ", '"""'))]) < 40
    )
