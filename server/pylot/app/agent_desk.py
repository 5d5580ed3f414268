"""The agents of one window or one terminal: tasks are begun, gone on with, stopped and watched here."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pylot.agent.blueprints import MAIN, AgentsSettings
from pylot.agent.delegation import Delegation
from pylot.agent.loop import AgentRun
from pylot.agent.run import RunRequest, Utterance
from pylot.agent.transcript import Transcript
from pylot.agent.well_formed import well_formed
from pylot.app.agent_client import AgentClient
from pylot.app.agent_watch import AgentWatch
from pylot.app.child_tasks import ChildTasks
from pylot.app.forgetting import Forgetting
from pylot.app.sections import AgentSettings, grant_seconds
from pylot.app.task_book import TaskBook
from pylot.app.tool_list import list_tools
from pylot.app.workplace import Workplace
from pylot.app.workshop import Workshop
from pylot.execution.checkpoints import Checkpoints
from pylot.execution.commands import forget_scratch
from pylot.execution.restoring import restore_task
from pylot.journal.events import (
    AnyEvent,
    CancelRequested,
    Message,
    OpaqueEvent,
    Recorded,
    TaskCancelled,
    TaskContinued,
    TaskCreated,
    TaskFailed,
)
from pylot.journal.journal import Journal
from pylot.journal.tasks import FINISHED, NewTask, Status, Task
from pylot.kernel.cancellation import CancellationToken
from pylot.kernel.errors import ConfigError, JournalError, PylotError
from pylot.kernel.stories import story
from pylot.workspace.roots import Roots

_log = logging.getLogger(__name__)
_UPKEEP_SECONDS = 3600.0
_AT_WORK = frozenset({Status.QUEUED, Status.RUNNING, Status.WAITING})
# What a task is begun with again when it is resumed; the rest is read anew or belongs to the log.
_KEPT = {"memory", "skill", "reflect", "reasoning", "debug"}

Json = dict[str, Any]


@dataclass(eq=False, slots=True)
class _Running:
    """One task that this process works on."""

    token: CancellationToken
    watch: AgentWatch
    work: asyncio.Task[None] | None = None


class AgentDesk:
    """Run tasks in this process; those of other processes can be looked at, answered for and asked to stop.

    Owned by one event loop; `client` is whoever is in front of the user.
    """

    def __init__(self, workplace: Workplace, client: AgentClient) -> None:
        self.client = client
        self.book = TaskBook(
            workplace.directories.data,
            workplace.clock,
            workplace.say,
            lambda: grant_seconds(workplace.settings),
            self._keep_house,
        )
        self._workplace = workplace
        self._runs: dict[str, _Running] = {}
        self._busy: set[str] = set()
        self._shop: asyncio.Task[Workshop] | None = None
        self._closed = False

    async def ask_prompt(self) -> str | None:
        """Ask the user what is to be done; None when they say nothing or cannot be asked."""
        return await self.client.ask_input("Pylot", "What is to be done?", masked=False)

    async def run(self, request: RunRequest, *, is_awaited: bool = False) -> Task:
        """Begin a task and return it; the work goes on in the background.

        `is_awaited` says that whoever asks waits for `result`, and need not be told of the end.

        Raises:
            PylotError: it cannot be begun: no folder is open, there is no such agent or conversation.
        """
        workspace = self._workspace()
        self._workplace.settings.section(AgentsSettings).blueprint(request.agent or MAIN)
        journal = await self.book.journal()
        kept = request.model_dump(mode="json", include=_KEPT)
        new = NewTask(request.prompt, workspace, request.agent or MAIN, request.conversation, options=kept)
        history = await self._history(journal, request.conversation) if request.conversation else ()
        task = await journal.create_task(new)
        request = request.model_copy(update={"agent": task.agent, "workspace": workspace, "history": history})
        return await self._begin(task, request, "start", is_awaited=is_awaited)

    async def resume(self, task_id: str = "", *, message: str = "", is_awaited: bool = False) -> Task:
        """Go on with a task that nobody works on, from its log; without an id with the newest of the workspace.

        `message` is what the user has to say to it now.

        Raises:
            JournalError: there is none, it is over, or somebody works on it.
        """
        workspace = self._workspace()
        task = await self.book.find(task_id, workspace=workspace, resumable=True)
        if (running := self._runs.get(task.id)) is not None:
            if task.status in _AT_WORK or running.work is None:
                raise JournalError("This window is at work on this task already.")
            # It has come to its end and is only being put away.
            await asyncio.wait([running.work])
        if task.status in FINISHED:
            raise JournalError(f"This task is {task.status.value} already.")
        if task.workspace != workspace:
            raise JournalError(f"This task belongs to another workspace, {task.workspace}.")
        journal = await self.book.journal()
        request = await self._request_of(journal, task)
        reason = "limit" if task.status is Status.LIMIT else "resume"
        return await self._begin(task, request, reason, message, is_awaited=is_awaited)

    async def result(self, task_id: str) -> Json:
        """Wait until the work of this process on a task has ended, and return what it has come to (A3)."""
        running = self._runs.get(task_id)
        if running is not None and running.work is not None:
            await asyncio.wait([running.work])
        return await self.book.result(task_id)

    async def cancel(self, task_id: str = "") -> Json:
        """Stop a task, here or in another process; without an id the newest of the workspace.

        Raises:
            JournalError: there is none, or it is over.
        """
        task = await self.book.find(task_id, workspace=self._workspace())
        journal = await self.book.journal()
        running = self._runs.get(task.id)
        if running is not None:
            running.token.cancel("user")
            await self.result(task.id)
        else:
            await journal.request_cancel(task.id, by="user")
        return {"taskId": task.id, "status": (await journal.task(task.id)).status.value}

    async def restore(self, task_id: str = "", since: int = 0) -> Json:
        """Take back what a task has changed, from its event number `since` on; without an id the newest task.

        Raises:
            JournalError: there is none, it is still at work, or belongs to another workspace.
        """
        workspace = self._workspace()
        if not task_id:
            newest = await self.book.tasks(workspace, 1)
            task_id = _newest(newest)
        journal = await self.book.journal()
        task = await journal.task(task_id)
        if task.id in self._runs or task.status is Status.RUNNING:
            raise JournalError("This task is at work: stop it first.")
        if task.workspace != workspace:
            raise JournalError(f"This task belongs to another workspace, {task.workspace}.")
        checkpoints = Checkpoints(self._workplace.directories.data / "checkpoints")
        roots = Roots(self._workplace.folders())
        done = await restore_task(journal, checkpoints, roots, task.id, since)
        skipped = [{"path": path, "reason": reason} for path, reason in done.skipped]
        return {"taskId": task.id, "restored": list(done.files), "skipped": skipped}

    async def forget(self, task_id: str) -> list[str]:
        """Delete a task that is over, with all that is kept of it; return its id and those of its parts.

        Raises:
            JournalError: there is none, or it can be gone on with.
        """
        return await self._forgetting(await self.book.journal()).task(task_id)

    async def forget_older_than(self, days: float) -> list[str]:
        """Delete the conversations of all workspaces that are over and have rested so long; return their tasks' ids."""
        return await self._forgetting(await self.book.journal()).older_than(days)

    async def tasks(self, limit: int = 50) -> Json:
        """Return the tasks of the workspace."""
        return {"tasks": await self.book.tasks(self._workspace(), limit)}

    async def show(self, task_id: str = "") -> Json:
        """Return a task with all that has happened to it; without an id the newest of the workspace."""
        if not task_id:
            newest = await self.book.tasks(self._workspace(), 1)
            task_id = _newest(newest)
        return await self.book.show(task_id)

    async def tools(self) -> Json:
        """Return all tools and who may call each, as `list_tools` does."""
        return await list_tools(self._workplace.settings, self._workplace.directories.data)

    async def approvals(self) -> Json:
        """Return what is asked now, and what holds for the next time."""
        return await self.book.approvals()

    async def answer(self, approval_id: str, choice: str, comment: str = "", by: str = "editor") -> Json:
        """Answer a question, whichever process has asked it; raises JournalError."""
        return await self.book.answer(approval_id, choice, comment, by)

    async def revoke(self, grant_id: str, by: str = "editor") -> None:
        """Let a standing answer hold no longer; raises JournalError."""
        await self.book.revoke(grant_id, by)

    async def reminder(self) -> str:
        """Return a sentence about tasks of the workspace that wait for an answer and nobody works on, or nothing."""
        tasks = await (await self.book.journal()).tasks(workspace=self._workspace(), statuses=[Status.WAITING])
        waiting = [task for task in tasks if not task.owner]
        if not waiting:
            return ""
        more = f", and {len(waiting) - 1} more" if len(waiting) > 1 else ""
        return f"The task \u201c{waiting[0].title}\u201d waits for your answer{more}: resume it to be asked again."

    async def close(self) -> None:
        """Leave what is under way interrupted, and close the journal."""
        self._closed = True
        works = [running.work for running in self._runs.values() if running.work is not None]
        for work in works:
            work.cancel()
        await asyncio.gather(*works, return_exceptions=True)
        if self._shop is not None:
            await asyncio.wait([self._shop])
            if self._shop.exception() is None:
                await self._shop.result().close()
        await self.book.close()

    async def _begin(
        self, task: Task, request: RunRequest, reason: str, message: str = "", *, is_awaited: bool
    ) -> Task:
        if self._closed:
            raise JournalError("Pylot is closing.")
        if task.id in self._busy:
            raise JournalError("This window is at work on this task already.")
        self._busy.add(task.id)
        try:
            journal = await self.book.journal()
            task = await journal.claim(task.id, reason)
            if message.strip():
                await journal.append(task.id, Message(role="user", text=well_formed(message)))
            view = await self.book.view(task)
        except BaseException:
            self._busy.discard(task.id)
            raise
        token = CancellationToken()
        watch = AgentWatch(
            self.client, view, self._workplace.clock, lambda: token.cancel("user"), is_awaited=is_awaited
        )
        running = self._runs[task.id] = _Running(token, watch)
        running.work = asyncio.create_task(self._work(running, task, request))
        watch.begin()
        return task

    async def _work(self, running: _Running, task: Task, request: RunRequest) -> None:
        journal = await self.book.journal()

        def heard(recorded: Recorded) -> None:
            running.watch.heard(recorded)
            if recorded.task_id == task.id and isinstance(recorded.event, CancelRequested):
                running.token.cancel("user")

        unsubscribe = journal.subscribe(heard)
        try:
            await self._go(running, task, request, journal)
        finally:
            unsubscribe()
            running.watch.end()
            self._runs.pop(task.id, None)
            self._busy.discard(task.id)
            await asyncio.to_thread(forget_scratch, self._workplace.directories.cache / "scratch", task.id)

    async def _go(self, running: _Running, task: Task, request: RunRequest, journal: Journal) -> None:
        """Work on a task to its end; what goes wrong before its run has begun ends it as well."""
        try:
            shop = await self._workshop(journal)
            blueprint = self._workplace.settings.section(AgentsSettings).blueprint(task.agent)
            agents = self._workplace.settings.section(AgentsSettings)
            delegates = Delegation(agents, request, ChildTasks(shop, task), running.token)
            equipment = await shop.equip(task, blueprint, running.watch, delegates)
            events = [each.event for each in await journal.events(task.id)]
            transcript = Transcript.of(events)
            run = AgentRun(task.id, request, blueprint, equipment, transcript=transcript, token=running.token)
        except PylotError as error:
            await journal.append(task.id, TaskFailed(sentence=error.sentence))
            return
        except Exception as error:
            _log.error("a task could not be begun: %s", story(error))
            await journal.append(task.id, TaskFailed(sentence="Pylot could not begin this; its log says why."))
            return
        if running.token.cancelled or _is_to_stop(events):
            await journal.append(task.id, TaskCancelled(reason=running.token.reason))
            return
        await run.go()

    async def _workshop(self, journal: Journal) -> Workshop:
        """Return what all runs share; the sandbox is tried before the first one."""
        if self._shop is None or (self._shop.done() and self._shop.exception() is not None):
            self._shop = asyncio.create_task(Workshop.open(self._workplace, journal, self.client))
        return await asyncio.shield(self._shop)

    async def _request_of(self, journal: Journal, task: Task) -> RunRequest:
        """Return what a task was begun with."""
        first = (await journal.events(task.id))[0].event
        if isinstance(first, OpaqueEvent) or not isinstance(first, TaskCreated):
            raise JournalError("This task was begun by a newer Pylot and can only be gone on with there.")
        history = await self._history(journal, task.conversation_id, before=task.id)
        options = {name: value for name, value in first.options.items() if name in _KEPT}
        return RunRequest(
            prompt=first.prompt,
            agent=task.agent,
            workspace=task.workspace,
            conversation=task.conversation_id,
            history=history,
            **options,
        )

    async def _history(self, journal: Journal, conversation: str, before: str = "") -> tuple[Utterance, ...]:
        """Return what was said in a conversation, before a task of it."""
        said = await journal.history(conversation)
        end = next((number for number, each in enumerate(said) if before and each.task_id == before), len(said))
        return tuple(Utterance(role=each.role, text=each.text) for each in said[:end])

    def _forgetting(self, journal: Journal) -> Forgetting:
        return Forgetting(journal, self._workplace.directories, self._workplace.clock)

    async def _keep_house(self, journal: Journal) -> None:
        while True:
            await self._forgetting(journal).once_a_day(self._workplace.settings.section(AgentSettings).history)
            await asyncio.sleep(_UPKEEP_SECONDS)

    def _workspace(self) -> str:
        """Return what names the workspace: its first folder."""
        folders = self._workplace.folders()
        if not folders:
            raise ConfigError("Open a folder first: an agent works in a workspace folder.")
        return str(folders[0])


def _newest(tasks: Sequence[Json]) -> str:
    if not tasks:
        raise JournalError("There are no tasks here yet.")
    return str(tasks[-1]["taskId"])


def _is_to_stop(events: Sequence[AnyEvent | OpaqueEvent]) -> bool:
    """Tell whether somebody has asked a task to stop since it went on last."""
    for event in reversed(events):
        if isinstance(event, CancelRequested | TaskContinued):
            return isinstance(event, CancelRequested)
    return False
