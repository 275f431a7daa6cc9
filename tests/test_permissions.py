"""Rules about tools: what they match, and that a project's own can only tighten them."""

from __future__ import annotations

import glob
import json
import os
from pathlib import Path

import pytest

from engrep.agents.permission_files import permissions_for
from engrep.agents.permissions import ALLOW, ASK, DENY, Permissions, Rule, read_rule, read_rules
from engrep.engine.errors import UsageError


@pytest.mark.parametrize(("rule", "tool", "subject", "matches"), [
    ("remember", "remember", "anything", True), ("read(src/**)", "read", "src/a/b.py", True),
    ("read(src/**)", "read", "src/a.py", True), ("read(src/**)", "read", "lib/src/a.py", False),
    ("Read(./secrets/**)", "read", "secrets/x.txt", True), ("Read(./secrets/**)", "read", "secrets/deep/x", True),
    ("read(secrets/)", "read", "secrets/x.txt", True), ("read(*.log)", "read", "a/b/x.log", True),
    ("read(**/x.log)", "read", "a/b/x.log", True), ("read(*.log)", "read", "a/b/x.logs", False),
    ("read(SRC/**)", "read", "src/a.py", True), ("read(src/**)", "search", "src/a.py", False),
    ("mcp__tickets__close", "mcp__tickets__close", "{}", True), ("mcp__tickets", "mcp__tickets__close", "{}", True),
    ("mcp__tick", "mcp__tickets__close", "{}", False), ("mcp__*", "mcp__tickets__close", "{}", True),
    ("Grep(token:*)", "search", "token of a user", True), ("mcp__engrep__recall", "recall", "x", True),
])  # fmt: skip
def test_a_rule_matches_a_tool_and_what_it_is_used_on(rule: str, tool: str, subject: str, *, matches: bool) -> None:
    """Patterns read as Claude Code's do, and case decides nothing about paths."""
    assert read_rule(rule).matches(tool, subject) is matches


def test_what_denies_wins() -> None:
    """A rule that denies wins over one that allows, and over what was agreed to."""
    rules = read_rules(allow=["read"], ask=["read(lib/**)"], deny=["read(lib/keys/**)"]).agree(read_rule("read"))
    assert rules.decide("read", "lib/keys/a") == DENY
    assert rules.decide("read", "lib/a") == ALLOW
    assert read_rules(allow=["read"], ask=["read(lib/**)"]).decide("read", "lib/a") == ASK
    assert read_rules().decide("remember", "x", ASK) == ASK


@pytest.mark.parametrize("text", ["", "read(", "two words", "(x)"])
def test_a_rule_that_is_none_is_an_error(text: str) -> None:
    """A mistyped rule of the person's own is not passed over."""
    with pytest.raises(UsageError, match="is no rule"):
        read_rule(text)


def settings(path: Path, **lists: list[str]) -> None:
    """Write a settings file of Claude Code."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"permissions": lists}), encoding="utf-8")


def test_a_project_may_only_tighten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a project's file allows counts for nothing; what it denies or asks holds; the person's own allow does."""
    root, home, config = tmp_path / "project", tmp_path / "home", tmp_path / "config.toml"
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", str(home))
    settings(
        root / ".claude" / "settings.json", allow=["remember", "mcp__x"], ask=["search"], deny=["Read(./keys/**)", "(("]
    )
    settings(root / ".claude" / "settings.local.json", allow=["remember"], deny=["recall"])
    found = permissions_for(root, config)
    assert found.decide("remember", "x", ASK) == ASK
    assert found.decide("mcp__x__y", "{}", ASK) == ASK
    assert [found.decide(tool, "q") for tool in ("search", "recall", "callers")] == [ASK, DENY, ALLOW]
    assert found.decide("read", "keys/a") == DENY
    config.write_text('[permissions]\nallow = ["remember"]\ndeny = ["callers"]\n', encoding="utf-8")
    settings(home / "settings.json", allow=["mcp__x"])
    found = permissions_for(root, config)
    assert found.decide("remember", "x", ASK) == ALLOW
    assert found.decide("mcp__x__y", "{}", ASK) == ALLOW
    assert found.decide("callers", "x") == DENY
    assert permissions_for(root, config, ["search", "recall"]).decide("search", "q") == ALLOW
    assert permissions_for(root, config, ["search", "recall"]).decide("recall", "q") == DENY


@pytest.mark.parametrize("text", ["[permissions]\nallowed = []\n", "[permissions\n", 'permissions = "all"\n'])
def test_a_config_that_is_not_understood_is_an_error(text: str, tmp_path: Path) -> None:
    """Whoever mistypes a list of rules must not go on without them."""
    config = tmp_path / "config.toml"
    config.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=r"config\.toml"):
        permissions_for(tmp_path, config)


