"""The provider of a role: the deployments of its model, tried in order (H14, H15)."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from pylot.kernel.cancellation import CancellationToken
from pylot.kernel.clock import Clock
from pylot.kernel.errors import ModelError, ProviderRateLimitedError, ProviderUnavailableError, PylotError
from pylot.models.routing.asker import Asker
from pylot.models.routing.attempt import Attempt, DeadlineReached
from pylot.models.routing.call_log import CallLog
from pylot.models.routing.changes import Changes
from pylot.models.routing.deployment import Deployment
from pylot.models.routing.limits import Limits
from pylot.models.routing.policy import Decision
from pylot.models.routing.request import Request
from pylot.models.routing.result_cache import ResultCache, is_repeatable
from pylot.models.routing.tries import Stop, Tries
from pylot.models.values import ChatMessage, CompletionParameters, Delta, FimPrompt, ModelProfile, Urgency, Usage

T = TypeVar("T")
Groups = Sequence[Sequence[Stop]]
Start = Callable[[Deployment, float | None, CancellationToken], AsyncIterator[Delta | Usage]]


@dataclass(frozen=True, slots=True)
class Desk:
    """What all routed providers of one session share."""

    clock: Clock
    changes: Changes
    call_log: CallLog
    cache: ResultCache


class RoutedProvider:
    """Answer for one role and one agent with whichever deployment of a model can.

    Implements `Provider`. An error before the first token goes on to the next deployment, within the request's one
    deadline; an error after it ends the stream, because half an answer of one model is no beginning for another.
    """

    def __init__(
        self, model: str, asker: Asker, groups: Groups, *, beside_local: bool, limits: Limits, desk: Desk
    ) -> None:
        self._model = model
        self._asker = asker
        self._groups = groups
        self._beside_local = beside_local
        self._limits = limits
        self._desk = desk

    @property
    def profile(self) -> ModelProfile | None:
        """The profile of the first deployment that is loaded and would be asked now."""
        stops = [stop for stop in self._stops(self._permitted(())) if stop.deployment.provider.profile is not None]
        ready = next((stop for stop in stops if stop.deployment.admits()), None) or next(iter(stops), None)
        return ready.deployment.provider.profile if ready else None

    async def ready(self) -> ModelProfile:
        """Return the profile of the first deployment that can be had."""

        async def start(deployment: Deployment, _: float | None, __: CancellationToken) -> AsyncIterator[ModelProfile]:
            yield await deployment.provider.ready()

        request = Request(start, lambda _: True, Urgency.CHAT, CancellationToken(), logged=False)
        return await self._only(request)

    async def complete(
        self,
        prompt: FimPrompt,
        parameters: CompletionParameters,
        *,
        urgency: Urgency = Urgency.COMPLETION,
        token: CancellationToken | None = None,
    ) -> AsyncIterator[Delta | Usage]:
        """Stream the text between prefix and suffix; what nobody waits for yet is asked of no other machine."""

        def start(
            deployment: Deployment, milliseconds: float | None, token: CancellationToken
        ) -> AsyncIterator[Delta | Usage]:
            clean = deployment.policy.clean_prompt(prompt)
            rest = replace(parameters, deadline_ms=milliseconds)
            return deployment.provider.complete(clean, rest, urgency=urgency, token=token)

        async for value in self._answer(start, prompt, parameters, urgency, token):
            yield value

    async def chat(
        self,
        messages: Sequence[ChatMessage],
        parameters: CompletionParameters,
        *,
        urgency: Urgency = Urgency.CHAT,
        token: CancellationToken | None = None,
    ) -> AsyncIterator[Delta | Usage]:
        """Stream the answer to a conversation."""

        def start(
            deployment: Deployment, milliseconds: float | None, token: CancellationToken
        ) -> AsyncIterator[Delta | Usage]:
            clean = deployment.policy.clean_messages(messages)
            rest = replace(deployment.policy.clean_parameters(parameters), deadline_ms=milliseconds)
            return deployment.provider.chat(clean, rest, urgency=urgency, token=token)

        async for value in self._answer(start, messages, parameters, urgency, token):
            yield value

    async def embed(
        self, texts: Sequence[str], *, urgency: Urgency = Urgency.INDEX, file: str = ""
    ) -> list[list[float]]:
        """Return one normalized vector per text; `file` is where they stand, which decides to whom they may go (P3)."""

        async def start(
            deployment: Deployment, _: float | None, __: CancellationToken
        ) -> AsyncIterator[list[list[float]]]:
            yield await deployment.provider.embed(deployment.policy.clean_texts(texts), urgency=urgency)

        return await self._only(Request(start, lambda _: True, urgency, CancellationToken(), files=(file,)))

    async def status(self) -> Mapping[str, object]:
        """Return the health of the first deployment that is ready, or of the first, and how all of them stand."""
        deployments = [stop.deployment for stop in self._stops(self._groups)]
        facts = [dict(await it.provider.status()) for it in deployments]
        best = next((it for it in facts if it.get("state") == "ready"), facts[0])
        return {**best, "deployments": {it.place.name: it.status() for it in deployments}}

    async def close(self) -> None:
        """Do nothing: the deployments belong to the door, which lets go of them."""

    def decisions(self, *files: str) -> list[tuple[Deployment, Decision]]:
        """Return for each deployment, in order, whether this role's text from files may go there."""
        return [(stop.deployment, self._decide(stop.deployment, files)) for stop in self._stops(self._groups)]

    async def _answer(
        self,
        start: Start,
        asked: FimPrompt | Sequence[ChatMessage],
        parameters: CompletionParameters,
        urgency: Urgency,
        token: CancellationToken | None,
    ) -> AsyncIterator[Delta | Usage]:
        key = b""
        if is_repeatable(parameters, urgency):
            key = self._desk.cache.key(self._asker.role, self._model, asked, parameters)
            if (known := self._desk.cache.get(key)) is not None:
                deltas_known, usage = known
                for delta in deltas_known:
                    yield delta
                yield usage
                return
        request = _timed(start, asked, parameters, urgency, token or CancellationToken())
        deltas: list[Delta] = []
        try:
            async with contextlib.aclosing(self._stream(request)) as values:
                async for value in values:
                    if isinstance(value, Delta):
                        deltas.append(value)
                    elif key:
                        self._desk.cache.put(key, deltas, value)
                    yield value
        except DeadlineReached:
            yield Usage("deadline", generated_tokens=len(deltas), total_ms=request.seconds * 1000)
        except _Cancelled:
            yield Usage("cancelled", generated_tokens=len(deltas))
        except _NothingToPrepare:
            yield Usage("warm")

    async def _only(self, request: Request[T]) -> T:
        async with contextlib.aclosing(self._stream(request)) as values:
            return await anext(values)

    async def _stream(self, request: Request[T]) -> AsyncGenerator[T, None]:
        groups = self._permitted(request.files, stays_here=request.stays_here)
        if not groups:
            refusals = [it.sentence for _, it in self.decisions(*request.files) if not it.allowed]
            raise ModelError(refusals[0]) if refusals else _NothingToPrepare
        # Whoever waits for room must also wake when nobody wants the answer any more.
        unlink = request.token.on_cancel(lambda _: self._desk.changes.tell())
        counted = False
        try:
            # What nobody waits for yet must not use up what somebody may ask for.
            if request.logged and not request.stays_here:
                await self._wait_for_turn(request)
                self._limits.begin()
                counted = True
            async with contextlib.aclosing(self._try_all(request, groups)) as values:
                async for value in values:
                    yield value
        finally:
            unlink()
            if counted:
                self._limits.end()
                self._desk.changes.tell()

    async def _try_all(self, request: Request[T], groups: Groups) -> AsyncGenerator[T, None]:
        tries = Tries(groups, request, self._desk.changes)
        while (deployment := await tries.next()) is not None:
            attempt = Attempt(deployment, request, self._asker, clock=self._desk.clock, call_log=self._desk.call_log)
            first_by = _first_by(request, tries.n_others(deployment))
            try:
                async with contextlib.aclosing(attempt.stream(first_by)) as values:
                    async for value in values:
                        yield value
                return
            except PylotError as error:
                if attempt.begun:
                    raise
                tries.failed(deployment, error)
        if request.token.cancelled:
            raise _Cancelled
        if request.left == 0 and tries.error is None:
            raise DeadlineReached
        raise tries.error or self._resting(groups)

    async def _wait_for_turn(self, request: Request[Any]) -> None:
        while (seconds := self._limits.wait_seconds) > 0:
            if request.token.cancelled:
                raise _Cancelled
            left = float("inf") if request.left is None else request.left
            if left <= 0 or left < seconds < float("inf"):
                agent = self._asker.agent
                raise ProviderRateLimitedError(f"{agent} asks for more than models.agents.{agent} allows.")
            seconds = min(seconds, left)
            await self._desk.changes.wait(None if seconds == float("inf") else seconds)

    def _resting(self, groups: Groups) -> PylotError:
        stops = self._stops(groups)
        known = next((error for stop in stops if (error := stop.deployment.last_error) is not None), None)
        return known or ProviderUnavailableError(f"No deployment of {self._model} takes requests at the moment.")

    def _permitted(self, files: Sequence[str], *, stays_here: bool = False) -> list[list[Stop]]:
        def may(deployment: Deployment) -> bool:
            return self._decide(deployment, files).allowed and not (stays_here and deployment.policy.is_remote)

        permitted = [[stop for stop in group if may(stop.deployment)] for group in self._groups]
        return [group for group in permitted if group]

    def _decide(self, deployment: Deployment, files: Sequence[str]) -> Decision:
        """Return the first decision that refuses, or that which allows."""
        role, policy = self._asker.role, deployment.policy
        decided = [policy.decide(role, beside_local=self._beside_local, file=file) for file in files or ("",)]
        return next((each for each in decided if not each.allowed), decided[0])

    @staticmethod
    def _stops(groups: Groups) -> list[Stop]:
        return [stop for group in groups for stop in group]


