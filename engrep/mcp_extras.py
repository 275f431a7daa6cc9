"""What the server offers besides tools: resources to read and prompts to start from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote

from engrep.engine.errors import EngrepError
from engrep.mcp_memory import ACTOR
from engrep.mcp_service import Service, ToolFailure
from engrep.mcp_shapes import clean, item
from engrep.mcp_texts import DATA
from engrep.mcp_texts import item as item_text

if TYPE_CHECKING:
    import mcp_types as types

    from engrep.engine.memory import Memory

_SYMBOL = "engrep://symbol/"
_MIME = "text/markdown"


class Page(NamedTuple):
    """A resource that has an address of its own."""

    uri: str
    name: str
    title: str
    about: str


class Starter(NamedTuple):
    """A prompt: what it is for, its argument, whether it must be given, and what the model is asked to do."""

    name: str
    title: str
    about: str
    argument: str
    is_required: bool
    task: str


PAGES = (
    Page(
        "engrep://brief", "brief", "Brief", "What a new session has to know: pinned rules, open tasks, recent decisions"
    ),
    Page("engrep://memories", "memories", "Memories", "What is remembered and holds here, newest first"),
)
STARTERS = (
    Starter(
        "start_task", "Start a task", "What is known about a task before it is begun", "task", True,
        "I am about to work on this: {value}\nBelow is what is known. Say which of it binds this task, look at the code that it "
        "needs with the engrep tools, then propose a plan. When something is decided on the way, keep it with `remember`.",
    ),
    Starter(
        "explain_symbol", "Explain a symbol", "Definition, callers, callees and memories of one symbol", "name", True,
        "Explain {value}: what it does, who depends on it, and what was decided about it. Cite path:line and memory ids.",
    ),
    Starter(
        "review_change", "Review a change", "What the changes since a git revision can break", "diff", False,
        "Review the changes since {value}. Below is what they reach and what is remembered. Look at the places with the least "
        "certain edges too; name each thing that may break with path:line, and each decision that the change contradicts.",
    ),
)  # fmt: skip


def extras(service: Service) -> dict[str, Any]:
    """Return the handlers of resources and prompts."""
    return {
        "on_list_resources": _list_resources,
        "on_list_resource_templates": _list_templates,
        "on_read_resource": _reader(service),
        "on_list_prompts": _list_prompts,
        "on_get_prompt": _prompter(service),
    }


async def _list_resources(_context: Any, _params: Any) -> types.ListResourcesResult:
    import mcp_types as types

    pages = [
        types.Resource(uri=page.uri, name=page.name, title=page.title, description=page.about, mime_type=_MIME)
        for page in PAGES
    ]
    return types.ListResourcesResult(resources=pages)


async def _list_templates(_context: Any, _params: Any) -> types.ListResourceTemplatesResult:
    import mcp_types as types

    template = types.ResourceTemplate(
        uri_template=_SYMBOL + "{name}", name="symbol", title="Symbol", mime_type=_MIME,
        description="Definitions, callers, callees and memories of a symbol, by any spelling of its name",
    )  # fmt: skip
    return types.ListResourceTemplatesResult(resource_templates=[template])


def _reader(service: Service) -> Any:
    async def read_resource(_context: Any, params: types.ReadResourceRequestParams) -> types.ReadResourceResult:
        import mcp_types as types

        text = await _page(service, str(params.uri))
        contents = types.TextResourceContents(uri=params.uri, mime_type=_MIME, text=text)
        return types.ReadResourceResult(contents=[contents])

    return read_resource


async def _page(service: Service, uri: str) -> str:
    if uri == "engrep://brief":
        return await _brief(service)
    if uri == "engrep://memories":
        return await _told(service, "memories", limit=200, budget=10000)
    name = unquote(uri.removeprefix(_SYMBOL))
    if uri.startswith(_SYMBOL) and name:
        return await _symbol_page(service, name)
    import mcp_types as types
    from mcp import MCPError

    known = ", ".join([*(page.uri for page in PAGES), _SYMBOL + "{name}"])
    raise MCPError(types.INVALID_PARAMS, f"there is no resource {uri}; there are {known}", {"uri": uri})


async def _brief(service: Service) -> str:
    await service.indexing.ready()  # what it tells is of the code as it is now
    try:
        return await service.ask(_known)
    except (EngrepError, OSError) as error:
        return service.told(error)


def _known(memory: Memory) -> str:
    found = memory.brief(session=ACTOR)
    told = [item_text(clean(item(each, ()))) for each in found.items]
    return "\n\n".join([f"What is known ({DATA})" if told else "Nothing is remembered yet", *told])


async def _symbol_page(service: Service, name: str) -> str:
    parts = [
        await _told(service, "symbol", name=name),
        await _told(service, "callers", name=name),
        await _told(service, "callers", name=name, direction="callees"),
        await _told(service, "recall", query=name, types=["memory"], budget=1000),
    ]
    return "\n\n".join(
        f"## {heading}\n\n{part}"
        for heading, part in zip(("Definitions", "Callers", "Callees", "Memories"), parts, strict=True)
    )


async def _told(service: Service, tool: str, **given: Any) -> str:
    try:
        return (await service.call(tool, given))[1]
    except ToolFailure as failure:
        return str(failure)


async def _list_prompts(_context: Any, _params: Any) -> types.ListPromptsResult:
    import mcp_types as types

    prompts = [
        types.Prompt(
            name=each.name, title=each.title, description=each.about,
            arguments=[types.PromptArgument(name=each.argument, required=each.is_required)],
        )
        for each in STARTERS
    ]  # fmt: skip
    return types.ListPromptsResult(prompts=prompts)


def _prompter(service: Service) -> Any:
    async def get_prompt(_context: Any, params: types.GetPromptRequestParams) -> types.GetPromptResult:
        import mcp_types as types
        from mcp import MCPError

        starter = next((each for each in STARTERS if each.name == params.name), None)
        if starter is None:
            known = ", ".join(each.name for each in STARTERS)
            raise MCPError(types.INVALID_PARAMS, f"there is no prompt {params.name}; there are {known}")
        value = (params.arguments or {}).get(starter.argument, "" if starter.is_required else "HEAD")
        if not value:
            raise MCPError(types.INVALID_PARAMS, f"the prompt {starter.name} needs `{starter.argument}`")
        text = f"{starter.task.format(value=value)}\n\n{await _ground(service, starter.name, value)}"
        message = types.PromptMessage(role="user", content=types.TextContent(type="text", text=text))
        return types.GetPromptResult(description=starter.about, messages=[message])

    return get_prompt


async def _ground(service: Service, name: str, value: str) -> str:
    """Return what a prompt's task rests on."""
    if name == "explain_symbol":
        return await _symbol_page(service, value)
    brief = await _brief(service)
    if name == "start_task":
        return f"{brief}\n\n{await _told(service, 'recall', query=value)}"
    return f"{await _told(service, 'impact', diff=value)}\n\n{brief}"
