from __future__ import annotations

from pylot.lsp.context import Context
from pylot.lsp.from_proto import FolderChange


def did_change_workspace_folders(context: Context, change: FolderChange) -> None:
    """Add and remove workspace roots."""
    kept = [it for it in context.folders if it not in change.removed]
    context.folders = kept + [it for it in change.added if it not in kept]
    context.session.set_folders(context.folders)