class _Cancelled(Exception):  # noqa: N818 - the usual end of a stream, no error
    """Nobody wants the answer any more."""


class _NothingToPrepare(Exception):  # noqa: N818 - the usual end of a stream, no error
    """A model on another machine gets no code before somebody waits for its answer."""


def _timed(
    start: Start,
    asked: FimPrompt | Sequence[ChatMessage],
    parameters: CompletionParameters,
    urgency: Urgency,
    token: CancellationToken,
) -> Request[Delta | Usage]:
    is_prompt = isinstance(asked, FimPrompt)
    seconds = float("inf") if parameters.deadline_ms is None else parameters.deadline_ms / 1000
    return Request(
        start,
        _is_usage,
        urgency,
        token,
        deadline=None if parameters.deadline_ms is None else asyncio.get_running_loop().time() + seconds,
        seconds=seconds,
        files=files_of(asked),
        stays_here=is_prompt and (parameters.max_tokens == 0 or urgency is Urgency.SPECULATIVE),
    )


def files_of(asked: FimPrompt | Sequence[ChatMessage]) -> tuple[str, ...]:
    """Return the files whose text a request holds, as far as it says so."""
    if isinstance(asked, FimPrompt):
        return (asked.file or asked.path,)
    return tuple({file: None for message in asked for file in message.files})


def _first_by(request: Request[Any], n_others: int) -> float | None:
    """Return when the first sign of an answer must have come, so that the others have their share of the time."""
    if request.deadline is None or request.left is None or n_others == 0:
        return request.deadline
    return request.deadline - request.left * n_others / (1 + n_others)


def _is_usage(value: Delta | Usage) -> bool:
    return isinstance(value, Usage)
