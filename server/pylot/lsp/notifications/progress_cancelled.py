"""The user has cancelled work that a progress report is about (LSP 3.18, "Canceling Work Done Progress")."""

from __future__ import annotations

from pylot.lsp.context import Context


def progress_cancelled(context: Context, token: str) -> None:
    """Stop the work behind a report; one that has ended meanwhile is left alone."""
    context.port.progress_cancelled(token)
