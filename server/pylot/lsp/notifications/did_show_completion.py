"""A suggestion was shown (in the shape that editors speak to Copilot's server)."""

from __future__ import annotations

from pylot.lsp.context import Context


def did_show_completion(context: Context, suggestion_id: str) -> None:
    """Let the session learn that a suggestion was seen."""
    context.session.shown(suggestion_id)
