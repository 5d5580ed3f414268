"""A suggestion was put away (Pylot's own; in the shape of its siblings that editors speak to Copilot's server)."""

from __future__ import annotations

from pylot.lsp.context import Context


def did_dismiss_completion(context: Context, suggestion_id: str) -> None:
    """Let the session learn that a suggestion was not wanted."""
    context.session.dismissed(suggestion_id)
