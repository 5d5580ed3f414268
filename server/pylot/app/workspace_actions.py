"""Code actions that change other files than the one they are asked for in, and so have to look into all of them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from pylot.actions.change_signature import ChangeSignature
from pylot.actions.offer import Offer, OtherFile, Place, Plan
from pylot.actions.workspace_code import WorkspaceCode
from pylot.app.visibility import Visibility
from pylot.app.workspace_symbols import FolderView, WorkspaceSymbols
from pylot.kernel.errors import ActionRefusedError
from pylot.text.store import Snapshot


class WorkspaceActions:
    """Belongs to the event loop; `works` says who works out which offers, by the beginnings of their ids."""

    def __init__(self, visible: Visibility, symbols: WorkspaceSymbols) -> None:
        self._visible, self._symbols = visible, symbols
        self._signatures = ChangeSignature()
        self.works: dict[str, Callable[[Place, Offer], Awaitable[Plan]]] = {ChangeSignature.id: self._change_signature}

    async def _change_signature(self, place: Place, offer: Offer) -> Plan:
        reaches_out = await asyncio.to_thread(self._signatures.reaches_out, place, offer)
        if not reaches_out or not self._symbols.covers(place.path):
            return await asyncio.to_thread(self._signatures.plan, place, offer)
        return await self._symbols.looked_at(self._snapshot(place), lambda view: self._everywhere(view, place, offer))

    def _everywhere(self, view: FolderView, place: Place, offer: Offer) -> Plan:
        workspace = WorkspaceCode(view.table, view.read, view.path, place.language)
        edits = self._signatures.plan_everywhere(place, offer, workspace)
        others = tuple(
            OtherFile(str(view.root / path), workspace.code(path).text, tuple(sorted(found)))
            for path, found in sorted(edits.items())
            if path
        )
        return Plan(tuple(sorted(edits.get("", ()))), others=others)

    def _snapshot(self, place: Place) -> Snapshot:
        """Return the version of the document that a place is in."""
        for each in self._visible.others(""):
            if each.path == place.path and each.content.text == place.text:
                return each
        raise ActionRefusedError("The document has changed since this was offered; ask again.")
