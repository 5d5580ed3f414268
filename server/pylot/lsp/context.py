"""What a handler may use: the session, the client's facts and the client itself."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from pylot.app.client import Client, Level
from pylot.app.session_protocol import SessionProtocol
from pylot.kernel.errors import ConfigError
from pylot.kernel.stories import story
from pylot.lsp.agent_port import AgentPort
from pylot.lsp.client_facts import ClientFacts
from pylot.lsp.client_port import ClientPort
from pylot.text.store import Snapshot

if TYPE_CHECKING:
    from pylot.app.agent_desk import AgentDesk

logger = logging.getLogger(__name__)

T = TypeVar("T")


class SessionFactory(Protocol):
    """Make the session of one client."""

    def __call__(self, client: Client, *, client_debounces: bool) -> SessionProtocol:
        """Return a session that has not been started."""
        ...


@dataclass(frozen=True, slots=True)
class Options:
    """The server's own settings, in seconds."""

    parent_poll: float = 2.0


class Context:
    """The state of one connection; it belongs to the event loop."""

    def __init__(
        self, port: ClientPort, session_factory: SessionFactory, options: Options, *, leave: Callable[[int, str], None]
    ) -> None:
        self.port = port
        self.options = options
        self.leave = leave
        self.facts = ClientFacts()
        self.folders: list[Path] = []
        self._session_factory = session_factory
        self._session: SessionProtocol | None = None
        self._background: set[asyncio.Task[Any]] = set()
        self._closing: asyncio.Task[None] | None = None

    @property
    def session(self) -> SessionProtocol:
        """The session; there is one from `initialize` on, and the dispatcher lets nothing through before."""
        assert self._session is not None
        return self._session

    def create_session(self, facts: ClientFacts) -> None:
        """Make the session for a client; it starts to work at `initialized`."""
        session = self._session_factory(self.port, client_debounces=facts.debounces)
        self.facts = facts
        self.folders = list(facts.folders)
        session.set_folders(self.folders)
        session.set_editor_settings(facts.settings)
        session.agents.client = AgentPort(
            self.port, facts, session.agents.pages, self.in_background, lambda task_id: self.agents.resume(task_id)
        )
        self.port.on_trust = lambda folder: self.in_background(self._trust(folder))
        self._session = session

    @property
    def agents(self) -> AgentDesk:
        """The agents of the session, loaded with the first call."""
        return self.session.agents.desk

    def is_current(self, snapshot: Snapshot) -> bool:
        """Tell whether nothing has happened to a document since a snapshot of it was taken."""
        return self.session.documents.get(snapshot.uri) is snapshot

    def in_background(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Run work that nobody has to await; a failure goes to the log."""
        task = asyncio.get_running_loop().create_task(work)
        self._background.add(task)
        task.add_done_callback(self._forget)
        return task

    def begin_close(self) -> asyncio.Task[None]:
        """Stop what runs in the background and begin to close the session; once, however often it is called."""
        if self._closing is None:
            for task in list(self._background):
                task.cancel()
            self._closing = self.in_background(self._close_session())
        return self._closing

    async def _trust(self, folder: Path) -> None:
        """Ask the user about a folder of this window; the button for it may be from before the folder was closed."""
        agents = self.session.agents
        try:
            await agents.trusting.ask(agents.client, agents.trusting.of_window(folder, trusted=False))
        except ConfigError as error:
            self.port.show_message(Level.WARNING, error.sentence)

    async def _close_session(self) -> None:
        if self._session is not None:
            await self._session.close()

    def _forget(self, task: asyncio.Task[Any]) -> None:
        self._background.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None:
            logger.error("Background work failed: %s", story(error))
