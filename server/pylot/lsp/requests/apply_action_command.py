"""`pylot.action.apply`: a code action for clients that ask for no edits themselves."""

from __future__ import annotations

from lsprotocol import types

from pylot.lsp.action_params import chosen
from pylot.lsp.context import Context
from pylot.lsp.requests.code_action_resolve import edit_of


async def apply_action(context: Context, arguments: tuple[object, ...]) -> object:
    """Work an offer out and ask the client to make its edit; the result says whether it says that it did."""
    edit = await edit_of(context, chosen(arguments[0] if arguments else None), is_applied=True)
    params = types.ApplyWorkspaceEditParams(edit=edit, label="Pylot")
    answer = await context.port.server.workspace_apply_edit_async(params)
    return {"applied": answer.applied}
