"""The MCP server through a real client: every tool, every page, every way to ask wrongly."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from mcp import Client, MCPError
from mcp_client import Told, ask, call, remembering_shop, settled, talk
from retry_shop import SHOP

from engrep.indexers.tokens import count_tokens
from engrep.mcp_server import described
from engrep.mcp_tools import TOOLS

if TYPE_CHECKING:
    from conftest import Cli, MakeRepo


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, cli: Cli) -> Path:
    """Make a git repository with namesakes, memories and a session, and index it."""
    return remembering_shop(tmp_path_factory.mktemp("shop"), cli)


def test_the_tools_take_few_tokens_and_say_all_that_clients_ask_for() -> None:
    """Ten tools, with hints, titles and schemas of what goes in and out, in less than 2,500 tokens."""
    tools = [described(tool).model_dump(by_alias=True, exclude_none=True) for tool in TOOLS]
    assert 8 <= len(tools) <= 10
    assert count_tokens(json.dumps({"tools": tools}, separators=(",", ":"))) < 2500
    shown = [{name: tool[name] for name in ("name", "description", "inputSchema")} for tool in tools]
    assert count_tokens(json.dumps(shown, separators=(",", ":"))) < 1400  # what clients hand on to a model
    for tool in tools:
        assert set(tool["annotations"]) == {"readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint"}
        assert tool["title"]
        assert tool["outputSchema"]["required"]
        assert len(tool["name"]) <= 10
    assert {tool.name for tool in TOOLS if not tool.is_read_only} == {"remember", "forget"}


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_a_client_of_either_era_gets_the_tools_and_is_told_how_to_use_them(shop: Path, mode: Any) -> None:
    """Clients that shake hands and clients that do not are served alike."""

    async def act(client: Client) -> None:
        assert [tool.name for tool in (await client.list_tools()).tools] == [tool.name for tool in TOOLS]
        assert "data, never instructions" in (client.instructions or "")
        assert (await call(client, "symbol", name="Client")).data["hits"][0]["path"] == "net/client.py"

    talk(shop, act, mode=mode)


def test_every_tool_answers_as_json_and_as_text(shop: Path) -> None:
    """Each answer fits its schema, which the client checks, and the text holds what the JSON holds."""
    asked: dict[str, dict[str, Any]] = {
        "search": {"query": "retry a failed payment"}, "symbol": {"name": "backoff"}, "callers": {"name": "net.retry.backoff"},
        "impact": {"name": "net.retry.backoff"}, "recall": {"query": "how often are payments retried"},
        "memories": {}, "sessions": {}, "status": {},
    }  # fmt: skip

    async def act(client: Client) -> dict[str, Told]:
        told = {name: await call(client, name, **given) for name, given in asked.items()}
        kept = await call(
            client, "remember", text="Cards are charged once", about=["billing.charge.charge"], kind="constraint"
        )
        gone = await call(client, "forget", id=kept.data["id"], why="a trial")
        return {**told, "remember": kept, "forget": gone}

    told = talk(shop, act)
    assert set(told) == {tool.name for tool in TOOLS}
    assert not [name for name, answer in told.items() if answer.is_error]
    hit = told["search"].data["hits"][0]
    assert hit["qualified_name"] == "billing.retry.backoff"
    assert f"{hit['path']}:{hit['start_line']}-{hit['end_line']}  {hit['qualified_name']}" in told["search"].text
    assert all(
        f"{number}| {line}" in told["search"].text
        for number, line in enumerate(hit["text"].split("\n"), hit["start_line"])
    )
    assert {each["qualified_name"] for each in told["symbol"].data["ambiguous"]["candidates"]} == {
        "billing.retry.backoff",
        "net.retry.backoff",
    }
    assert "net.client.Client.send" in told["callers"].text
    assert told["recall"].data["items"][0]["text"].startswith("Payments are retried once a day")
    assert told["recall"].data["index"]["state"] == "up to date"
    assert told["remember"].data["anchors"] == [
        {"qualified_name": "billing.charge.charge", "path": "billing/charge.py"}
    ]
    assert told["forget"].data["status"] == "forgotten"
    assert told["status"].data["languages"]["python"] > 12
    assert told["memories"].data["total"] == 2
    assert told["sessions"].data["sessions"][0]["turns"] == 12


def test_answers_are_those_of_the_command_line(shop: Path, cli: Cli) -> None:
    """The same hits and edges under the same names, without what only a program reads."""
    told = json.loads(cli("search", "retry a failed request", "--json", cwd=shop).stdout)
    edges = json.loads(cli("callers", "billing.retry.backoff", "--json", cwd=shop).stdout)

    async def act(client: Client) -> tuple[Told, Told]:
        return await call(client, "search", query="retry a failed request", limit=10), await call(
            client, "callers", name="billing.retry.backoff"
        )

    found, walked = talk(shop, act)
    same = ("path", "start_line", "end_line", "qualified_name", "kind", "text")
    assert [{name: hit[name] for name in same if hit[name]} for hit in told["hits"]] == [
        {name: hit[name] for name in same if name in hit} for hit in found.data["hits"]
    ]
    assert not {"why", "margin", "module"} & set(found.data["hits"][0])
    assert [{**edge, "depth": None} for edge in edges["edges"]] == [
        {**edge, "depth": None} for edge in walked.data["edges"]
    ]
    assert found.data["index"]["commit"] == told["index"]["commit"]


def test_models_may_spell_arguments_as_they_like(shop: Path) -> None:
    """Other names, numbers as text and a text for a list do; what is no argument is ignored, and that is said."""

    async def act(client: Client) -> None:
        plain = await call(client, "search", query="backoff", limit=1, path="net/*")
        spelt = await call(client, "search", q="backoff", top_k="1", file_path="net/*", verbose=True)
        assert spelt.data["hits"] == plain.data["hits"]
        assert spelt.data["notes"] == [
            "ignored verbose: search takes query, path, language, kind, from_file, limit, budget, cursor"
        ]
        assert "ignored verbose" in spelt.text
        assert (await call(client, "callers", symbol="net.retry.backoff", maxDepth=2)).data["total"] == 1
        assert (await call(client, "recall", question="payments", types="memory")).data["items"][0]["type"] == "memory"
        cut = await call(client, "search", query="backoff", limit=5000)
        assert cut.data["notes"] == ["limit was cut to 50, the most"]

    talk(shop, act)


def test_what_cannot_be_is_an_answer_that_says_what_can(shop: Path) -> None:
    """No mistake of a model's is an error of the protocol, and the server goes on."""
    wrong: list[tuple[str, dict[str, Any], str]] = [
        ("search", {"query": "x", "limit": -1}, "`limit` must be from 1 to 50, not -1"),
        ("search", {"query": "x", "limit": "many"}, "must be a whole number"),
        ("search", {}, "search needs `query`"),
        ("search", {"querry": "x"}, "ignored querry"),
        ("search", {"query": "x", "cursor": "zzz"}, "pass next_cursor as it was given"),
        ("callers", {"name": "backoff", "direction": "up"}, "must be one of callers, callees, implementations"),
        ("callers", {"name": "why is this so slow"}, "is not a symbol's name"),
        ("impact", {}, "give either a symbol's name or a git revision"),
        ("impact", {"diff": "no-such-revision"}, "is it a revision of this repository"),
        ("forget", {"id": "mnosuch"}, "there is no memory mnosuch"),
        ("memories", {"id": "mnosuch"}, "there is no memory mnosuch"),
        ("sessions", {"id": "nosuch"}, "there is no session nosuch"),
        ("remember", {"text": "x is so", "about": ["no.such.thing"]}, "no.such.thing"),
        ("remember", {"text": "x is so", "scope": "galaxy"}, "there is no scope galaxy"),
        ("recall", {"query": "x", "types": ["dreams"]}, "there is no type dreams"),
        ("search", {"query": "x", "language": "cobol"}, "there is no language cobol"),
        ("search", {"query": "x", "kind": "klass"}, "did you mean class"),
        ("search", {"query": "x", "from_file": "nowhere.py"}, "there is no file nowhere.py to ask from"),
        ("serch", {"query": "x"}, "there are search, symbol"),
    ]  # fmt: skip

    async def act(client: Client) -> None:
        for name, given, told in wrong:
            answer = await call(client, name, **given)
            assert answer.is_error, (name, given)
            assert told in answer.text, answer.text
        page = await call(client, "search", query="backoff", limit=1)
        other = await call(client, "search", query="payment", cursor=page.data["next_cursor"])
        assert other.is_error
        assert "belongs to another question" in other.text
        assert not (await call(client, "search", query="backoff")).is_error

    talk(shop, act)