@pytest.mark.parametrize("is_own", [True, False])
def test_settings_that_cannot_be_read_deny_everything_by_an_error(
    is_own: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A comma too many must not take a person's denials away; a file that is not there denies nothing."""
    root, home = tmp_path / "project", tmp_path / "home"
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", str(home))
    assert permissions_for(root, tmp_path / "config.toml").decide("search", "q") == ALLOW
    path = (home if is_own else root / ".claude") / "settings.json"
    settings(path, deny=["search"])
    assert permissions_for(root, tmp_path / "config.toml").decide("search", "q") == DENY
    path.write_text('{"permissions": {"deny": ["search",]}}', encoding="utf-8")
    with pytest.raises(UsageError, match=r"settings\.json cannot be read"):
        permissions_for(root, tmp_path / "config.toml")


def test_files_of_secrets_are_never_shown() -> None:
    """Whatever rules say, a file that holds secrets by its name is not."""
    rules = read_rules(allow=["read(**)"], deny=["read(private/**)"])
    assert not rules.may_show(".env")
    assert not rules.may_show("deploy/id_rsa")
    assert not rules.may_show("private/a.py")
    assert rules.may_show("src/a.py")


def test_always_means_one_tool() -> None:
    """A rule about one tool says nothing of another whose name begins so; one about a server means all of its tools."""
    may = Permissions().agree(Rule("mcp__tickets__close"))
    assert may.decide("mcp__tickets__close", "", "ask") == "allow"
    assert may.decide("mcp__tickets__close__all", "", "ask") == "ask"
    own = read_rules(allow=["mcp__tickets"])
    assert own.decide("mcp__tickets__close__all", "", "ask") == "allow"


@pytest.mark.parametrize(
    "rule",
    [
        "Read(secret)",
        "Read(secret/)",
        "Read(./secret/**)",
        "Read(/secret/**)",
        "Read(**/secret/**)",
        "Read(secret/*)",
        "Read(SECRET/**)",
        "Read(**/plan.*)",
        "read(**)",
        "Read(*)",
        "read(./**)",
        "Read(**/*.txt)",
        "Read(*.txt)",
        "Read(secret/**/*.txt)",
        "Read(*cret/**)",
    ],
)
def test_deny_spellings(rule: str) -> None:
    """However a folder or file is written, it is denied."""
    assert not read_rules(deny=[rule]).may_show("secret/plan.txt")


@pytest.mark.parametrize("rule", ["Read(secret)", "Read(secret/)", "Read(**/secret/**)"])
def test_deny_deep(rule: str) -> None:
    """A name alone means a folder at any depth."""
    assert not read_rules(deny=[rule]).may_show("a/secret/b/plan.txt")


PLACES = [
    ("Read(//ROOT/secret/**)", True), ("Read(//ROOT/secret)", True), ("Read(//ROOT/secret/plan.txt)", True),
    ("Read(//ROOT/other/../secret/**)", True), ("Read(//ROOT/link/**)", True), ("Read(//ROOT/**)", True), ("Read(//**)", True),
    ("Read(//**/plan.txt)", True), ("Read(~/project/secret/**)", True), ("Read(~/**)", True), ("Read(~/project/*/plan.*)", True),
    ("Read(~/beside/**)", True), ("Read(/secret/**)", True), ("Read(/secret)", True), ("Read(./secret)", True),
    ("Read(/link/**)", True), ("Read(link/**)", True), ("Read(./link)", True), ("Read(./other/../secret/**)", True),
    ("Read(../project/secret/**)", True), ("Read(//ROOT/src/**)", False), ("Read(//secret/**)", False), ("Read(//secret)", False),
    ("Read(~/secret/**)", False), ("Read(/plan.txt)", False), ("Read(//etc/**)", False), ("Read(project)", False),
]  # fmt: skip


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
@pytest.mark.parametrize("kind", ["project", "own", "config"])
@pytest.mark.parametrize(("rule", "is_denied"), PLACES)
def test_rules_name_places(
    rule: str, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, is_denied: bool
) -> None:
    """Absolute paths, those below the home and those from the root deny what they name, through links and .. as well."""
    home = tmp_path / "ho[m]e"
    root, config = home / "project", tmp_path / "config.toml"
    (root / "secret").mkdir(parents=True)
    (root / "other").mkdir()
    (root / "secret/plan.txt").write_text("x")
    (root / "link").symlink_to("secret")
    (home / "beside").symlink_to(root / "secret")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", str(home / ".claude"))
    is_all = rule in ("Read(//ROOT/**)", "Read(//**)", "Read(~/**)")
    rule = rule.replace("/ROOT", glob.escape(str(root)))
    if kind == "config":
        config.write_text(f"[permissions]\ndeny = [{json.dumps(rule)}]\n", encoding="utf-8")
    else:
        settings((root if kind == "project" else home) / ".claude/settings.json", deny=[rule])
    found = permissions_for(root, config)
    for path in ("secret/plan.txt", "other/../secret/plan.txt", "link/plan.txt", str(root / "secret/plan.txt")):
        assert found.may_show(path, root) is not is_denied, path
    assert found.may_show("lib/a.py") is not is_all


def test_a_place_outside_is_denied_where_a_session_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What an earlier session read outside of the root is shown or not by the same rules."""
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", str(tmp_path))
    settings(tmp_path / "settings.json", deny=["Read(//etc/**)"], allow=["Read(//etc/hosts)"])
    found = permissions_for(tmp_path, tmp_path / "config.toml", ["read(//etc/hosts)"])
    assert not found.may_show("/etc/hosts", tmp_path)
    assert found.may_show("/srv/hosts", tmp_path)
