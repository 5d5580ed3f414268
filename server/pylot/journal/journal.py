"""The one door to the journal: every change is an event and what follows from it, in one transaction (B1 to B6, D5).

Several processes share the file. What another one has written is heard by `follow`, within a fraction of a second.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from pylot.journal import approvals, conversations, event_log, grants, retention, tasks
from pylot.journal.approvals import Approval, NewApproval
from pylot.journal.conversations import Conversation, Said
from pylot.journal.events import AnyEvent, Recorded
from pylot.journal.grants import ALLOW_SECONDS, Grant
from pylot.journal.place import FILE_NAME
from pylot.journal.retention import Forgotten
from pylot.journal.schema import MIGRATIONS
from pylot.journal.tasks import NewTask, Status, Task
from pylot.kernel.clock import Clock, SystemClock
from pylot.kernel.errors import StorageError
from pylot.kernel.stories import refusal, story
from pylot.storage.database import Database
from pylot.storage.durable import DurableDatabase, data_version
from pylot.storage.presence import Presence, is_present

_log = logging.getLogger(__name__)
_POLL_SECONDS = 0.25

Listener = Callable[[Recorded], None]


class Journal:
    """Conversations, tasks, events, approvals and grants of one user; owned by one event loop.

    Whatever a method that writes returns is on the disk by then. Times are in seconds since the epoch.
    Every method raises StorageError when the disk is full or cannot be read, and works again once it can.
    """

    def __init__(self, database: DurableDatabase, presence: Presence, marks: Path, clock: Clock) -> None:
        self._database = database
        self._presence = presence
        self._marks = marks
        self._clock = clock
        self._listeners: list[Listener] = []
        self._own: set[int] = set()
        self._heard = 0
        self._version = 0
        self.notes: tuple[str, ...] = ()
        self.grant_seconds: Callable[[], float] = lambda: ALLOW_SECONDS

    @classmethod
    async def open(cls, folder: Path, clock: Clock | None = None) -> Journal:
        """Open the journal in the data folder; `notes` are sentences for the user about how it was found."""

        def begin() -> Journal:
            opened = DurableDatabase.open(folder / FILE_NAME, MIGRATIONS)
            marks = folder / "agents"
            try:
                journal = cls(opened.database, Presence(marks), marks, clock or SystemClock())
            except (OSError, TimeoutError) as error:
                raise StorageError(f"{marks.name} cannot be written: {refusal(error)}.", detail=str(marks)) from error
            journal.notes = opened.notes
            return journal

        journal = await asyncio.to_thread(begin)
        journal._heard, journal._version = await journal._database.read(
            lambda database: (event_log.last_position(database), data_version(database))
        )
        await journal.recover()
        return journal

    @property
    def owner(self) -> str:
        """The mark of this process, as tasks name the one at work on them."""
        return self._presence.name

    async def close(self) -> None:
        """Finish what was asked for and close the file; tasks of this process that still run become interrupted."""
        self._presence.close()
        try:
            await self.recover()
        except StorageError as error:
            _log.error("the journal could not be closed properly: %s", error.sentence)
        await self._database.close()

    # What happens

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` with every event from now on; return how to end that."""
        self._listeners.append(listener)

        def unsubscribe() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return unsubscribe

    async def follow(self) -> None:
        """Hear what other processes write, until cancelled."""
        while True:
            await asyncio.sleep(_POLL_SECONDS)
            try:
                await self.listen()
            except StorageError as error:
                _log.warning("the journal could not be read: %s", error.sentence)

    async def listen(self) -> None:
        """Hear at once what other processes have written."""
        version = await self._database.read(data_version)
        if version == self._version:
            return
        self._version = version
        behind = await self._database.read(partial(event_log.positions_behind, position=self._heard))
        for position in behind:
            self._heard = position
            if position in self._own:
                self._own.discard(position)
            elif (recorded := await self._database.read(partial(event_log.event_at, position=position))) is not None:
                self._tell([recorded])

    async def append(self, task_id: str, *events: AnyEvent) -> list[Recorded]:
        """Append events to a task's log, all of them or none, and move its status with them.

        Raises:
            JournalError: the task is not in a state for that, or an effect is begun or ended twice.
        """
        return await self._write(lambda database, now: tasks.record(database, task_id, events, now))

    async def events(self, task_id: str, after: int = 0) -> list[Recorded]:
        """Return the events of a task behind a number, in order."""
        return await self._database.read(partial(event_log.events_of, task_id=task_id, after=after))

    # Conversations and tasks

    async def conversations(self, workspace: str | None = None, limit: int = 50) -> list[Conversation]:
        """Return conversations, the last one first."""
        return await self._database.read(lambda database: conversations.list_conversations(database, workspace, limit))

    async def history(self, conversation_id: str, limit: int = 50) -> list[Said]:
        """Return the last messages of a conversation, in order (A22)."""
        return await self._database.read(lambda database: conversations.history(database, conversation_id, limit))

    async def create_task(self, new: NewTask) -> Task:
        """Write a task, which is queued; raises JournalError when there is no such conversation."""
        created: list[Task] = []

        def create(database: Database, now: float) -> list[Recorded]:
            task, recorded = tasks.create_task(database, new, now)
            created.append(task)
            return recorded

        await self._write(create)
        return created[0]

    async def task(self, task_id: str) -> Task:
        """Return a task by its id or an unmistakable beginning of it; raises JournalError where there is none."""
        return await self._database.read(partial(tasks.get_task, task_id=task_id))

    async def tasks(
        self,
        *,
        workspace: str | None = None,
        statuses: Sequence[Status] | None = None,
        conversation: str | None = None,
        parent: str = "",
        limit: int = 50,
    ) -> list[Task]:
        """Return tasks, those first that something has happened to last; parts of a task by naming it as `parent`."""
        return await self._database.read(
            partial(
                tasks.list_tasks,
                workspace=workspace,
                statuses=statuses,
                conversation=conversation,
                parent=parent,
                limit=limit,
            )
        )

    async def claim(self, task_id: str, reason: str = "start") -> Task:
        """Make this process the one at work on a task, which runs from now on.

        `reason` is one of start, approval, resume and limit.

        Raises:
            JournalError: another process is at work on it, or it is over.
        """
        is_there = self._is_there
        await self._write(
            lambda database, now: tasks.claim(database, task_id, reason, now, owner=self.owner, is_present=is_there)
        )
        return await self.task(task_id)

    async def request_cancel(self, task_id: str, by: str = "") -> None:
        """Ask whoever is at work on a task to stop; where nobody is, it is cancelled at once."""

        def cancel(database: Database, now: float) -> list[Recorded]:
            return tasks.request_cancel(database, task_id, by, now, is_present=self._is_there)

        await self._write(cancel)

    async def recover(self) -> list[Recorded]:
        """Mark what processes that are gone were at work on as interrupted; called by `open`."""
        return await self._write(lambda database, now: tasks.recover(database, now, is_present=self._is_there))

    # Approvals and grants

    async def request_approval(self, new: NewApproval) -> Approval:
        """Write a question; its task waits from now on."""
        asked: list[Approval] = []

        def ask(database: Database, now: float) -> list[Recorded]:
            approval, recorded = approvals.request_approval(database, new, now)
            asked.append(approval)
            return recorded

        await self._write(ask)
        return asked[0]

    async def approval(self, approval_id: str) -> Approval:
        """Return a question by its whole id; raises JournalError where there is none."""
        return await self._database.read(partial(approvals.get_approval, approval_id=approval_id))

    async def find_approval(self, typed: str) -> Approval:
        """Return the question whose id somebody types the beginning of; raises JournalError where it is in doubt."""
        return await self._database.read(partial(approvals.find_approval, typed=typed))

    async def approvals(self, *, task_id: str | None = None, only_pending: bool = True) -> list[Approval]:
        """Return questions in the order of asking."""
        now = self._clock.wall()
        return await self._database.read(
            lambda database: approvals.list_approvals(database, now, task_id=task_id, only_pending=only_pending)
        )

    async def answer(self, approval_id: str, choice: str, comment: str = "", by: str = "") -> Approval:
        """Write the user's answer, with the grant that it makes; raises JournalError for a second or unknown one.

        A grant that allows holds for `grant_seconds`, one for the task as long as the task, and a denial for good.
        """
        grant_seconds = self.grant_seconds()
        answered: list[Approval] = []

        def put(database: Database, now: float) -> list[Recorded]:
            approval, recorded = approvals.answer_approval(
                database, approval_id, choice, comment, by, now, grant_seconds
            )
            answered.append(approval)
            return recorded

        await self._write(put)
        return answered[0]

    async def answered(self, approval_id: str) -> Approval:
        """Wait for an answer from wherever (`follow` must run to hear of other processes), and return it."""
        heard = asyncio.Event()

        def listen(recorded: Recorded) -> None:
            if recorded.type == "approval_answered":
                heard.set()

        unsubscribe = self.subscribe(listen)
        try:
            while True:
                # Before the look, because an answer may come while that is under way.
                heard.clear()
                if (approval := await self.approval(approval_id)).status != "pending":
                    return approval
                await heard.wait()
        finally:
            unsubscribe()

    async def use_approval(self, approval_id: str, nonce: str, action_hash: str) -> None:
        """Use an allowing answer up for exactly the action that was asked about.

        Raises:
            JournalError: it was not allowed, has been used, is another action, or is too long ago.
        """
        await self._write(lambda database, now: approvals.use_approval(database, approval_id, nonce, action_hash, now))

    async def grants(self) -> list[Grant]:
        """Return every grant that holds somewhere, the last one first."""
        now = self._clock.wall()
        return await self._database.read(lambda database: grants.list_grants(database, now))

    async def grants_for(self, workspace: str, task_id: str) -> list[Grant]:
        """Return the grants that hold for a task in a workspace, refusals first: they win."""
        now = self._clock.wall()
        return await self._database.read(lambda database: grants.holding_grants(database, workspace, task_id, now))

    async def use_grant(self, grant_id: str, task_id: str) -> None:
        """Note that a grant has answered for a task; raises JournalError when it no longer holds."""
        await self._write(lambda database, now: grants.use_grant(database, grant_id, task_id, now))

    async def revoke(self, grant_id: str, by: str = "") -> None:
        """Let a grant answer no more; raises JournalError when it does not hold."""
        await self._write(lambda database, now: grants.revoke_grant(database, grant_id, by, now))

    # Forgetting

    async def forget(self, task_id: str) -> Forgotten:
        """Delete a task that is over, with its parts and all that happened to it; what it was answered for good holds.

        Raises:
            JournalError: there is none, it can be gone on with, or it is a part of another one.
        """
        now = self._clock.wall()
        return await self._database.write(lambda database: retention.forget_task(database, task_id, now))

    async def forget_oldest(self, before: float) -> Forgotten | None:
        """Delete the oldest conversation that is over and has rested since a time; None where there is none."""
        now = self._clock.wall()
        return await self._database.write(lambda database: retention.forget_oldest(database, before, now))

    async def kept_contents(self) -> frozenset[str]:
        """Return the hashes of what files held before tasks changed them, of all tasks that are still known."""
        return await self._database.read(retention.kept_contents)

    async def task_ids(self) -> frozenset[str]:
        """Return the ids of all tasks, parts of others too."""
        return await self._database.read(retention.task_ids)

    async def used_bytes(self) -> int:
        """Return how much room all of it takes."""
        return await self._database.read(retention.used_bytes)

    async def is_upkeep_due(self, every_s: float) -> bool:
        """Tell whether what is old has not been looked for in so many seconds, by any process."""
        return await self._database.read(retention.last_upkeep) <= self._clock.wall() - every_s

    async def note_upkeep(self) -> None:
        """Write that what is old has been looked for."""
        now = self._clock.wall()
        await self._database.write(lambda database: retention.note_upkeep(database, now))

    async def give_back_room(self) -> None:
        """Give the room of what was forgotten back to the disk."""
        await self._database.give_back_room()

    async def _write(self, change: Callable[[Database, float], list[Recorded]]) -> list[Recorded]:
        def work(database: Database) -> list[Recorded]:
            recorded = change(database, self._clock.wall())
            over = [
                each.task_id for each in recorded if each.type in ("task_completed", "task_failed", "task_cancelled")
            ]
            approvals.withdraw_approvals(database, over)
            return recorded

        recorded = await self._database.write(work)
        self._own.update(each.position for each in recorded)
        self._tell(recorded)
        return recorded

    def _tell(self, news: Sequence[Recorded]) -> None:
        for recorded in news:
            for listener in list(self._listeners):
                try:
                    listener(recorded)
                except Exception as error:
                    _log.error("a listener of the journal failed: %s", story(error))

    def _is_there(self, owner: str) -> bool:
        try:
            return is_present(self._marks, owner)
        except (OSError, TimeoutError):
            # Better to leave a task to nobody for a while than to work on it twice.
            return True
