from __future__ import annotations

from pylot.lsp.context import Context
from pylot.lsp.notebook_params import ChangedNotebook
from pylot.lsp.notifications.did_change import did_change
from pylot.lsp.notifications.did_close import did_close
from pylot.lsp.notifications.did_open import did_open


def notebook_did_change(context: Context, notebook: ChangedNotebook) -> None:
    """Bring a notebook up to date: which cells there are, and what is in them."""
    if notebook.splice is not None:
        splice = notebook.splice
        context.session.notebooks.splice(notebook.uri, splice.start, splice.n_deleted, splice.cells)
    for uri in notebook.closed:
        did_close(context, uri)
    for document in notebook.opened:
        did_open(context, document)
    for change in notebook.changed:
        did_change(context, change)
