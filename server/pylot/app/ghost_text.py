"""Ghost text in one window: what a request may see and what settings hold for it, and the model kept warm for it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

from pylot.app.client import Client, Level
from pylot.app.configuration import Configuration
from pylot.app.index_keeper import InBackground
from pylot.app.knowledge_keeper import KnowledgeKeeper
from pylot.app.notebooks import Notebooks, narrow
from pylot.app.surroundings import SurroundingsKeeper
from pylot.app.visibility import Visibility
from pylot.completion.environment import Environment
from pylot.completion.gate import GateFacts
from pylot.completion.known_symbols import NOTHING_KNOWN
from pylot.completion.reasons import Reason
from pylot.completion.saved_places import Keeping
from pylot.completion.service import CompletionService
from pylot.completion.settings import CompletionSettings
from pylot.completion.sources import Surroundings
from pylot.completion.values import CompletionAnswer, CompletionRequest
from pylot.kernel.clock import Clock
from pylot.kernel.errors import PylotError
from pylot.kernel.stories import story
from pylot.models.door import Models, Preview
from pylot.models.provider import Provider
from pylot.models.settings import Role
from pylot.syntax.languages import canonical_language
from pylot.text.store import DocumentStore, Snapshot
from pylot.text.uris import path_of
from pylot.workspace.secret_content import secret_spans

_log = logging.getLogger(__name__)
# Who asks when ghost text is wanted, in the call log and in `models.agents`.
AGENT = "completion"


@dataclass(frozen=True)
class Window:
    """What ghost text needs of the window that it is for; `is_running` until the window closes."""

    client: Client
    clock: Clock
    configuration: Configuration
    documents: DocumentStore
    notebooks: Notebooks
    visible: Visibility
    knowledge: KnowledgeKeeper
    models: Models
    in_background: InBackground
    is_running: Callable[[], bool]
    client_debounces: bool


class GhostText:
    """Answer requests with all that the window knows, and prepare the model for the next; owned by one event loop.

    `service` is what answers; `problem` says why there is no model, in one sentence.
    """

    def __init__(self, window: Window) -> None:
        self._window = window
        self.service = CompletionService(window.clock)
        self.problem = ""
        self._surroundings = SurroundingsKeeper(window.clock)
        self._texts: dict[str, str] = {}
        self._warming: asyncio.Task[None] | None = None
        self._preparing: asyncio.Task[None] | None = None

    @property
    def settings(self) -> CompletionSettings:
        """The settings that hold now."""
        return self._window.configuration.settings.section(CompletionSettings)

    def opened(self, snapshot: Snapshot) -> None:
        """Take in an opened or focused document, and prepare the model for it."""
        self._texts[snapshot.uri] = self._window.notebooks.text(snapshot)
        self._surroundings.activated(snapshot.uri)
        if self.settings.enabled and self._window.is_running():
            if self._warming is not None:
                self._warming.cancel()
            self._warming = self._window.in_background(self._warm_up(snapshot))

    def changed(self, snapshot: Snapshot) -> None:
        """Take in a new version of a document."""
        uri = snapshot.uri
        before, after = self._texts.get(uri, ""), self._window.notebooks.text(snapshot)
        self._texts[uri] = after
        self._surroundings.changed(uri, snapshot.path or uri, before, after)
        offset = self.service.document_changed(uri, before, after)
        if offset is not None and self.settings.enabled and self._window.is_running():
            # A rename changes many documents at once; the last one is as good a guess as any.
            if self._preparing is not None:
                self._preparing.cancel()
            self._preparing = self._window.in_background(self._prepare(snapshot, offset))

    def closed(self, uri: str) -> None:
        """Take in that a document was closed."""
        self._texts.pop(uri, None)
        self._surroundings.closed(uri)
        self.service.document_closed(uri)

    async def complete(self, request: CompletionRequest) -> CompletionAnswer:
        """Answer with ghost text; never raises."""
        request, shift = self._window.notebooks.widen(request)
        request = replace(request, language=canonical_language(request.language, request.path))
        try:
            environment = self._environment(request, self._window.documents.get(request.uri))
        except Exception as error:
            _log.error("completion refused: %s", story(error))
            return CompletionAnswer("", reason=Reason.INTERNAL_ERROR.value)
        return narrow(await self.service.complete(self._window.visible.masked(request), environment), shift)

    def preview(self, request: CompletionRequest, role: Role) -> tuple[list[Preview], str]:
        """Return what each deployment of a role's model would be sent for a place, or why none would be asked."""
        request = replace(request, language=canonical_language(request.language, request.path))
        environment = self._environment(request, self._window.documents.get(request.uri))
        prompt, sentence = self.service.preview(self._window.visible.masked(request), environment)
        if prompt is None:
            return [], sentence
        try:
            return self._window.models.preview(role, prompt), ""
        except PylotError as error:
            return [], error.sentence

    async def load_model(self) -> None:
        """Load the model, with progress that the user sees."""
        provider = self._provider() if self.settings.enabled else None
        if provider is None:
            return
        progress = self._window.client.begin_progress("Pylot: loading the model")
        outcome = ""
        try:
            outcome = f"{(await provider.ready()).name} is ready."
            self._window.client.publish_status("Normal", outcome)
        except PylotError as error:
            outcome = error.sentence
        finally:
            progress.end(outcome)

    def take_models(self) -> None:
        """Take in what is configured for the model now: whether there is one, and where its states are kept."""
        self.problem = ""
        self.keep_states()

    def keep_states(self) -> None:
        """Keep what the model has read of documents on disk from now on, where that is wanted."""
        window = self._window
        self.service.keeping = None
        with contextlib.suppress(PylotError):
            if states := window.models.saved_states("complete"):
                self.service.keeping = Keeping(states, window.visible.may_keep, window.visible.text_now)

    def _environment(self, request: CompletionRequest, snapshot: Snapshot | None) -> Environment:
        settings = self.settings
        exclusion = self._window.visible.exclusion(request.path, request.text)
        facts = GateFacts(
            enabled=settings.enabled,
            language_off=request.language in settings.languages_off,
            comments_off=not settings.in_comments,
            strings_off=not settings.in_strings,
            excluded=exclusion.sentence if exclusion else None,
            out_of_sync=snapshot is not None and not snapshot.in_sync,
        )
        return Environment(
            settings=settings,
            facts=facts,
            surroundings=self._visible_surroundings(request.uri, settings),
            provider=self._provider(),
            model=self._window.models.name_for("complete"),
            debounce_ms=0 if self._window.client_debounces else settings.debounce_ms,
            no_model=self.problem,
        )

    def _visible_surroundings(self, uri: str, settings: CompletionSettings) -> Surroundings:
        window, visible = self._window, self._window.visible
        others = [each for each in window.documents.all() if each.uri != uri and each.in_sync]
        others = [each for each in others if not window.notebooks.share(uri, each.uri)]
        allowed = [each for each in others if visible.may_be_context(each)] if settings.open_files else []
        edits = self._surroundings.recent_edits(visible.may_show) if settings.recent_edits else ()
        # The text of a file that was closed is not there to be judged, so each edit is judged by itself too.
        harmless = [edit for edit in edits if not secret_spans(edit.after)]
        workspace = visible.may_read if settings.workspace_files else None
        known = window.knowledge.knowledge(path_of(uri) or "") if settings.definitions else NOTHING_KNOWN
        return Surroundings(self._surroundings.open_files(allowed), harmless, workspace, known)

    def _provider(self) -> Provider | None:
        try:
            provider = self._window.models.provider("complete", AGENT)
        except PylotError as error:
            self._say_problem(error.sentence)
            return None
        self.problem = ""
        return provider

    def _say_problem(self, sentence: str) -> None:
        if sentence != self.problem:
            self.problem = sentence
            self._window.client.show_message(Level.WARNING, sentence)
            self._window.client.publish_status("Warning", sentence)

    async def _warm_up(self, snapshot: Snapshot) -> None:
        request = self._request_at(snapshot, len(self._window.notebooks.text(snapshot)))
        environment = self._environment(request, snapshot)
        with contextlib.suppress(PylotError):
            await self.service.warm_up(self._window.visible.masked(request), environment)

    async def _prepare(self, snapshot: Snapshot, offset: int) -> None:
        if self._window.documents.get(snapshot.uri) is not snapshot:
            return
        request = self._request_at(snapshot, offset)
        await self.service.prepare(self._window.visible.masked(request), self._environment(request, snapshot))

    def _request_at(self, snapshot: Snapshot, offset: int) -> CompletionRequest:
        path, text = self._window.notebooks.path(snapshot), self._window.notebooks.text(snapshot)
        language = canonical_language(snapshot.language, path)
        return CompletionRequest(snapshot.uri, path, language, snapshot.version, text, offset)
