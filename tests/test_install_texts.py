"""Any text of any file keeps what is its own, and commands reach their shells whole."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from installing import install, uninstall

from engrep.engine.errors import StateError
from engrep.install_edit import with_ours, without_ours
from engrep.install_programs import Target, command_line, is_ours


def test_commands_are_quoted_for_their_shell() -> None:
    """Blanks and quotes in a path reach the program whole; on Windows all shells take slashes."""
    words = ["/opt/my tools/it's/engrep", "hook"]
    assert command_line(words, "claude", is_windows=False) == "'/opt/my tools/it'\"'\"'s/engrep' hook"
    windows = [r"C:\Program Files\py\engrep.exe", "hook", "--program", "gemini"]
    assert command_line(windows, "claude", is_windows=True) == '"C:/Program Files/py/engrep.exe" hook --program gemini'
    assert command_line(windows, "gemini", is_windows=True).startswith('& "C:/')
    assert command_line([r"C:\py\engrep.exe", "hook"], "gemini", is_windows=True) == "C:/py/engrep.exe hook"
    for line in (
        "engrep hook", "'/opt/my tools/engrep' hook --program claude", '"C:/Program Files/py/engrep.exe" hook',
        "/usr/bin/python3 -m engrep hook",
    ):  # fmt: skip
        assert is_ours({"hooks": [{"type": "command", "command": line}]})
    for line in ("engrep-hooks run", "my-engrep hook", "echo engrep hooked", ""):
        assert not is_ours({"hooks": [{"type": "command", "command": line}]})


KEYS = st.sampled_from(["hooks", "mcpServers", "Stop", "SessionStart", "a", "engrep", 'q"\\', "é", ""]) | st.text(
    max_size=4
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)
HOOKS = st.dictionaries(
    st.sampled_from(["Stop", "SessionStart", "Other"]),
    st.lists(st.fixed_dictionaries({"hooks": st.just([{"type": "command", "command": "theirs"}])}), max_size=2),
)
DOCUMENTS = st.dictionaries(KEYS, VALUES, max_size=4).flatmap(
    lambda rest: st.fixed_dictionaries(
        {}, optional={"hooks": HOOKS, "mcpServers": st.dictionaries(st.sampled_from(["x", "y"]), VALUES, max_size=2)}
    ).map(lambda ours: {**{key: rest[key] for key in rest if key not in ("hooks", "mcpServers")}, **ours})
)
TARGET = Target(
    Path("settings.json"),
    {("mcpServers", "engrep"): {"command": "engrep", "args": ["mcp"]}},
    {("hooks", name): {"hooks": [{"type": "command", "command": "engrep hook"}]} for name in ("Stop", "Start")},
)


@given(DOCUMENTS, st.sampled_from([None, 0, 2, 4, "\t"]), st.booleans(), st.booleans())
def test_any_file_keeps_its_text(
    document: dict[str, Any], indent: int | str | None, is_crlf: bool, has_end: bool
) -> None:
    """Our entries come in beside what is there, and without them the text is the one that it was."""
    text = json.dumps(document, indent=indent, ensure_ascii=False) + "\n" * has_end
    text = text.replace("\n", "\r\n") if is_crlf else text
    edited = with_ours(TARGET, text)
    held = json.loads(edited.text)
    assert held["mcpServers"].pop("engrep") == {"command": "engrep", "args": ["mcp"]}
    for name in ("Stop", "Start"):
        assert is_ours(held["hooks"][name].pop())
    for path in sorted(edited.made, key=len, reverse=True):
        inner = held
        for key in path[:-1]:
            inner = inner[key]
        assert inner.pop(path[-1]) in ({}, [])
    assert held == document
    back = without_ours(TARGET, edited.text, edited.made)
    assert json.loads(back) == document
    assert back == text or "{}" in text or "[]" in text
    assert with_ours(TARGET, back).text == edited.text or "{}" in text or "[]" in text


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(
    content=st.none() | DOCUMENTS.map(lambda each: json.dumps(each, indent=2).encode()) | st.just(b"") | st.just(b" \n")
)
def test_any_file_comes_back_byte_for_byte(content: bytes | None, project: Path) -> None:
    """Whatever stood there, after install and uninstall it stands there again."""
    path = project / ".gemini" / "settings.json"
    path.unlink(missing_ok=True)
    if content is not None:
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
    try:
        install("gemini", project)
    except StateError:
        pass
    else:
        assert path.read_bytes() != content
    uninstall("gemini", project)
    assert (path.read_bytes() if path.exists() else None) == content
