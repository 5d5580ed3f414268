"""Ghost text (LSP 3.18, "Inline Completion Request")."""

from __future__ import annotations

from collections.abc import Awaitable

from lsprotocol import types

from pylot.lsp import from_proto, to_proto
from pylot.lsp.context import Context
from pylot.text.store import Snapshot


def inline_completion(
    context: Context, place: from_proto.CompletionPlace
) -> Awaitable[types.InlineCompletionList | None]:
    """Answer with ghost text for the version that is current now.

    An empty list takes shown ghost text away; null (superseded, or computed for a version that is gone) keeps it.
    """
    return _answer(context, place, context.session.documents.get(place.uri))


async def _answer(
    context: Context, place: from_proto.CompletionPlace, snapshot: Snapshot | None
) -> types.InlineCompletionList | None:
    if snapshot is None or not snapshot.in_sync:
        return types.InlineCompletionList(items=[])
    if place.version not in (None, snapshot.version) or not context.is_current(snapshot):
        return None
    encoding = context.facts.encoding
    answer = await context.session.complete(from_proto.completion_request(place, snapshot, encoding))
    if answer.superseded or not context.is_current(snapshot):
        return None
    return to_proto.inline_list(answer, snapshot, encoding)
