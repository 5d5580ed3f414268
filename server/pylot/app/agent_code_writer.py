"""Code that a model writes for an agent's call, in the way of code actions (C18, L4, L5)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Literal

from pylot.actions.by_model.catalogue import TASKS
from pylot.actions.by_model.task import Around, Project
from pylot.actions.offer import Place, Plan
from pylot.agent.counted_model import CountedModel
from pylot.app.project_files import project_around
from pylot.app.workplace import Workplace
from pylot.config.prompts import Prompts
from pylot.kernel.cancellation import CancellationToken
from pylot.kernel.errors import ActionRefusedError
from pylot.tools.ports import Record

_PURPOSE = "writing_code"


class AgentCodeWriter:
    """Implement `tools.ports.CodeWriter` for one agent, with the model of the role `coder`.

    The model is shown what the agent may read unasked (`may_read`), and nothing else.
    What it writes is not run: that is for the agent to ask for.
    """

    def __init__(self, workplace: Workplace, agent: str, may_read: Callable[[str], Awaitable[bool]]) -> None:
        self._workplace = workplace
        self._agent = agent
        self._may_read = may_read

    async def plan(self, task: Literal["write-tests", "document"], place: Place, record: Record) -> Plan:
        """Return what the model's answer comes to; raises PylotError when that is nothing."""
        # What asks for JSON loads libraries that nobody else should pay for.
        from pylot.actions.by_model.asking import Asking, work_out

        workplace, chosen = self._workplace, TASKS[task]
        visible = workplace.visible
        if (exclusion := visible.exclusion(place.path, place.text)) is not None:
            raise ActionRefusedError(exclusion.sentence)
        offer = next(iter(chosen.offers(place)), None)
        if offer is None:
            raise ActionRefusedError("Pylot cannot do this for what is there, or not in this language.")
        provider = workplace.models.provider("coder", self._agent)
        token = CancellationToken()
        asking = Asking(
            CountedModel(provider, "coder", _PURPOSE, record, workplace.clock),
            Prompts(workplace.directories.config),
            token,
        )
        project = project_around(place, visible)
        around = Around(AllowedFiles(project, self._may_read, asyncio.get_running_loop()) if project else None)
        shown = visible.masked_text(place.text)
        try:
            return await work_out(chosen, place, offer, around, asking, shown)
        finally:
            # Whoever stopped waiting, the model must stop too.
            token.cancel("nobody waits any more")


class AllowedFiles:
    """Implement `Project` over another one, as far as an agent may read unasked; for threads beside the event loop."""

    def __init__(
        self, project: Project, may_read: Callable[[str], Awaitable[bool]], loop: asyncio.AbstractEventLoop
    ) -> None:
        self._project, self._may_read, self._loop = project, may_read, loop

    @property
    def path(self) -> str:
        """The document's own path."""
        return self._project.path

    def read(self, path: str) -> str | None:
        """Return the present text of a file, or None where there is none that may be read."""
        allowed = asyncio.run_coroutine_threadsafe(self._asked(self.absolute(path)), self._loop).result()
        return self._project.read(path) if allowed else None

    def names(self, folder: str) -> Sequence[str]:
        """Return the names of the files in a folder that may be read, in order."""
        return self._project.names(folder)

    def absolute(self, path: str) -> str:
        """Return the whole path of a file."""
        return self._project.absolute(path)

    async def _asked(self, path: str) -> bool:
        return await self._may_read(path)
