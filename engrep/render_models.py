"""How the configured models look: a line each with what it can do, and what to configure where there is none."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.text import Text

from engrep.output import safe_line

if TYPE_CHECKING:
    from engrep.agents.overview import Overview
    from engrep.agents.probe import Probed

_ABILITIES = ("streaming", "tools", "structured", "usage")


def overview_lines(found: Overview) -> Iterator[Text]:
    """Show each model, or how to configure one."""
    if not found.models:
        yield Text("No language model is configured; engrep needs none to search and to remember.")
        yield Text("To have one, set ENGREP_MODEL, for example:")
        yield Text("  ENGREP_MODEL=ollama:qwen3              a server on this machine")
        yield Text("  ENGREP_MODEL=deepseek:deepseek-chat    with the key in DEEPSEEK_API_KEY")
        yield Text("  ENGREP_MODEL=name@https://host/v1      any compatible server, with the key in ENGREP_MODEL_KEY")
        yield Text(f"Known providers: {', '.join(found.providers)}.")
        yield Text(safe_line(f"Several models with roles and prices stand in {found.config} (docs/models.md)."))
        return
    for each in found.models:
        yield from _model_lines(each)
    if found.sources:
        yield Text(safe_line(f"from {', '.join(found.sources)}"), "dim")


def _model_lines(model: Probed) -> Iterator[Text]:
    state, colour = {None: ("not asked", "dim"), True: ("ready", "green"), False: ("fails", "red")}[model.reachable]
    line = Text.assemble(
        (safe_line(model.name), "bold"), "  ", (state, colour), safe_line(f"  {model.model} at {model.where}")
    )
    line.append(f"  {model.tier}", "dim")
    if model.roles:
        line.append(safe_line(f"  for {', '.join(model.roles)}"), "cyan")
    if not model.has_key and not model.is_local:
        line.append("  no key", "yellow")
    yield line
    if model.reachable:
        told = [_ability(name, getattr(model, name)) for name in _ABILITIES]
        yield Text(f"  {', '.join(told)}; first piece after {model.first_seconds} s", "dim")
    if model.problem:
        yield Text(safe_line(f"  {model.problem}"), "yellow")


def _ability(name: str, value: object) -> str:
    if isinstance(value, str) and value:
        return f"{name} by {value}"
    return name if value else f"no {name}"
