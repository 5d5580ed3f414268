"""Code actions of an editor window: what is offered at a place, and what a chosen one comes to."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pylot.actions.checked import checked
from pylot.actions.edit_check import text_digest
from pylot.actions.evaluation import prepare
from pylot.actions.offer import Finding, Offer, Offerer, Place, Plan
from pylot.actions.refactorings import REFACTORINGS
from pylot.app.file_edits import CodeChange, FileEdits
from pylot.app.visibility import Visibility
from pylot.kernel.errors import ActionRefusedError, PylotError
from pylot.kernel.stories import story
from pylot.storage.capped_folder import CappedFolder
from pylot.syntax.code_nodes import Code, read_code_nodes
from pylot.syntax.languages import canonical_language
from pylot.text.document_text import DocumentText
from pylot.text.store import Snapshot

_MOST_CODES = 8
_MOST_BYTES_OF_PAGES = 1 << 20
_PAUSE_SECONDS = 0.2
_log = logging.getLogger(__name__)

WorkOut = Callable[[Place, Offer], Awaitable[Plan]]
"""Work an offer out on the event loop; what it raises as `PylotError` is the user's sentence."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Where and for what an editor asks; offsets count code points, `only` are kinds or the beginnings of kinds."""

    start: int
    end: int
    findings: tuple[Finding, ...] = ()
    only: tuple[str, ...] = ()
    invoked: bool = True


@dataclass(frozen=True, slots=True)
class Chosen:
    """An offer that was chosen, and the version of the document that it was made for."""

    uri: str
    version: int
    start: int
    end: int
    id: str
    title: str = ""
    data: Mapping[str, object] = field(default_factory=dict)


