"""What can be done to the code here? (LSP 3.18, "Code Action Request")."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

from pylot.lsp.action_messages import action_list
from pylot.lsp.action_params import ActionsPlace, asked
from pylot.lsp.context import Context
from pylot.text.store import Snapshot


def code_action(context: Context, place: ActionsPlace) -> Awaitable[list[dict[str, Any]] | None]:
    """Answer with the offers, or null where the document has changed meanwhile; waits for no model."""
    return _answer(context, place, context.session.documents.get(place.uri))


async def _answer(context: Context, place: ActionsPlace, snapshot: Snapshot | None) -> list[dict[str, Any]] | None:
    if snapshot is None:
        return None
    wanted = asked(place, snapshot.content, context.facts.encoding)
    offers = await context.session.actions.offers(place.uri, wanted)
    return action_list(offers, place, wanted, snapshot, context.facts) if context.is_current(snapshot) else None
