"""Ghost text as a completion list, for clients that have no other place for it (LSP 3.18, "Completion Request")."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable

from lsprotocol import types

from pylot.lsp import from_proto
from pylot.lsp.completion_items import completion_list
from pylot.lsp.context import Context
from pylot.text.store import Snapshot


def completion(context: Context, place: from_proto.CompletionPlace) -> Awaitable[types.CompletionList]:
    """Answer within the budget for lists; work that takes longer goes on, so that the next key finds it done.

    A list that comes late holds up the lists of every other server, so the budget is hard.
    """
    return _answer(context, place, context.session.documents.get(place.uri))


async def _answer(
    context: Context, place: from_proto.CompletionPlace, snapshot: Snapshot | None
) -> types.CompletionList:
    nothing_yet = types.CompletionList(is_incomplete=True, items=[])
    if snapshot is None or not snapshot.in_sync or not context.is_current(snapshot):
        return nothing_yet
    request = from_proto.completion_request(place, snapshot, context.facts.encoding)
    work = context.in_background(context.session.complete(request))
    await asyncio.wait([work], timeout=context.session.popup_budget)
    if not work.done() or not context.is_current(snapshot):
        return nothing_yet
    return completion_list(work.result().suggestions, request, snapshot, context.facts)
