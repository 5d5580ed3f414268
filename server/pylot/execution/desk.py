"""The one door to effects: nothing is changed or run but through `Desk.perform` (design section 5)."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol, TypeAlias

from pylot.execution.audit import audit_of
from pylot.execution.beneath import Target
from pylot.execution.checkpoints import Checkpoints, Touched
from pylot.execution.command_effects import Before, CommandEffects
from pylot.execution.commands import CommandPlace, is_git, outcome_of, run_in, run_with_sudo
from pylot.execution.files import FileChange, Files
from pylot.execution.listing import list_folder
from pylot.execution.outcome import Outcome
from pylot.execution.permits import ApprovalRecords, CallPlace, Permit, Recheck, UserAnswer, check_permit
from pylot.execution.searching import search_text
from pylot.execution.shown import outline_of, page_of, summary_of
from pylot.execution.sudo import MaskedInput
from pylot.execution.suite_report import read_suite_report
from pylot.journal.events import AnyEvent, EffectFinished, EffectIntended, Recorded
from pylot.kernel.clock import SystemClock
from pylot.kernel.errors import ExecutionError, JournalError, NotAllowedError, PylotError, StorageError
from pylot.kernel.stories import story
from pylot.policy.actions import (
    Action,
    CallTool,
    Delegate,
    DeleteFile,
    ListFolder,
    ReadFile,
    ReadGit,
    RunCommand,
    RunTests,
    SearchFiles,
    WriteFile,
)
from pylot.policy.command_line import CommandLine, Pipeline, command_line
from pylot.policy.decision import Decision
from pylot.policy.git import GIT_ENVIRONMENT
from pylot.policy.patterns import decided_command
from pylot.text.file_encoding import content_hash
from pylot.workspace.exclusion import ExclusionGate

_log = logging.getLogger(__name__)

Mutating: TypeAlias = WriteFile | DeleteFile | RunCommand | RunTests | CallTool
"""What has an intent and a result in the journal."""

_GIT_SECONDS = 60.0
_MOST_NAMES = 50


class EventLog(ApprovalRecords, Protocol):
    """The journal, as far as effects need it; `pylot.journal.journal.Journal` fulfils it."""

    async def append(self, task_id: str, *events: AnyEvent) -> list[Recorded]:
        """Write events of a task, all of them or none, and return once they are durable."""
        ...


class ToolAnswer(Protocol):
    """What a tool that is not built in has given back."""

    @property
    def ok(self) -> bool:
        """Whether it worked."""
        ...

    @property
    def text(self) -> str:
        """What the model reads."""
        ...

    @property
    def error(self) -> str:
        """One sentence, when it did not work."""
        ...

    @property
    def truncated(self) -> bool:
        """Whether the text is not all of it."""
        ...


ToolCaller = Callable[[CallTool, str], Awaitable[ToolAnswer]]
"""Calls a tool that is not built in, for a task."""

SemanticSearch = Callable[[str, Path | None], Awaitable[str]]
"""Searches the index by meaning, below a folder if one is given, and returns what the model reads."""


async def _no_tools(action: CallTool, task_id: str) -> ToolAnswer:
    raise ExecutionError(f"There is no tool {action.tool_id}.")


@dataclass(frozen=True)
class Ports:
    """What the desk needs of others: who decides once more, searches by meaning, calls tools and asks for passwords."""

    recheck: Recheck
    search: SemanticSearch | None = None
    call_tool: ToolCaller = _no_tools
    ask_password: MaskedInput | None = None


class Desk:
    """Perform what was allowed, with the intent in the journal before it and the result after it.

    It decides nothing: without a decision that allows an action, or a person's answer to exactly this action, it
    raises and has done nothing.
    """

    def __init__(
        self,
        *,
        files: Files,
        place: CommandPlace,
        gate: ExclusionGate,
        checkpoints: Checkpoints,
        log: EventLog,
        ports: Ports,
    ) -> None:
        self._files = files
        self._commands = place
        self._gate = gate
        self._checkpoints = checkpoints
        self._log = log
        self._ports = ports
        self._effects = CommandEffects(place.roots, gate, checkpoints, SystemClock())
        self._finishing: set[asyncio.Task[Outcome]] = set()

    async def perform(self, action: Action, permit: Decision | UserAnswer, place: CallPlace) -> Outcome:
        """Perform an action and return what became of it.

        A failure of an action that was begun is an outcome that is not `ok`.

        Raises:
            NotAllowedError: nobody has allowed this, or something that it rests on has changed since.
            StorageError: the journal cannot be written, so nothing was begun.
        """
        allowed = await check_permit(action, permit, place, self._log, self._ports.recheck)
        match action:
            case ReadFile() | ListFolder() | SearchFiles() | ReadGit():
                return await _as_outcome(self._look(action, allowed, place))
            case WriteFile() | DeleteFile():
                # A file is changed whole or not at all, whoever stops waiting for it.
                work = asyncio.create_task(self._effect(action, allowed, place))
                self._finishing.add(work)
                work.add_done_callback(self._forget_work)
                return await asyncio.shield(work)
            case RunCommand() | RunTests() | CallTool():
                return await self._effect(action, allowed, place)
            case Delegate():
                raise NotAllowedError("An agent is called by agents, not by the desk.")

    def _forget_work(self, work: asyncio.Task[Outcome]) -> None:
        self._finishing.discard(work)
        if not work.cancelled() and (error := work.exception()) is not None and not isinstance(error, PylotError):
            _log.error("an effect failed: %s", story(error))

    def _where(self, action: ReadFile | ListFolder | SearchFiles | WriteFile | DeleteFile, permit: Permit) -> Target:
        """Return the place that was decided about; a link that was put in the way since leads nowhere."""
        target = self._files.target(action.path or ".")
        if str(target.path) != permit.decision.normalised.get("path"):
            raise NotAllowedError("The path leads elsewhere than when this was allowed.")
        return target

    async def _look(
        self, action: ReadFile | ListFolder | SearchFiles | ReadGit, permit: Permit, place: CallPlace
    ) -> Outcome:
        match action:
            case ReadFile():
                target = self._where(action, permit)
                content = await self._files.read(target)
                if content is None:
                    raise ExecutionError(f"There is no file {target.shown()}.")
                return page_of(content, action) if action.view == "text" else outline_of(content)
            case ListFolder():
                listing = await asyncio.to_thread(list_folder, self._where(action, permit), self._gate)
                return Outcome(True, listing.text, truncated=bool(listing.n_more))
            case SearchFiles():
                return Outcome(True, await self._search(action, permit))
            case ReadGit():
                return await self._ask_git(action, permit, place)

    async def _search(self, action: SearchFiles, permit: Permit) -> str:
        target = self._where(action, permit) if action.path else None
        if target is not None and not target.is_inside:
            raise ExecutionError("Only the workspace can be searched.")
        near = target.path if target else None
        if action.mode == "semantic":
            if self._ports.search is None:
                raise ExecutionError("There is no index to search by meaning: search by text instead.")
            return await self._ports.search(action.query, near)
        roots = self._commands.roots
        return await search_text(action.query, is_regex=action.mode == "regex", roots=roots, gate=self._gate, near=near)

    async def _ask_git(self, action: ReadGit, permit: Permit, place: CallPlace) -> Outcome:
        # What was decided about leaves out what is kept back, as far as nobody has allowed to show it.
        argv = permit.decision.normalised["argv"]
        if not isinstance(argv, list):
            raise NotAllowedError("It was not decided how git is asked.")
        pipeline = Pipeline(programs=(("git", *map(str, argv[1:])),), cwd=action.cwd)
        result = await run_in(
            self._commands, CommandLine(pipelines=(pipeline,)), cwd=self._files.target(action.cwd),
            task_id=place.task_id, name=f"{place.index}-{_token()}", timeout_s=_GIT_SECONDS, writes=False,
            more=GIT_ENVIRONMENT,
        )  # fmt: skip
        changed = [target for target, _ in await self._files.unsaved()]
        return self._with_unsaved(outcome_of(result, _GIT_SECONDS), [*changed, *await self._files.unsaved_by_user()])

    async def _effect(self, action: Mutating, permit: Permit, place: CallPlace) -> Outcome:
        """Write the intent, act, and write the result, also when that is a failure or nobody waits any more."""
        effect_id = f"effect-{_token()}"
        try:
            target, touched = None, None
            if isinstance(action, WriteFile | DeleteFile):
                target = self._where(action, permit)
                touched = await self._before(action, target)
        except PylotError as error:
            await self._log.append(place.task_id, audit_of(action, permit, place, _failed(error)))
            return _failed(error)
        intent = EffectIntended(
            effect_id=effect_id, index=place.index, tool=place.tool, action_hash=permit.decision.action_hash,
            summary=summary_of(action), approval_id=permit.approval_id,
            details={"files": [touched.model_dump()]} if touched else {},
        )  # fmt: skip
        if isinstance(action, RunCommand | RunTests) and not permit.only_reads:
            await self._files.save()
        before = await self._look_around(action, permit)
        outcome = Outcome(False, error="This ended in a way that nobody had foreseen; the log says more.")
        is_recorded = True
        try:
            # Once it may be written, whatever happens has to be followed by a result.
            await asyncio.shield(asyncio.ensure_future(self._log.append(place.task_id, intent)))
            outcome = await _as_outcome(self._act(action, target, permit, place, effect_id))
        except asyncio.CancelledError:
            outcome = Outcome(False, error="This was cancelled before it ended.")
            raise
        except (StorageError, JournalError):
            # The journal itself has failed: there is no intent, or no way to say what became of it.
            is_recorded = False
            raise
        finally:
            if is_recorded:
                writing = asyncio.create_task(self._finish(effect_id, action, permit, place, outcome, touched, before))
                outcome = await asyncio.shield(writing)
        return outcome

    async def _look_around(self, action: Action, permit: Permit) -> Before | None:
        """Keep what a command may change; a program that runs as root is nobody's to take back."""
        if not isinstance(action, RunCommand | RunTests) or (isinstance(action, RunCommand) and action.sudo):
            return None
        if permit.only_reads:
            return None
        return await asyncio.to_thread(self._effects.before)

    async def _finish(
        self, effect_id: str, action: Action, permit: Permit, place: CallPlace, outcome: Outcome,
        touched: Touched | None, before: Before | None,
    ) -> Outcome:  # fmt: skip
        """Write the result with the files that were changed, and return it."""
        changes = [touched] if touched and outcome.ok else []
        if before is not None:
            changes = await asyncio.to_thread(self._effects.changes, before)
            shown = [self._files.target(change.path).shown() for change in changes[:_MOST_NAMES]]
            outcome = replace(outcome, metadata={**outcome.metadata, "changed_files": shown})
        finished = EffectFinished(
            effect_id=effect_id, ok=outcome.ok, error=outcome.error,
            details={"files": [change.model_dump() for change in changes]},
        )  # fmt: skip
        await self._log.append(place.task_id, finished, audit_of(action, permit, place, outcome))
        return outcome

    async def _before(self, action: WriteFile | DeleteFile, target: Target) -> Touched:
        """Check a change of a file and keep what it replaces."""
        if isinstance(action, WriteFile):
            now = await self._files.check(target, action.before_hash, action.text)
            before = now.encoding.encode(now.text) if now else None
            after = content_hash(self._files.encoded(now, action.text))
        else:
            before, after = await self._files.to_delete(target, action.before_hash), None
        kept = before is None or await asyncio.to_thread(self._checkpoints.keep, before)
        digest = content_hash(before) if before is not None else None
        return Touched(path=str(target.path), before=digest, after=after, kept=kept)

    async def _act(
        self,
        action: Mutating,
        target: Target | None,
        permit: Permit,
        place: CallPlace,
        name: str,
    ) -> Outcome:
        match action:
            case WriteFile():
                change = await self._files.write(target or action.path, action.before_hash, action.text)
                return _changed(change, action.note)
            case DeleteFile():
                return _changed(await self._files.delete(target or action.path, action.before_hash))
            case RunCommand() if action.sudo:
                return await self._run_as_root(action, place, name)
            case RunCommand():
                return await self._run(action, permit, place, name)
            case RunTests():
                outcome = await self._run(action, permit, place, name)
                report = read_suite_report(outcome.text)
                metadata = {**outcome.metadata, **({"tests": report.to_json()} if report else {})}
                return replace(outcome, metadata=metadata)
            case CallTool():
                answer = await self._ports.call_tool(action, place.task_id)
                return Outcome(answer.ok, answer.text, answer.error, truncated=answer.truncated)

    async def _run(self, action: RunCommand | RunTests, permit: Permit, place: CallPlace, name: str) -> Outcome:
        command = decided_command(action, permit.decision.normalised)
        cwd = command.pipelines[0].cwd if isinstance(command, CommandLine) else action.cwd
        unsaved = [(target, content) for target, content in await self._files.unsaved() if target.is_inside]
        result = await run_in(
            self._commands, command, cwd=self._files.target(cwd), task_id=place.task_id, name=name,
            timeout_s=action.timeout_s, network=isinstance(action, RunCommand) and action.network,
            writes=not permit.only_reads, git_writable=bool(permit.approval_id) and is_git(command),
            shown=[(target.path, content) for target, content in unsaved],
        )  # fmt: skip
        outcome = outcome_of(result, action.timeout_s)
        changed = [target for target, _ in unsaved]
        if changed and result.saw_shown:
            outcome = self._with_unsaved(outcome, changed, "as in the editor, where they are not saved")
            changed = []
        others = () if permit.only_reads else await self._files.unsaved_by_user()
        return self._with_unsaved(outcome, [*changed, *others])

    def _with_unsaved(
        self, outcome: Outcome, files: Sequence[Target], saw: str = "as saved, older than in the editor"
    ) -> Outcome:
        """Say in which files the editor has another text than what a command saw, or than the disk."""
        names = [target.shown() for target in files if self._gate.decide(str(target.path), None) is None]
        if not names:
            return outcome
        note = f"[the command saw these files {saw}: {', '.join(names)}]"
        unsaved = [*outcome.metadata.get("unsaved", []), *names]
        return replace(outcome, text=f"{outcome.text}\n{note}", metadata={**outcome.metadata, "unsaved": unsaved})

    async def _run_as_root(self, action: RunCommand, place: CallPlace, name: str) -> Outcome:
        if self._ports.ask_password is None:
            raise ExecutionError("Nobody can be asked for a password here.")
        result = await run_with_sudo(
            self._commands, command_line(action), self._ports.ask_password, cwd=self._files.target(action.cwd),
            task_id=place.task_id, name=name, timeout_s=action.timeout_s,
        )  # fmt: skip
        return outcome_of(result, action.timeout_s)


async def _as_outcome(work: Awaitable[Outcome]) -> Outcome:
    try:
        return await work
    except PylotError as error:
        return _failed(error)
    except OSError as error:
        return Outcome(False, error=f"The system does not allow this: {error.strerror or type(error).__name__}.")


def _failed(error: PylotError) -> Outcome:
    return Outcome(False, error=error.sentence)


def _changed(change: FileChange, note: str = "") -> Outcome:
    shown = change.target.shown()
    verb = "Removed" if change.after is None else "Changed" if change.before is not None else "Made"
    new_hash = content_hash(change.after) if change.after is not None else None
    metadata: Mapping[str, Any] = {"path": shown, "content_hash": new_hash, "through": change.through}
    return Outcome(True, f"{verb} {shown}. {note}".rstrip(), metadata=metadata)


def _token() -> str:
    return secrets.token_hex(8)
