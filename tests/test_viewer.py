"""The viewer over HTTP: who is let in, what is only ever text, what an action does."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import quote

import pytest
from served import Served, serving

from engrep.loopback import is_from_here
from engrep.viewer.app import PAGES
from engrep.viewer.markup import element, link_to

VIEWER = Path(__file__).resolve().parent.parent / "engrep" / "viewer"
INVISIBLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
TAGS = set(
    "a article b blockquote body button code dd defs del details dialog div dl dt form g h1 h2 h3 head header html i input ins "
    "kbd label li link main mark marker meta nav ol option p path pre rect script section select span summary svg text textarea "
    "time title ul wbr".split()
)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serve a shop with hostile code, memories and turns."""
    with serving(tmp_path_factory.mktemp("viewer") / "shop") as served:
        yield served


def addresses(shop: Served) -> list[str]:
    """Give an address of every page, most of them with something hostile on it."""
    return [
        "/", "/?q=hostile", "/?q=backoff", "/?q=%3Cscript%3Ealert(1)%3C/script%3E", "/symbol?name=hostile.hostile",
        "/symbol?name=net.retry.backoff&depth=2&all=1", "/symbol?name=%3Cb%3E", "/file?path=hostile.py", "/memories",
        "/memories?status=all&text=markup", "/memories?stale=1&kind=gotcha", f"/memory?id={shop.ids['evil']}",
        f"/memory?id={shop.ids['wait60']}", "/review", "/sessions", f"/session?id={shop.session}", "/status", "/doctor",
        "/memories?status=%3Cscript%3E", "/nowhere/%3Cscript%3E",
    ]  # fmt: skip


def test_nobody_is_let_in_without_the_token(shop: Served) -> None:
    """No page, no file and no action answers a browser that did not bring the token."""
    for path in (*PAGES, "/static/viewer.css", "/nowhere"):
        assert shop.ask(path).status == 401
    assert shop.ask("/act", method="POST", body="verb=forget", headers={"Origin": shop.base}).status == 401
    assert "backoff" not in shop.ask("/?q=backoff").text
    wrong = shop.ask("/enter?token=guess")
    assert (wrong.status, "set-cookie" in wrong.headers) == (403, False)
    assert shop.ask("/", headers={"Cookie": f"engrep-{shop.port}=guess"}).status == 401


def test_the_token_becomes_a_cookie_that_no_script_and_no_other_site_uses(shop: Served) -> None:
    """The cookie is HttpOnly and strict, and is not the token of the address."""
    token = shop.url.partition("token=")[2]
    kept = shop.ask(f"/enter?token={token}").headers["set-cookie"]
    assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= {part.strip() for part in kept.split(";")}
    assert token not in kept
    assert shop.get("/").status == 200


@pytest.mark.parametrize("host", ["evil.example", "evil.example:{port}", "127.0.0.1", "127.0.0.1:1", "", None])
def test_a_name_that_was_made_to_point_here_is_refused(host: str | None, shop: Served) -> None:
    """A request whose Host is another name is refused, with the cookie too."""
    named = None if host is None else host.format(port=shop.port)
    answer = shop.ask("/?q=backoff", headers={"Host": named, "Cookie": shop.cookie()})
    assert answer.status in (400, 403)  # without a Host at all, HTTP itself refuses
    assert "billing" not in answer.text


def test_localhost_is_this_machine_too(shop: Served) -> None:
    """The other name of this machine is let in."""
    headers: dict[str, str | None] = {"Host": f"localhost:{shop.port}", "Cookie": shop.cookie()}
    assert shop.ask("/", headers=headers).status == 200


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://127.0.0.1:1", "http://localhost:{port}", None]
)
def test_another_page_cannot_act(origin: str | None, shop: Served) -> None:
    """A form of another page, or of one that hides its name, changes nothing."""
    named = None if origin is None else origin.format(port=shop.port)
    headers: dict[str, str | None] = {"Cookie": shop.cookie(), "Origin": named}
    body = f"verb=forget&id={shop.ids['day']}"
    assert shop.ask("/act", method="POST", body=body, headers=headers).status == 403
    with shop.memory() as memory:
        assert memory.memory(shop.ids["day"]).status == "active"


