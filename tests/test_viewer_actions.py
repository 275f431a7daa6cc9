"""What is done in the viewer: each action is a verb of the library; and how the server starts and ends."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from served import Served, make_shop, serving, start


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serve a shop; the tests below change its memories."""
    with serving(tmp_path_factory.mktemp("actions") / "shop") as served:
        yield served


def test_a_form_of_a_megabyte_is_not_read(shop: Served) -> None:
    """What no form of the viewer sends is refused before it is kept in memory."""
    headers: dict[str, str | None] = {"Cookie": shop.cookie(), "Origin": shop.base}
    assert shop.ask("/act", method="POST", body=b"x" * 1_000_000, headers=headers).status == 413


def test_what_is_done_leads_back_to_the_viewer_only(shop: Served) -> None:
    """The address to go back to cannot be one of another site."""
    cookie = shop.cookie()
    for back in ("//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "/\r\nX: y", ""):
        answer = shop.post(cookie, verb="pin", id=shop.ids["day"], back=back)
        assert answer.status == 303
        assert re.fullmatch(r"/\?n=\d+", answer.headers["location"])
    shop.post(cookie, verb="unpin", id=shop.ids["day"])


def test_every_action_is_a_verb_of_the_library(shop: Served) -> None:
    """Forget, restore, reject, undo, pin, edit and approve change what the library reads, each with an event."""
    cookie, one = shop.cookie(), shop.ids["maybe"]
    steps = [
        ("approve", {}, "active"), ("pin", {}, "active"), ("unpin", {}, "active"), ("forget", {}, "forgotten"), ("restore", {}, "active"),
        ("reject", {}, "rejected"), ("undo", {}, "active"), ("confirm", {}, "active"), ("edit", {"text": "Requests go one by one.", "why": "", "kind": "constraint"}, "active"),
    ]  # fmt: skip
    with shop.memory() as memory:
        for verb, fields, status in steps:
            answer = shop.post(cookie, verb=verb, id=one, back=f"/memory?id={one}", **fields)
            assert (answer.status, memory.memory(one).status) == (303, status), verb
            told = shop.ask(answer.headers["location"], headers={"Cookie": cookie}).text
            assert 'class="notice"' in told, verb
            assert 'class="notice' not in shop.ask(answer.headers["location"], headers={"Cookie": cookie}).text
        entry = memory.memory(one)
        assert (entry.body, entry.kind) == ("Requests go one by one.", "constraint")
        verbs = [change.verb for change in memory.history(one)]
        assert verbs == ["remember", "approve", "pin", "unpin", "forget", "restore", "reject", "undo", "anchor", "edit"]


def test_merging_in_the_inbox_ends_the_conflict(shop: Served) -> None:
    """Two memories that may contradict each other are put together by one button, and undone by another."""
    kept, other = shop.ids["wait30"], shop.ids["wait60"]
    cookie = shop.cookie()
    with shop.memory() as memory:
        assert [each.id for each in memory.rivals(kept)] == [other]
        assert shop.post(cookie, verb="merge", id=kept, other=other).status == 303
        assert (memory.memory(other).status, memory.rivals(kept)) == ("superseded", ())
        shop.post(cookie, verb="undo", id=kept)
        assert memory.memory(other).status == "active"


def test_what_cannot_be_done_is_told_where_it_was_asked_for(shop: Served) -> None:
    """An error of a verb comes back as a word on the page, not as a page of its own."""
    cookie = shop.cookie()
    answer = shop.post(cookie, verb="edit", id=shop.ids["day"], back="/memories")
    assert answer.status == 303
    assert "says that already" in shop.ask(answer.headers["location"], headers={"Cookie": cookie}).text


def test_saving_a_form_changes_only_what_a_person_changed(shop: Served) -> None:
    """The fields that come back as they were shown stay as they are, with the characters that are shown as pictures."""
    one, cookie = shop.ids["evil"], shop.cookie()
    with shop.memory() as memory:
        before = memory.memory(one)
        page = Fields(shop.ask(f"/memory?id={one}", headers={"Cookie": cookie}).text).values
        assert shop.post(cookie, **{**page, "title": "Markup"}).status == 303
        after = memory.memory(one)
    assert "\x1b" in before.body
    assert (after.body, after.reason, after.kind, after.title) == (before.body, before.reason, before.kind, "Markup")


class Fields(HTMLParser):
    """Reads what the form to edit a memory would send."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.values: dict[str, str] = {}
        self._area = self._select = ""
        self.feed(page[page.index('class="edit"') :])

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a field, or where the text of one begins."""
        given = dict(attrs)
        if tag == "input":
            self.values[given["name"] or ""] = given.get("value") or ""
        elif tag == "option" and "selected" in given:
            self.values[self._select] = given["value"] or ""
        self._area = (given["name"] or "") if tag == "textarea" else ""
        self._select = (given["name"] or "") if tag == "select" else self._select

    def handle_data(self, data: str) -> None:
        """Note the text of an area."""
        if self._area:
            self.values[self._area] = data

    def handle_endtag(self, _tag: str) -> None:
        """End an area."""
        self._area = ""


def test_a_taken_port_is_told_in_one_line(shop: Served) -> None:
    """A port that another program has is named, with what to do."""
    second = start(shop.folder, shop.port)
    out, err = second.communicate(timeout=60)
    assert (second.returncode, out) == (3, "")
    assert re.fullmatch(rf"engrep: port {shop.port} of 127\.0\.0\.1 cannot be used: .+\n", err)


@pytest.mark.skipif(os.name == "nt", reason="signals of that kind do not exist there")
def test_ctrl_c_ends_it_quietly(tmp_path: Path) -> None:
    """Ctrl-C ends the server with success, and with no trace of the interpreter."""
    process = start(make_shop(tmp_path))
    assert process.stdout is not None
    assert process.stdout.readline().startswith("http://127.0.0.1:")
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "Traceback" not in err


def test_a_folder_without_an_index_says_what_to_do(tmp_path: Path) -> None:
    """The viewer starts without an index and tells each page's reader to make one."""
    process = start(tmp_path)
    assert process.stdout is not None
    try:
        served = Served(tmp_path, process.stdout.readline().strip(), process, {}, "")
        assert "run engrep index" in served.get("/").text
        asked = served.get("/?q=anything")
        assert (asked.status, "run `engrep index`" in asked.text) == (503, True)
        assert served.get("/memories").status == 200
        assert served.get("/status").status == 200
    finally:
        process.terminate()
        process.communicate(timeout=60)


def test_a_damaged_file_of_memories_is_told_on_a_page(tmp_path: Path) -> None:
    """Memories that cannot be read are no reason for the code not to be shown."""
    folder = make_shop(tmp_path)
    (folder / ".engrep" / "memory.db").write_bytes(b"no database" * 1000)
    process = start(folder)
    assert process.stdout is not None
    try:
        served = Served(folder, process.stdout.readline().strip(), process, {}, "")
        told = served.get("/memories")
        assert (told.status, "memory.db" in told.text) == (503, True)
        assert served.get("/file?path=net/retry.py").status == 200
        for address, shown in (
            ("/?q=backoff", "net.retry"),
            ("/symbol?name=net.retry.backoff", "Call graph"),
            ("/", "files indexed"),
        ):
            answer = served.get(address)
            assert (answer.status, shown in answer.text, "memory.db is damaged" in answer.text) == (200, True, True)
        assert "memory.db" in served.get("/doctor").text
    finally:
        process.terminate()
        _, err = process.communicate(timeout=60)
    assert "Traceback" not in err


def test_a_cold_search_does_not_load_the_viewer() -> None:
    """The web server is loaded by `engrep serve` alone."""
    program = "import sys, engrep.cli; print([name for name in sys.modules if name.split('.')[0] in {'starlette', 'uvicorn', 'pygments'}])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