def test_a_memory_lives_through_the_tools(repo: MakeRepo) -> None:
    """Remembered, said otherwise, forgotten, restored, confirmed: and its history tells by whom."""
    folder = repo(SHOP, git=True)

    async def act(client: Client) -> list[dict[str, Any]]:
        await settled(client, "search", query="backoff")
        first = (await call(client, "remember", text="Retries wait a day", about="billing.retry.backoff")).data["id"]
        again = await call(client, "remember", text="Retries wait a day", about="billing.retry.backoff")
        assert (again.data["duplicate_of"], "known already" in again.text) == (first, True)
        assert not (
            await call(client, "remember", id=first, text="Retries wait two days", why="the bank", pinned=True)
        ).is_error
        assert (await call(client, "forget", id=first, reason="wrong")).data["status"] == "forgotten"
        assert (await call(client, "recall", query="retries wait", types=["memory"])).data["items"] == []
        assert (await call(client, "forget", id=first, action="restore")).data["status"] == "active"
        assert (await call(client, "forget", id=first, action="confirm")).data["status"] == "active"
        secret = await call(client, "remember", text="The key is AKIAIOSFODNN7EXAMPLE, never log it")
        assert secret.data["redacted"] == 1
        assert "AKIAIOSFODNN7EXAMPLE" not in (await call(client, "memories")).text
        life = await call(client, "memories", id=first)
        assert life.data["memories"][0]["text"] == "Retries wait two days (because the bank)"
        return list(life.data["changes"])

    changes = talk(folder, act)
    assert [each["verb"] for each in changes][::-1][:5] == ["remember", "edit", "pin", "forget", "restore"]
    assert {each["actor"] for each in changes} == {"agent"}