def test_a_form_without_its_mark_does_nothing(shop: Served) -> None:
    """Each form bears a mark that another page cannot know."""
    cookie = shop.cookie()
    for mark in ("", "guess"):
        assert shop.post(cookie, verb="forget", id=shop.ids["day"], csrf=mark).status == 403
    with shop.memory() as memory:
        assert memory.memory(shop.ids["day"]).status == "active"


@pytest.mark.parametrize(
    ("headers", "writes", "expected"),
    [
        ([(b"host", b"127.0.0.1:80")], False, True),
        ([(b"Host", b"localhost")], False, True),
        ([(b"host", b"127.0.0.1:80")], True, False),
        ([(b"host", b"127.0.0.1:80"), (b"origin", b"http://127.0.0.1:80")], True, True),
        ([(b"host", b"127.0.0.1:80"), (b"host", b"evil.example")], False, False),
        ([(b"host", b"127.0.0.1:80"), (b"origin", b"http://127.0.0.1:80"), (b"origin", b"null")], True, False),
        ([(b"host", b"\xff\xfe")], False, False),
        ([], False, False),
    ],
)
def test_who_is_from_here(headers: list[tuple[bytes, bytes]], writes: bool, expected: bool) -> None:
    """A request is from here when Host is this machine and Origin, where it must be, the same; twice is not once."""
    assert is_from_here(headers, 80, writes=writes) is expected


class Read(HTMLParser):
    """Reads a page: its tags with their attributes, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag."""
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        """Note a text."""
        self.text += data


def test_hostile_text_is_only_ever_text(shop: Served) -> None:
    """No tag, handler, style or script comes out of code, memories, turns or addresses, and nothing invisible."""
    for path in addresses(shop):
        page = shop.get(path).text
        read = Read(page)
        assert {tag for tag, _ in read.tags} <= TAGS, path
        for tag, attributes in read.tags:
            assert not [name for name in attributes if name.startswith("on") or name == "style"], path
            assert tag != "script" or attributes.keys() == {"src", "defer"}, path
            assert not (attributes.get("href") or "").startswith(("javascript:", "http", "//", "data:")), path
        assert not INVISIBLE.search(page), path
    shown = Read(shop.get(f"/memory?id={shop.ids['evil']}").text).text
    assert "<script>alert(1)</script><img src=x onerror=alert(2)>␛[2J\\u202egnp.exe" in shown
    assert "onerror=alert(2)>␛[2J\\u202egnp.exe" in Read(shop.get("/symbol?name=hostile.hostile").text).text


def test_every_answer_forbids_what_it_does_not_need(shop: Served) -> None:
    """Pages, errors and files bear a policy without inline scripts or styles, and are not kept."""
    for path in (*addresses(shop), "/static/viewer.js", "/static/viewer.css", "/static/icon.svg"):
        headers = shop.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert (headers["cache-control"], headers["x-content-type-options"]) == ("no-store", "nosniff")
        assert headers["cross-origin-resource-policy"] == "same-origin"
    assert "script-src" in shop.ask("/").headers["content-security-policy"]


def test_a_megabyte_in_one_line_stays_small(shop: Served) -> None:
    """A turn of a megabyte is cut, and the page says so."""
    page = shop.get(f"/session?id={shop.session}").text
    assert len(page) < 200_000
    assert "word word" in page


