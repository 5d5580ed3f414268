"""`pylot.action.apply`: a code action that is worked out by a command, and made or shown by the server's asking."""

from __future__ import annotations

import logging
from typing import Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from pylot.app.client import Level
from pylot.app.file_edits import CodeChange
from pylot.kernel.errors import ActionRefusedError
from pylot.lsp.action_messages import change_of_code, problems_of_code
from pylot.lsp.action_params import chosen
from pylot.lsp.context import Context
from pylot.lsp.requests.code_action_resolve import current_change

logger = logging.getLogger(__name__)

_LONGEST_MESSAGE = 2_000


async def apply_action(context: Context, arguments: tuple[object, ...]) -> object:
    """Work an offer out and let the client make its edit, or show what it found.

    The result says whether the client says that it made the edit, and holds what was found.
    """
    wanted = chosen(arguments[0] if arguments else None)
    change = await current_change(context, wanted)
    result: dict[str, Any] = {"applied": False, "label": change.label}
    if change.files:
        result["applied"] = await _is_made(context, change)
    if change.page:
        result["text"] = change.page
        context.in_background(_show_page(context, change))
    if change.problems is not None:
        snapshot = context.session.documents.get(wanted.uri)
        found = problems_of_code(change.problems, snapshot, context.facts) if snapshot else []
        result["problems"] = found
        context.port.publish_found(wanted.uri, found)
        context.port.show_message(Level.INFO, change.label)
    return result


async def _is_made(context: Context, change: CodeChange) -> bool:
    """Let the client make an edit; raises for a client that says that it cannot."""
    edit = change_of_code(change, context.facts, is_applied=True)
    params = types.ApplyWorkspaceEditParams(edit=edit, label=change.label or "Pylot")
    try:
        return (await context.port.server.workspace_apply_edit_async(params)).applied
    except JsonRpcException as error:
        logger.info("The client did not make an edit (error %s).", error.code)
        raise ActionRefusedError("Your editor did not make the change.") from None


async def _show_page(context: Context, change: CodeChange) -> None:
    """Show a page beside the code, or what has room in a message."""
    page = await context.session.actions.save_page(change) if context.facts.shows_documents else None
    try:
        if page is not None:
            params = types.ShowDocumentParams(uri=page.as_uri(), take_focus=False)
            if (await context.port.server.window_show_document_async(params)).success:
                return
    except JsonRpcException as error:
        logger.info("The client did not show a page (error %s).", error.code)
    context.port.show_message(Level.INFO, change.page[:_LONGEST_MESSAGE])
