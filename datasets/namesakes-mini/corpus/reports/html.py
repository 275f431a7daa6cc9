"""Statements as web pages."""

from __future__ import annotations

import html

from reports.statement import Statement


def escape(text: str) -> str:
    """Make a text safe inside of markup."""
    return html.escape(text, quote=True)


def render(statement: Statement) -> str:
    """Turn a statement into an HTML page."""
    rows = "".join(f"<tr><td>{escape(each.number)}</td><td>{each.total()}</td></tr>" for each in statement.invoices)
    return f"<h1>{escape(statement.month)}</h1><table>{rows}</table>"
