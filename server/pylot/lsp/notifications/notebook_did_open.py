from __future__ import annotations

from pylot.lsp.context import Context
from pylot.lsp.notebook_params import OpenedNotebook
from pylot.lsp.notifications.did_open import did_open


def notebook_did_open(context: Context, notebook: OpenedNotebook) -> None:
    """Take a notebook's cells and the order that they stand in."""
    context.session.notebooks.open(notebook.uri, notebook.cells)
    for document in notebook.documents:
        did_open(context, document)
