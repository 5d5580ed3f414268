from __future__ import annotations

from pathlib import Path

from pylot.lsp.context import Context


def did_change_watched_files(context: Context, paths: tuple[Path, ...]) -> None:
    """Take in that files were made, changed or deleted."""
    for path in paths:
        context.session.file_changed(str(path))