@pytest.mark.parametrize(
    "path", ["../outside.txt", "/etc/passwd", ".git/config", ".engrep/code.db", "billing/../../outside.txt", "", "."]
)
def test_no_path_leads_out_of_the_root(path: str, shop: Served) -> None:
    """Only files of the index are shown."""
    (shop.folder.parent / "outside.txt").write_text("secret", encoding="utf-8")
    answer = shop.get("/file?path=" + quote(path, safe=""))
    assert answer.status == 404
    assert "secret" not in answer.text


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_a_folder_that_became_a_link_is_not_followed(shop: Served, tmp_path: Path) -> None:
    """A folder of the index that was replaced by a link out of the root shows nothing of what lies there."""
    (tmp_path / "retry.py").write_text("secret = 1\n", encoding="utf-8")
    (shop.folder / "net").rename(shop.folder / "was")
    (shop.folder / "net").symlink_to(tmp_path)
    try:
        for address in ("/file?path=net/retry.py", "/symbol?name=net.retry.backoff&path=net/retry.py"):
            answer = shop.get(address)
            assert (answer.status, "secret" in answer.text) == (404, False)
    finally:
        (shop.folder / "net").unlink()
        (shop.folder / "was").rename(shop.folder / "net")


def test_code_outside_of_any_symbol_leads_to_its_file(shop: Served) -> None:
    """A caller at module level is no symbol: its link leads to the file."""
    answer = shop.get("/symbol?name=billing.charge&path=billing/charge.py&line=2")
    assert (answer.status, answer.headers["location"]) == (303, "/file?path=billing%2Fcharge.py&line=2")


def test_a_missing_page_and_a_wrong_question_are_told(shop: Served) -> None:
    """Errors are pages with the same frame, the right status and what may have been meant."""
    assert shop.get("/nowhere").status == 404
    assert shop.get("/memory?id=m0").status == 404
    assert shop.get("/memories?kind=nonsense").status == 400
    assert shop.get("/memories?after=%27%3B--").status == 400
    missing = shop.get("/symbol?name=net.retry.backof")
    assert missing.status == 404
    assert "Did you mean" in missing.text
    assert shop.post(shop.cookie(), verb="explode", id="m1").status == 400
    assert shop.post(shop.cookie(), verb="forget").status == 400


def test_elements_escape_what_they_are_made_of() -> None:
    """A string is text and never markup, in a child as in an attribute."""
    made = element(
        "a", "<b>&\x1b\u202e", ["'", None, 3], href=link_to("/x", name='"><script>'), title='"<\n', hidden=True, id=None
    )
    assert made.html == (
        '<a href="/x?name=%22%3E%3Cscript%3E" title="&quot;&lt;␊" hidden>&lt;b&gt;&amp;␛\\u202e&#x27;3</a>'
    )


def test_markup_is_made_in_one_file() -> None:
    """Nothing else in the viewer calls a string markup."""
    for path in VIEWER.glob("*.py"):
        source = path.read_text(encoding="utf-8")
        assert path.name == "markup.py" or not re.search(r"\bMarkup\(|\.html\b", source), path.name
        assert len(source.splitlines()) < 300, path.name


def test_every_page_has_one_heading_and_names_its_fields(shop: Served) -> None:
    """One first heading, a label for each field and a name for each region; the search had no heading."""
    for path in addresses(shop):
        page = shop.get(path).text
        read = Read(page)
        assert [tag for tag, _ in read.tags].count("h1") == 1, path
        fields = [
            given
            for tag, given in read.tags
            if tag in ("input", "select", "textarea") and given.get("type") != "hidden"
        ]
        named = {given["for"] for tag, given in read.tags if tag == "label" and "for" in given}
        inside = re.findall(r"<label[^>]*>(?:(?!</label>).)*</label>", page, re.DOTALL)
        unnamed = [
            each
            for each in fields
            if each.get("id") not in named and not any(f'name="{each["name"]}"' in label for label in inside)
        ]
        assert not unnamed, path
        assert all(given.get("aria-label") for tag, given in read.tags if tag == "nav"), path


@pytest.mark.parametrize("name", ["%ff", "%ed%a0%80", "%00", "[" * 3])
def test_an_odd_name_is_not_found(name: str, shop: Served) -> None:
    """Bytes that are no text in a name made the page fail."""
    assert shop.get(f"/symbol?name={name}").status == 404


def test_a_filter_that_is_no_path_is_refused(shop: Served) -> None:
    """20,000 brackets took 8 s to match."""
    answer = shop.get("/?q=backoff&path=" + "[" * 20_000)
    assert (answer.status, "4,096 characters" in answer.text) == (400, True)
