"""One task from its first directive to its answer, or on from where another process left it (A1, A11)."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import asdict

from pylot.agent.asking import Asking, Said
from pylot.agent.blueprints import Blueprint
from pylot.agent.carrying_out import CarryingOut
from pylot.agent.compaction import ContextMaker, NoRoomError, make_room
from pylot.agent.guards import Stop, in_circles, over_limit
from pylot.agent.ports import Equipment
from pylot.agent.preparation import prepare
from pylot.agent.run import RunRequest, RunResult, Status
from pylot.agent.token_use import token_use
from pylot.agent.transcript import Transcript
from pylot.journal.events import (
    AnyEvent,
    CognitionResponse,
    LimitReached,
    Message,
    TaskCancelled,
    TaskCompleted,
    TaskFailed,
    TaskInterrupted,
)
from pylot.kernel.cancellation import CancellationToken
from pylot.kernel.errors import ModelAbilityError, OperationCancelledError, PylotError
from pylot.kernel.stories import story

_log = logging.getLogger(__name__)
_ANSWER = "Answer the user now: what was done, what came of it, and what is left. Call no tools."
_BROKEN = "Something in Pylot went wrong with this task; the log has the story."


class AgentRun:
    """Work on one task until it is answered, waits for the user, fails, or a limit is reached.

    The task is this process's already and runs in the journal; `transcript` is what its log tells (`Transcript.of`).
    """

    def __init__(
        self,
        task_id: str,
        request: RunRequest,
        blueprint: Blueprint,
        equipment: Equipment,
        *,
        transcript: Transcript | None = None,
        token: CancellationToken | None = None,
    ) -> None:
        self._task_id = task_id
        self._request = request
        self._blueprint = blueprint
        self._equipment = equipment
        self._transcript = transcript or Transcript()
        self._token = token or CancellationToken()
        self._asking = Asking(request, blueprint, equipment, self._transcript, self._token)
        self._hands = CarryingOut(task_id, request.agent, blueprint.limits, equipment, self._transcript)
        self._began = equipment.clock.monotonic()

    async def go(self) -> RunResult:
        """Return what became of the task; whatever goes wrong is in the result and the log, not raised (A14).

        Cancelling the token cancels the task, at any moment; cancelling the caller leaves it interrupted.
        """
        work = asyncio.ensure_future(self._work())

        def stop(_: str) -> None:
            work.cancel()

        unsubscribe = self._token.on_cancel(stop)
        try:
            return await work
        except asyncio.CancelledError:
            if self._token.cancelled:
                return await self._cancelled()
            # A question stays open whoever closes the window; everything else was in the midst of something.
            if not self._hands.is_asking:
                await self._ended(TaskInterrupted(reason="Pylot was closed."))
            raise
        except Exception as error:
            # What is cut off may break in any way on its way out.
            if self._token.cancelled or isinstance(error, OperationCancelledError):
                return await self._cancelled()
            return await self._failed(error)
        finally:
            unsubscribe()
            work.cancel()

    async def _work(self) -> RunResult:
        prepared = await prepare(self._request, self._blueprint, self._equipment, self._asking.count)
        transcript = self._transcript
        while True:
            if (step := transcript.open_step) is not None:
                if not await self._hands.carry_out(step):
                    return self._result("waiting_for_approval", sentence="The task waits for your answer.")
                continue
            if transcript.final is not None:
                return await self._answered(prepared.maker, transcript.final)
            if stop := self._stop():
                return await self._stopped(prepared.maker, stop)
            try:
                await make_room(prepared.maker, transcript, self._equipment.recorder, self._asking.summary)
            except NoRoomError:
                return await self._stopped(prepared.maker, _no_room())
            messages = prepared.maker.build(transcript)
            await self._asking.directive(messages, prepared.tools, prepared.step_tokens)

    def _stop(self) -> Stop | None:
        worked = self._equipment.clock.monotonic() - self._began - self._hands.waited_seconds
        return over_limit(self._blueprint.limits, self._transcript, worked) or in_circles(self._transcript.recent_steps)

    async def _answered(self, maker: ContextMaker, final: str) -> RunResult:
        if final and self._asking.answers_itself:
            said = Said(final, self._transcript.final_reasoning)
        else:
            said = await self._thought(maker, final)
        use = token_use(self._transcript.model_calls)
        await self._record(
            CognitionResponse(text=said.text, reasoning=said.reasoning),
            Message(role="assistant", text=said.text),
            TaskCompleted(answer=said.text, reasoning=said.reasoning, usage=asdict(use)),
        )
        return self._result("completed", said)

    async def _thought(self, maker: ContextMaker, final: str) -> Said:
        """Return the thinker's answer; what the other model has said stands in for a thinker that says nothing."""
        try:
            said = await self._asking.answer(maker.build(self._transcript), _ANSWER)
        except ModelAbilityError:
            if not final:
                raise
            return Said(final)
        return said if said.text else Said(final, said.reasoning)

    async def _stopped(self, maker: ContextMaker, stop: Stop) -> RunResult:
        """Let the model, which is told why, say what is done and what is left; the user may let it go on (A7)."""
        note = f"{stop.sentence} Tell the user what has been done so far and what is left. Call no tools."
        said = Said("")
        try:
            said = await self._asking.answer(maker.build(self._transcript), note)
        except OperationCancelledError:
            raise
        except PylotError as error:
            _log.info("no answer at a limit: %s", error.sentence)
        events: list[AnyEvent] = []
        if said.text:
            events += [
                CognitionResponse(text=said.text, reasoning=said.reasoning),
                Message(role="assistant", text=said.text),
            ]
        limit = LimitReached(kind=stop.kind, limit=stop.limit, used=stop.used, sentence=stop.sentence)
        await self._record(*events, limit)
        return self._result("limit", said, stop.sentence)

    async def _cancelled(self) -> RunResult:
        await self._ended(TaskCancelled(reason=self._token.reason))
        return self._result("cancelled", sentence="The task was cancelled.")

    async def _failed(self, error: Exception) -> RunResult:
        sentence = error.sentence if isinstance(error, PylotError) else _BROKEN
        if sentence == _BROKEN:
            _log.error("a task failed: %s", story(error))
        await self._ended(TaskFailed(sentence=sentence))
        return self._result("failed", sentence=sentence)

    async def _record(self, *events: AnyEvent) -> None:
        await self._equipment.recorder.record(*events)
        for event in events:
            self._transcript.apply(event)

    async def _ended(self, event: AnyEvent) -> None:
        """Write the end of the task, whatever else goes wrong with it."""
        try:
            await self._record(event)
        except PylotError as error:
            # What is not written is found as interrupted by whoever opens the journal next.
            _log.error("the end of a task could not be kept: %s", error.sentence)

    def _result(self, status: Status, said: Said | None = None, sentence: str = "") -> RunResult:
        said = said or Said("")
        use = token_use(self._transcript.model_calls)
        return RunResult(self._task_id, status, said.text, said.reasoning, sentence, use)


def _no_room() -> Stop:
    sentence = (
        "The agent stopped because the task no longer fits into the model's context; it can go on if you let it, best "
        "with a model of a larger context or with a smaller task."
    )
    return Stop("context", 0, 0, sentence)
