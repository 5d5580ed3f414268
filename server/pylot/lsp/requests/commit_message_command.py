"""`pylot.commitMessage`: a message for what is staged, for the editor to put where one is written (K4)."""

from __future__ import annotations

from pylot.lsp.context import Context
from pylot.lsp.named_folder import named_folder


async def commit_message(context: Context, arguments: tuple[object, ...]) -> object:
    """Answer with a message for what is staged in the repository of a folder; nothing is committed."""
    message = await context.session.commit_message(named_folder(arguments))
    return {"message": message.text, "leftOut": message.n_left_out}
