from __future__ import annotations

from pylot.lsp.context import Context
from pylot.lsp.notebook_params import ClosedNotebook
from pylot.lsp.notifications.did_close import did_close


def notebook_did_close(context: Context, notebook: ClosedNotebook) -> None:
    """Let go of a notebook and its cells."""
    context.session.notebooks.close(notebook.uri)
    for uri in notebook.documents:
        did_close(context, uri)
