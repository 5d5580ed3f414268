"""Can the thing here be renamed? (LSP 3.18, "Prepare Rename Request")."""

from __future__ import annotations

from collections.abc import Awaitable

from lsprotocol import types

from pylot.lsp import from_proto, to_proto
from pylot.lsp.context import Context
from pylot.text.store import Snapshot


def prepare_rename(context: Context, place: from_proto.RenamePlace) -> Awaitable[types.Range | None]:
    """Answer with the range of the name, or null where the document has changed meanwhile."""
    return _answer(context, place, context.session.documents.get(place.uri))


async def _answer(context: Context, place: from_proto.RenamePlace, snapshot: Snapshot | None) -> types.Range | None:
    if snapshot is None:
        return None
    encoding = context.facts.encoding
    offset = snapshot.content.offset_at(place.position, encoding)
    start, end = await context.session.place_to_rename(place.uri, offset)
    return to_proto.range_of(start, end, snapshot.content, encoding) if context.is_current(snapshot) else None
