"""Another name for a thing, everywhere it is meant (LSP 3.18, "Rename Request")."""

from __future__ import annotations

from collections.abc import Awaitable

from lsprotocol import types

from pylot.lsp import from_proto, to_proto
from pylot.lsp.context import Context
from pylot.lsp.errors import ErrorCode, RequestError
from pylot.text.store import Snapshot


def rename(context: Context, place: from_proto.RenamePlace) -> Awaitable[types.WorkspaceEdit | None]:
    """Answer with all edits, or with an error that says why there are none."""
    return _answer(context, place, context.session.documents.get(place.uri))


async def _answer(
    context: Context, place: from_proto.RenamePlace, snapshot: Snapshot | None
) -> types.WorkspaceEdit | None:
    if snapshot is None:
        return None
    facts = context.facts
    offset = snapshot.content.offset_at(place.position, facts.encoding)
    changed = await context.session.rename(place.uri, offset, place.new_name)
    used = [snapshot, *(each.snapshot for each in changed if each.snapshot is not None)]
    if not all(context.is_current(each) for each in used):
        raise RequestError(ErrorCode.CONTENT_MODIFIED, "The document has changed meanwhile; try again.")
    return to_proto.workspace_edit(changed, facts.encoding, versioned=facts.versioned_edits)
