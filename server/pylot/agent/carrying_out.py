"""Carry out one directive: decide about each call, ask where that is needed, perform it, and keep what came of it.

A call that somebody was asked about ends the directive: what was planned behind it was planned without knowing what
came of it, so the model is told that it was not done, and plans anew (A10).
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from pydantic import ValidationError

from pylot.agent.blueprints import RunLimits
from pylot.agent.directive import PLAN_TOOL, WantedPlan
from pylot.agent.guards import note_for_model
from pylot.agent.ports import Answer, Equipment, Outcome, Place
from pylot.agent.transcript import CalledTool, Step, Transcript
from pylot.agent.well_formed import well_formed
from pylot.journal.events import (
    ActionWorkedOut,
    AnyEvent,
    PlanUpdated,
    StatusChanged,
    TaskWaiting,
    ToolCallFinished,
    ToolCallStarted,
)
from pylot.kernel.errors import EditMismatchError, OperationCancelledError, PylotError
from pylot.kernel.stories import story
from pylot.policy.actions import ACTION, Action, Delegate
from pylot.policy.decision import Decision

_log = logging.getLogger(__name__)
_READING = frozenset({"read_file", "list_folder", "search_files", "read_git"})
_BEHIND_QUESTION = "Not done: it was planned before the call above was decided about. Call it again if still wanted."
_BEHIND_FAILURE = "Not done, because the call above failed. Call it again if still wanted."
_SENT_AWAY = "Pylot stopped before the result was known. It was not done again: look at what is there before you go on."


class _Parked(Exception):  # noqa: N818 - nothing has gone wrong
    """Nobody could be asked; the question stays open."""


class CarryingOut:
    """Carry out the directives of one run."""

    def __init__(
        self, task_id: str, agent: str, limits: RunLimits, equipment: Equipment, transcript: Transcript
    ) -> None:
        self._task_id = task_id
        self._agent = agent
        self._limits = limits
        self._equipment = equipment
        self._transcript = transcript
        self.waited_seconds = 0.0
        self.is_asking = False

    async def carry_out(self, step: Step) -> bool:
        """Bring all calls of a directive to their ends; false when one waits for an answer that nobody gives now.

        Calls that have ended before are left alone, so this goes on where another process was cut off (A11).
        """
        rest = _why_not_the_rest([call for call in step.calls if call.ended])
        for call in step.calls:
            if call.ended:
                continue
            if rest:
                await self._end(call, Outcome(False, error=rest, metadata={"skipped": True}))
                continue
            try:
                await self._end(call, await self._outcome(call, step.thought))
            except _Parked:
                return False
            rest = _why_not_the_rest([call])
        return True

    async def _outcome(self, call: CalledTool, reason: str) -> Outcome:
        if call.effect is not None:
            return _known_of(call)
        started = ToolCallStarted(index=call.index, tool=call.tool, call_id=call.call_id, arguments=call.arguments)
        await self._record(StatusChanged(status="running_tool", detail=call.tool), started)
        if call.tool == PLAN_TOOL:
            return await self._plan(call)
        try:
            action = await self._action(call)
        except OperationCancelledError:
            raise
        except EditMismatchError as error:
            # What is there instead, from a file that the agent may read.
            return Outcome(False, text=error.report, error=error.sentence)
        except PylotError as error:
            return Outcome(False, error=error.sentence)
        except Exception as error:
            return _broken(call.tool, error)
        outcome = await self._permitted(action, call, reason)
        return _with(outcome, kind=action.kind)

    async def _action(self, call: CalledTool) -> Action:
        """Return what a call would do; what a model has written for it is in the log, and it is not asked again."""
        if call.action is not None:
            return ACTION.validate_python(call.action)
        n_asked = len(self._transcript.model_calls)
        action = await self._equipment.toolbox.action(call.tool, call.arguments, self._record)
        if len(self._transcript.model_calls) > n_asked:
            await self._record(ActionWorkedOut(index=call.index, action=action.model_dump(mode="json")))
        return action

    async def _permitted(self, action: Action, call: CalledTool, reason: str) -> Outcome:
        place = Place(self._task_id, self._agent, call.index, call.tool, call.call_id)
        decision = await self._equipment.judge.decide(action, place)
        if decision.verdict == "deny":
            return Outcome(False, error=f"Not allowed: {_reasons(decision)}", metadata={"refused": True})
        if decision.verdict == "allow":
            return await self._perform(action, decision, place)
        if decision.action_hash in self._transcript.denied:
            error = "The user has already said no to exactly this in this task; they are not asked again."
            return Outcome(False, error=error, metadata={"refused": True})
        answer = await self._ask(action, decision, place, reason)
        if not answer.allows:
            return _denied(answer, decision)
        return _with(await self._perform(action, answer, place), asked=True)

    async def _ask(self, action: Action, decision: Decision, place: Place, reason: str) -> Answer:
        clock = self._equipment.clock
        began = clock.monotonic()
        # Left as it is when the run is cancelled here: then the question is what it ends with.
        self.is_asking = True
        answer = await self._equipment.approver.ask(action, decision, place, reason)
        self.is_asking = False
        self.waited_seconds += clock.monotonic() - began
        if answer is None:
            raise _Parked
        return answer

    async def _perform(self, action: Action, permit: Decision | Answer, place: Place) -> Outcome:
        try:
            if isinstance(action, Delegate):
                return await self._delegate(action, place)
            return await self._equipment.desk.perform(action, permit, place)
        except (_Parked, OperationCancelledError):
            raise
        except PylotError as error:
            return Outcome(False, error=error.sentence)
        except Exception as error:
            return _broken(place.tool, error)

    async def _delegate(self, action: Delegate, place: Place) -> Outcome:
        if self._equipment.delegates is None:
            return Outcome(False, error="There is no other agent to leave this to.")
        outcome = await self._equipment.delegates.delegate(action.agent_id, action.prompt, place)
        if outcome is None:
            await self._record(TaskWaiting())
            raise _Parked
        return outcome

    async def _plan(self, call: CalledTool) -> Outcome:
        try:
            plan = WantedPlan.model_validate(call.arguments)
        except ValidationError as error:
            # A plan is the model's own text, which it may be shown again.
            return Outcome(False, error=f"The plan cannot be used: {error.errors(include_url=False)[0]['msg']}.")
        await self._record(PlanUpdated(plan=tuple(step.model_dump(mode="json") for step in plan.steps)))
        return Outcome(True, text="Noted.")

    async def _end(self, call: CalledTool, outcome: Outcome) -> None:
        end = ToolCallFinished(
            index=call.index,
            tool=call.tool,
            call_id=call.call_id,
            ok=outcome.ok,
            text=well_formed(outcome.text),
            error=well_formed(outcome.error),
            metadata=well_formed(dict(outcome.metadata)),
            truncated=outcome.truncated,
            artefact=outcome.artefact,
        )
        call.end = end
        last = self._transcript.open_step is None
        if last and (note := note_for_model(self._limits, self._transcript)):
            end = end.model_copy(update={"metadata": {**end.metadata, "note": note}})
        await self._record(end)

    async def _record(self, *events: AnyEvent) -> None:
        await self._equipment.recorder.record(*events)
        for event in events:
            self._transcript.apply(event)


def _why_not_the_rest(ended: Sequence[CalledTool]) -> str:
    """Return why calls behind these are not carried out, or nothing."""
    for call in ended:
        if call.end is None:
            continue
        metadata = call.end.metadata
        if metadata.get("asked"):
            return _BEHIND_QUESTION
        if not call.end.ok and metadata.get("kind") not in _READING and not metadata.get("skipped"):
            return _BEHIND_FAILURE
    return ""


def _known_of(call: CalledTool) -> Outcome:
    """Return what is known of a change that another process began: it is never made again (T19)."""
    end = call.effect_end
    if end is None or end.unknown:
        return Outcome(False, error=_SENT_AWAY, metadata={"unknown": True})
    if end.ok:
        return Outcome(True, text="It was done, but what it gave back was lost.", metadata={"lost": True})
    return Outcome(False, error=end.error, metadata={"lost": True})


def _denied(answer: Answer, decision: Decision) -> Outcome:
    """Return what the model reads when the user has said no; their words are theirs, and meant for it (A12)."""
    said = f" They said: {answer.comment}" if answer.comment else ""
    metadata = {
        "denied": True,
        "asked": True,
        "choice": answer.choice,
        "approval_id": answer.approval_id,
        "action_hash": decision.action_hash,
    }
    return Outcome(False, error=f"Denied by the user.{said}", metadata=metadata)


def _broken(tool: str, error: Exception) -> Outcome:
    _log.error("the tool %s failed: %s", tool, story(error))
    return Outcome(False, error=f"{tool} itself failed; whether it had an effect is not known.")


def _reasons(decision: Decision) -> str:
    return " ".join(reason.sentence for reason in decision.reasons) or "the policy forbids it."


def _with(outcome: Outcome, **metadata: object) -> Outcome:
    return Outcome(
        outcome.ok,
        outcome.text,
        outcome.error,
        {**outcome.metadata, **metadata},
        outcome.truncated,
        outcome.artefact,
    )
