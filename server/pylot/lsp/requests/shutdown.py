from __future__ import annotations

from pylot.lsp.context import Context


def shutdown(context: Context, _params: None) -> None:
    """Answer null and begin to close the session; `exit` ends the process."""
    context.begin_close()