class CodeActions:
    """Offer actions in open documents and work out the chosen ones; nothing is written, the editor makes the edits."""

    def __init__(
        self, visible: Visibility, cache: Path, run: Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]]
    ) -> None:
        self._visible, self._run = visible, run
        self._pages_folder = cache / "pages"
        self._pages = CappedFolder(self._pages_folder, _MOST_BYTES_OF_PAGES)
        self._offerers: list[Offerer] = list(REFACTORINGS)
        self._works: dict[str, WorkOut] = {each.id: _in_thread(each.plan) for each in REFACTORINGS}
        self._looks: list[Callable[[], None]] = []
        self._codes: OrderedDict[str, Code] = OrderedDict()
        self._lock = threading.Lock()
        self._is_used = False
        self._preparing: asyncio.Task[None] | None = None

    def add(self, offerer: Offerer, works: Mapping[str, WorkOut], look: Callable[[], None] = lambda: None) -> None:
        """Take in another source of offers; `works` names who works them out by the beginning of their ids.

        `look` is called on the event loop before offers are asked for in a thread.
        """
        self._offerers.append(offerer)
        self._looks.append(look)
        self._works |= works

    def let_work(self, works: Mapping[str, WorkOut]) -> None:
        """Let somebody else work out offers, by the beginning of their ids."""
        self._works |= works

    async def offers(self, uri: str, asked: Asked) -> list[Offer]:
        """Return what is offered at a place, without waiting for any model; nothing in a text that is not known."""
        try:
            snapshot = self._visible.document(uri)
        except ActionRefusedError:
            return []
        for look in self._looks:
            look()
        self._is_used = True
        return await asyncio.to_thread(self._offers_in, snapshot, asked)

    def changed(self, uri: str) -> None:
        """Take in that a document has a new version; in the next pause what lists need of it is worked out."""
        if self._preparing is not None:
            self._preparing.cancel()
        self._preparing = self._run(self._prepare(uri)) if self._is_used else None

    async def _prepare(self, uri: str) -> None:
        await asyncio.sleep(_PAUSE_SECONDS)
        with contextlib.suppress(ActionRefusedError):
            await asyncio.to_thread(self._read, self._visible.document(uri))

    def _read(self, snapshot: Snapshot) -> None:
        place = self._place(snapshot, Asked(0, 0))
        if place.code is not None:
            with self._lock:
                prepare(place.code)

    async def work_out(self, chosen: Chosen) -> CodeChange:
        """Return the edits of an offer.

        Raises:
            PylotError: it cannot be done, or the document has changed since the offer was made.
        """
        snapshot, work = self._visible.document(chosen.uri), self._works.get(_first_part(chosen.id))
        if work is None:
            raise ActionRefusedError("There is no such code action.")
        if snapshot.version != chosen.version:
            raise ActionRefusedError("The document has changed since this was offered; ask again.")
        place = await asyncio.to_thread(self._place, snapshot, Asked(chosen.start, chosen.end))
        offer = Offer(chosen.title, "", chosen.id, chosen.data)
        plan = await work(place, offer)
        await asyncio.to_thread(checked, place, plan)
        return self._change(snapshot, plan, chosen.title)

    async def save_page(self, change: CodeChange) -> Path | None:
        """Return a file with the page of a change, which may be gone tomorrow; None where it cannot be written."""
        name = f"{text_digest(change.page)[:16]}.md"
        try:
            await asyncio.to_thread(self._pages.write, name, [change.page.encode("utf-8", "replace")])
        except (OSError, PylotError):
            return None
        return self._pages_folder / name

    def _offers_in(self, snapshot: Snapshot, asked: Asked) -> list[Offer]:
        place = self._place(snapshot, asked)
        found: list[Offer] = []
        with self._lock:
            for each in self._offerers:
                try:
                    found += each.offers(place)
                except Exception as error:
                    # A fault in one action must not hide all others.
                    _log.error("%s offers nothing: %s", type(each).__name__, story(error))
        return [each for each in found if _is_wanted(each.kind, asked)]

    def _place(self, snapshot: Snapshot, asked: Asked) -> Place:
        text = snapshot.content.text
        language = canonical_language(snapshot.language, snapshot.path)
        start, end = sorted((min(asked.start, len(text)), min(asked.end, len(text))))
        code = self._code(snapshot.uri, text, language)
        package = bool(snapshot.path) and Path(snapshot.path).with_name("__init__.py").is_file()
        return Place(text, language, start, end, snapshot.path, code, asked.findings, asked.invoked, package)

    def _code(self, uri: str, text: str, language: str) -> Code | None:
        """Return the tree of a text, from that of its document's earlier version."""
        with self._lock:
            code = read_code_nodes(text, language, self._codes.get(uri))
            if code is None:
                return None
            self._codes[uri] = code
            self._codes.move_to_end(uri)
            while len(self._codes) > _MOST_CODES:
                self._codes.popitem(last=False)
        return code

    def _change(self, snapshot: Snapshot, plan: Plan, title: str) -> CodeChange:
        files = [FileEdits(snapshot.uri, snapshot.content, plan.edits, snapshot)] if plan.edits else []
        open_now = {each.path: each for each in self._visible.others(snapshot.uri) if each.path}
        for other in plan.others:
            if other.text is None and Path(other.path).exists():
                raise ActionRefusedError(f"There is a file called {Path(other.path).name} already.")
            there, content = open_now.get(other.path), DocumentText(other.text or "")
            if there is not None and there.content.text != other.text:
                raise ActionRefusedError("Another file has changed meanwhile; try again.")
            uri = there.uri if there else Path(other.path).as_uri()
            files.append(FileEdits(uri, content, other.edits, there, is_new=other.text is None))
        return CodeChange(plan.label or title, tuple(files), plan.needs_review, plan.page, plan.problems)


def _in_thread(plan: Callable[[Place, Offer], Plan]) -> WorkOut:
    async def work(place: Place, offer: Offer) -> Plan:
        return await asyncio.to_thread(plan, place, offer)

    return work


def _first_part(offer_id: str) -> str:
    return offer_id.partition("/")[0]


def _is_wanted(kind: str, asked: Asked) -> bool:
    """Tell whether a kind is one of those asked for; actions on a whole source only come when they are."""
    if not asked.only:
        return asked.invoked or not kind.startswith("source")
    return any(_is_within(kind, each) for each in asked.only)


def _is_within(kind: str, wanted: str) -> bool:
    return not wanted or kind == wanted or kind.startswith(f"{wanted}.")