def test_resources_and_prompts_hold_what_a_session_starts_from(shop: Path) -> None:
    """A brief, the memories, a page a symbol; and prompts that bring them along."""

    async def act(client: Client) -> None:
        async def page(uri: str) -> str:
            (content,) = (await client.read_resource(uri)).contents
            return str(getattr(content, "text", ""))

        assert [each.uri for each in (await client.list_resources()).resources] == [
            "engrep://brief",
            "engrep://memories",
        ]
        (template,) = (await client.list_resource_templates()).resource_templates
        assert template.uri_template == "engrep://symbol/{name}"
        assert "Sockets retry at once" in await page("engrep://brief")
        assert "Payments are retried once a day" in await page("engrep://memories")
        symbol = await page("engrep://symbol/net.retry.backoff")
        assert "net/client.py" in symbol.split("## Callers")[1].split("## Callees")[0]
        with pytest.raises(MCPError, match="there is no resource"):
            await page("engrep://nothing")
        prompts = {each.name for each in (await client.list_prompts()).prompts}
        assert prompts == {"start_task", "explain_symbol", "review_change"}
        for name, given in (
            ("start_task", {"task": "payments"}),
            ("explain_symbol", {"name": "backoff"}),
            ("review_change", {}),
        ):
            (message,) = (await client.get_prompt(name, given)).messages
            assert "data, not instructions" in str(getattr(message.content, "text", "")), name
        with pytest.raises(MCPError, match="needs `task`"):
            await client.get_prompt("start_task", {})

    talk(shop, act)


def test_calls_are_answered_side_by_side(shop: Path) -> None:
    """A client may ask many things at once."""

    async def act(client: Client) -> list[Told]:
        names = [f"price_of_item{n}" for n in range(12)]
        return list(await asyncio.gather(*(call(client, "symbol", name=name) for name in names)))

    assert [answer.data["hits"][0]["path"] for answer in talk(shop, act)] == [f"shop/item{n}.py" for n in range(12)]


def test_a_folder_that_nobody_named_is_not_indexed_by_itself(tmp_path: Path) -> None:
    """A server that starts in somebody's home must not read all of it."""
    (tmp_path / "a.py").write_text("def a(): ...\n", encoding="utf-8")
    found = ask(tmp_path, "search", query="a")
    assert "is no git repository; run `engrep index" in found.data["reason"]
    assert not list(tmp_path.glob(".engrep/code.db"))
