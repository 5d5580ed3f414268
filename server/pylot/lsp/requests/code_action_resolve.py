"""The edits of a chosen code action (LSP 3.18, "Code Action Resolve Request")."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

from pylot.app.code_actions import Chosen
from pylot.app.file_edits import CodeChange
from pylot.lsp.action_messages import change_of_code
from pylot.lsp.context import Context
from pylot.lsp.errors import ErrorCode, RequestError
from pylot.lsp.fields import Fields


def code_action_resolve(context: Context, action: tuple[Fields, Chosen | None]) -> Awaitable[dict[str, Any]]:
    """Answer with the action and its edit, or with an error that says why there is none."""
    return _answer(context, *action)


async def _answer(context: Context, action: Fields, wanted: Chosen | None) -> dict[str, Any]:
    if wanted is None:
        return dict(action)
    change = await current_change(context, wanted)
    return {**action, "edit": change_of_code(change, context.facts, is_applied=False)}


async def current_change(context: Context, wanted: Chosen) -> CodeChange:
    """Return what a chosen offer comes to for the documents as they are now."""
    change = await context.session.actions.work_out(wanted)
    if not all(context.is_current(each.snapshot) for each in change.files if each.snapshot is not None):
        raise RequestError(ErrorCode.CONTENT_MODIFIED, "The document has changed meanwhile; try again.")
    return change
