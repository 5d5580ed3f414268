"""The user wants an end of something that takes long (LSP 3.18, "Canceling a Work Done Progress")."""

from __future__ import annotations

from pylot.lsp.context import Context


def work_done_progress_cancel(context: Context, token: str) -> None:
    """End what a progress report is about; one that is over already, or not ours, is ignored."""
    context.port.cancel_progress(token)
