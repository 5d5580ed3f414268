"""One editor window: its documents, its settings, and the rooms wired together for it."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Coroutine, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pylot import __version__
from pylot.actions.settings import ActionSettings
from pylot.app.agents import Agents
from pylot.app.client import Client, Level
from pylot.app.code_actions import CodeActions
from pylot.app.configuration import Configuration
from pylot.app.file_edits import FileEdits
from pylot.app.generated_tests import SandboxedTests
from pylot.app.ghost_text import GhostText, Window
from pylot.app.index_keeper import IndexKeeper
from pylot.app.knowledge_keeper import KnowledgeKeeper
from pylot.app.learned import LearnedStore
from pylot.app.model_actions import AGENT as ACTIONS
from pylot.app.model_actions import ModelActions
from pylot.app.notebooks import Notebooks
from pylot.app.renaming import Renaming
from pylot.app.sections import LogSettings
from pylot.app.visibility import Visibility
from pylot.app.workplace import Workplace
from pylot.app.workspace_actions import WorkspaceActions
from pylot.app.workspace_reader import WorkspaceReader
from pylot.app.workspace_symbols import WorkspaceSymbols
from pylot.completion.explain_page import render_text
from pylot.completion.line_index import LineIndex
from pylot.completion.values import CompletionAnswer, CompletionRequest
from pylot.config.prompts import Prompts
from pylot.config.shipped import shipped_folder
from pylot.config.sources import Sources
from pylot.index.settings import IndexSettings
from pylot.index.worker.launcher import index_folder
from pylot.index.worker.messages import Wishes
from pylot.kernel.clock import Clock, SystemClock
from pylot.kernel.stories import story
from pylot.models.cards import load_cards
from pylot.models.door import Models, Preview
from pylot.models.settings import ROLES, EngineSettings, ModelsSettings, Role
from pylot.storage.directories import Directories, find_directories
from pylot.syntax.languages import canonical_language
from pylot.text.store import DocumentStore, Snapshot
from pylot.text.uris import path_of
from pylot.workspace.roots import Roots
from pylot.workspace.settings import WorkspaceSettings

if TYPE_CHECKING:
    from pylot.app.commit_message import ProposedMessage

_log = logging.getLogger(__name__)
_TICK_SECONDS = 1.0


class Session:
    """Implements `SessionProtocol`; owned by one event loop."""

    def __init__(
        self,
        client: Client,
        *,
        client_debounces: bool = False,
        directories: Directories | None = None,
        clock: Clock | None = None,
        overrides: Sequence[str] = (),
    ) -> None:
        self._client = client
        self._directories = directories or find_directories()
        self._clock = clock or SystemClock()
        sources = Sources(self._directories.config, environ=dict(os.environ), overrides=tuple(overrides))
        self._configuration = Configuration(sources, client)
        self.documents = DocumentStore(self._clock)
        self.notebooks = Notebooks(self.documents)
        self._roots = Roots()
        self._visible = Visibility(self.documents, self.notebooks, self._clock)
        self._visible.configure(self._roots, self._configuration.settings.section(WorkspaceSettings))
        self.indexes = IndexKeeper(self._directories, self._clock, client)
        symbols = WorkspaceSymbols(self._visible, self.indexes, self._index_folder)
        self._renaming = Renaming(self._visible, symbols, lambda: self._configuration.settings.section(ActionSettings))
        self.actions = CodeActions(self._visible, self._directories.cache, self._in_background)
        self.actions.let_work(WorkspaceActions(self._visible, symbols).works)
        self._tells_changes = False
        self._knowledge = KnowledgeKeeper(self._index_folder, self._visible.may_read)
        self._models = self._new_models()
        self.agents = Agents(self._workplace())
        self._add_model_actions()
        self._ghost_text = self._new_ghost_text(client_debounces)
        self._learned = LearnedStore(self._directories.data)
        self._tasks: set[asyncio.Task[Any]] = set()
        self._workspace = self._new_reader()
        self._reading: asyncio.Task[None] | None = None
        self._choosing = asyncio.Lock()
        self._closed = False

    @property
    def folders(self) -> tuple[Path, ...]:
        """The workspace roots, resolved."""
        return self._roots.folders

    @property
    def popup_budget(self) -> float:
        """How long a completion list may wait, in seconds."""
        return self._ghost_text.settings.popup_budget_ms / 1000

    async def start(self) -> None:
        """Begin to watch the configuration and to load the model."""
        self._ghost_text.keep_states()
        self._in_background(self._tick())
        self._in_background(self._ghost_text.load_model())
        self._read_workspace()
        self.indexes.start(self._in_background)
        self._in_background(self._remind())
        self._in_background(self._knowledge.run())

    async def close(self) -> None:
        """Stop background work, keep what was learned and let go of the engine."""
        if self._closed:
            return
        self._closed = True
        for task in self._tasks:
            task.cancel()
        self._learned.add(self._ghost_text.service.tracker.counts)
        await self.agents.close()
        await asyncio.gather(
            *self._tasks, self._ghost_text.service.close(), self.indexes.close(), return_exceptions=True
        )
        await asyncio.gather(self._models.close(), return_exceptions=True)

    def set_folders(self, folders: Sequence[Path]) -> None:
        """Name the workspace roots."""
        self._roots = Roots(folders)
        self._configuration.set_roots(folders)
        self._apply_settings()

    def set_editor_settings(self, settings: Mapping[str, object]) -> None:
        """Take the editor's layer of settings."""
        self._configuration.set_editor(settings)
        self._apply_settings()

    def document_opened(self, uri: str) -> None:
        """Take in an opened or focused document, and prepare the model for it."""
        snapshot = self.documents.get(uri)
        if snapshot is None:
            return
        self._learn_around(snapshot)
        self._workspace.begin_near(snapshot.path)
        self._ghost_text.opened(snapshot)

    def document_changed(self, uri: str) -> None:
        """Take in a new version of a document."""
        snapshot = self.documents.get(uri)
        if snapshot is None or not snapshot.in_sync:
            return
        self._workspace.give_way()
        self.actions.changed(uri)
        self._learn_around(snapshot)
        self._ghost_text.changed(snapshot)

    def document_closed(self, uri: str) -> None:
        """Take in that a document was closed; what lies on disk counts again."""
        self.file_changed(path_of(uri) or "")
        self._knowledge.closed(path_of(uri) or "")
        self._ghost_text.closed(uri)

    def file_changed(self, path: str) -> None:
        """Take in that a file on disk was written, made or deleted."""
        self._workspace.file_changed(path)
        if path:
            self.indexes.file_changed(path)

    def expect_file_events(self) -> None:
        """Take in that the editor tells of every file that is made, changed or deleted."""
        self._tells_changes = True
        self._configure_indexes()

    async def workspace_read(self) -> None:
        """Return once the workspace has been read for the local predictor, or at once where that is switched off."""
        if self._reading is not None:
            await self._workspace.finished.wait()

    async def surroundings_known(self) -> None:
        """Return once what the index knows around the open files has been worked out."""
        await self._knowledge.settled()

    async def complete(self, request: CompletionRequest) -> CompletionAnswer:
        """Answer with ghost text."""
        with self.indexes.held():
            return await self._ghost_text.complete(request)

    def preview(self, request: CompletionRequest, role: Role) -> tuple[list[Preview], str]:
        """Return what each deployment of a role's model would be sent for a place, in the order of asking.

        Where none would be asked, the sentence says why. Nothing is sent and no model is loaded (P3).
        """
        return self._ghost_text.preview(request, role)

    def shown(self, suggestion_id: str) -> None:
        """Take in that a suggestion is on the screen; the answer itself has counted it already."""

    def accepted(self, suggestion_id: str) -> None:
        """Take in that a suggestion was accepted whole."""
        self._ghost_text.service.accepted(suggestion_id)

    def partly_accepted(self, suggestion_id: str, n_characters: int) -> None:
        """Take in that the beginning of a suggestion was accepted."""
        if n_characters > 0:
            self._ghost_text.service.partly_accepted(suggestion_id)

    def dismissed(self, suggestion_id: str) -> None:
        """Take in that a suggestion was put away."""
        self._ghost_text.service.dismissed(suggestion_id)

    def explain(self, limit: int = 10) -> dict[str, object]:
        """Return the last traces as values and as a page to read."""
        traces = self._ghost_text.service.explain(limit)
        return {"traces": traces, "text": "\n\n".join(render_text(trace) for trace in traces)}

    def model_file(self) -> Path | None:
        """Return where the file of the model for ghost text should lie; None when it runs at a server only.

        Raises:
            ModelError: no model is configured properly.
        """
        name = self._models.name_for("complete")
        return self._models.file_of(name) if self._models.runs_here(name) else None

    def model_context(self) -> int:
        """Return how many tokens of context the engine is to hold."""
        return self._configuration.settings.section(EngineSettings).context

    async def search(self, query: Mapping[str, object]) -> dict[str, Any]:
        """Return the places of the workspace that answer a question, as `index/worker/query.py` reads it.

        Returns:
            `{hits, form, notes}`; a hit has the folder `root` that its `path` is relative to.

        Raises:
            PylotError: nothing can be searched, or the question makes no sense.
        """
        answer = await self.indexes.search(query)
        # Another window may have indexed what this one excludes.
        may_read = self._visible.may_read
        return answer | {"hits": [hit for hit in answer["hits"] if may_read(f"{hit['root']}/{hit['path']}")]}

    async def index_status(self) -> list[dict[str, Any]]:
        """Return where the index of each folder stands."""
        return await self.indexes.status()

    async def rebuild_index(self) -> None:
        """Let every file be read again."""
        await self.indexes.rebuild()

    async def pause_index(self, *, on: bool) -> None:
        """Stop the work on the index, or go on with it."""
        await self.indexes.pause(on=on)

    async def place_to_rename(self, uri: str, offset: int) -> tuple[int, int]:
        """Return where the name at a place begins and ends."""
        return await self._renaming.place(uri, offset)

    async def rename(self, uri: str, offset: int, new_name: str) -> list[FileEdits]:
        """Return what has to change for the thing at a place to get another name."""
        return await self._renaming.rename(uri, offset, new_name)

    async def commit_message(self, folder: Path | None = None) -> ProposedMessage:
        """Return a message for what is staged in the repository of a folder, or of the first workspace folder.

        Raises:
            PylotError: nothing is staged that may be seen, no model writes it, or the user has ended it.
        """
        from pylot.app.commit_message import propose_message, repository_folder

        root = repository_folder(self.folders, folder)
        provider, prompts = self._models.provider("coder", ACTIONS), Prompts(self._directories.config)
        return await propose_message(root, self._visible.new_gate(), provider, prompts, self._client)

    async def list_models(self) -> dict[str, object]:
        """Return every model there is and could be, as `pylot models list --json` does."""
        # Few ask, so nobody else pays for loading what answers them.
        from pylot.app.model_list import list_values
        from pylot.app.model_shelf import look_with

        settings = self._configuration.settings
        return await asyncio.to_thread(lambda: list_values(look_with(self._directories, settings)))

    async def use_model(self, name: str, role: str) -> dict[str, object]:
        """Do as `pylot models use` and take the new settings at once.

        Returns:
            `{role, model, before, notes}`; `model` is what serves the role now.

        Raises:
            ModelError: there is no such model or role, or the model does not fit into memory.
            ConfigError: the user's file cannot be changed.
        """
        from pylot.app.model_shelf import look_with
        from pylot.app.model_use import use_model

        async with self._choosing:
            before = self._names()
            settings = self._configuration.settings
            notes = await asyncio.to_thread(lambda: use_model(look_with(self._directories, settings), name, role))
            self._take_changed_files()
            now = self._names()[role]
        if now != name:
            notes = (*notes, f"{now} serves {role} all the same: a setting outside of your own file wins.")
        return {"role": role, "model": now, "before": before[role], "notes": list(notes)}

    async def status(self) -> dict[str, object]:
        """Return the health of every part."""
        learned = self._learned.load()
        learned.merge(self._ghost_text.service.tracker.counts)
        return {
            "version": __version__,
            "enabled": self._ghost_text.settings.enabled,
            "documents": len(self.documents.all()),
            "models": await self._models.status(),
            "modelProblem": self._ghost_text.problem,
            "configuration": {
                "folder": str(self._directories.config),
                "problems": [problem.sentence for problem in self._configuration.problems],
            },
            "log": str(self._directories.log),
            "learned": learned.to_dict(),
            "index": await self.indexes.status(),
        }

    def _say(self, sentence: str) -> None:
        self._client.show_message(Level.WARNING, sentence)
        self._client.publish_status("Warning", sentence)

    def _apply_settings(self) -> None:
        settings = self._configuration.settings
        logging.getLogger("pylot").setLevel(settings.section(LogSettings).level.upper())
        self._visible.configure(self._roots, settings.section(WorkspaceSettings))
        self._ghost_text.service.forget_answers()
        self._knowledge.forget()
        self._configure_indexes()
        self._read_workspace()
        if self._models.configure(settings.section(ModelsSettings), settings.section(EngineSettings)):
            self._ghost_text.take_models()
            if self._running():
                self._in_background(self._ghost_text.load_model())

    def _read_workspace(self) -> None:
        """Begin anew to read the workspace: its roots or what may be seen of it have changed."""
        self._ghost_text.service.workspace = LineIndex()
        self._workspace = self._new_reader()
        if self._reading is not None:
            self._reading.cancel()
            self._reading = None
        settings = self._ghost_text.settings
        if not self._running() or not settings.workspace_files or not settings.local_predictor:
            return
        self._reading = self._in_background(self._workspace.run())
        for snapshot in self.documents.all():
            self._workspace.begin_near(snapshot.path)

    def _learn_around(self, snapshot: Snapshot) -> None:
        if snapshot.path and self._ghost_text.settings.definitions:
            language = canonical_language(snapshot.language, snapshot.path)
            self._knowledge.touched(snapshot.path, language, snapshot.content.text)

    def _index_folder(self, root: Path) -> Path:
        return index_folder(root, self._directories.data)

    def _configure_indexes(self) -> None:
        settings = self._configuration.settings
        wishes = Wishes(
            index=settings.section(IndexSettings),
            workspace=settings.section(WorkspaceSettings),
            models=settings.section(ModelsSettings),
            engine=settings.section(EngineSettings),
            tells_changes=self._tells_changes,
        )
        self.indexes.configure(self._roots.folders, wishes)
        self._knowledge.set_roots(self._roots.folders)

    async def _remind(self) -> None:
        if sentence := await self.agents.reminder():
            self._client.show_message(Level.INFO, sentence)

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(_TICK_SECONDS)
            try:
                self._take_changed_files()
                self._ghost_text.service.tick()
            except Exception as error:
                # One bad moment must not end reloading and learning for the rest of the session.
                _log.error("tick failed: %s", story(error))

    def _take_changed_files(self) -> None:
        if self._configuration.reload_if_changed():
            self._apply_settings()

    def _names(self) -> dict[str, str]:
        return {role: self._models.name_for(role) for role in ROLES}

    def _running(self) -> bool:
        return bool(self._tasks) and not self._closed

    def _in_background(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._finished)
        return task

    def _finished(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("background work failed: %s", story(error))

    def _workplace(self) -> Workplace:
        return Workplace(
            directories=self._directories,
            clock=self._clock,
            models=self._models,
            documents=self.documents,
            configuration=self._configuration,
            folders=lambda: self._roots.folders,
            visible=self._visible,
            search=self.search,
            say=self._say,
        )

    def _new_reader(self) -> WorkspaceReader:
        return WorkspaceReader(self._ghost_text.service.workspace, self._roots, self._visible.new_gate(), self._clock)

    def _add_model_actions(self) -> None:
        asking = ModelActions(
            self._visible, self._client, self._directories.config, lambda: self._models.provider("coder", ACTIONS)
        )
        asking.test_runner = SandboxedTests(
            lambda: self._visible.roots,
            self._directories,
            lambda: self._configuration.settings.section(ActionSettings).run_written_tests,
        )
        self.actions.add(asking.offerer, asking.works, asking.look)

    def _new_ghost_text(self, client_debounces: bool) -> GhostText:
        return GhostText(
            Window(
                client=self._client,
                clock=self._clock,
                configuration=self._configuration,
                documents=self.documents,
                notebooks=self.notebooks,
                visible=self._visible,
                knowledge=self._knowledge,
                models=self._models,
                in_background=self._in_background,
                is_running=self._running,
                client_debounces=client_debounces,
            )
        )

    def _new_models(self) -> Models:
        settings = self._configuration.settings
        return Models(
            settings.section(ModelsSettings),
            settings.section(EngineSettings),
            cards=load_cards(shipped_folder() / "models.yaml"),
            models_directory=self._directories.models,
            runtime_directory=self._directories.runtime,
            log_directory=self._directories.log,
            clock=self._clock,
            say=self._say,
        )
