"""What every streamed answer has in common: when it ends and why, what of it is shown, and what it cost."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from pylot.engine.text_stream import TextStream
from pylot.kernel.cancellation import CancellationToken
from pylot.kernel.clock import Clock
from pylot.kernel.errors import ProviderError, ProviderUnavailableError
from pylot.models.http.failures import garbage
from pylot.models.values import CallPiece, CompletionParameters, Delta, Usage

T = TypeVar("T")

# How long the figures may take that follow a finished text, and the end of the connection behind them.
_AFTERMATH_SECONDS = 0.25
_MAX_CHARACTERS_PER_TOKEN = 256


@dataclass(frozen=True, slots=True)
class Counts:
    """A server's own figures; what it does not tell is None."""

    prompt_tokens: int | None = None
    reused_tokens: int | None = None
    decoded_tokens: int | None = None
    generated_tokens: int | None = None
    decode_ms: float = 0.0
    tokens_by_source: Mapping[str, int] | None = None


@dataclass(frozen=True, slots=True)
class Chunk:
    """One piece of a server's answer; `finish` is why the text ends here, `is_last` that nothing follows."""

    text: str = ""
    reasoning: str = ""
    logprob: float | None = None
    is_token: bool = True
    finish: str = ""
    counts: Counts | None = None
    is_last: bool = False
    calls: tuple[CallPiece, ...] = ()


class EndedEarlyError(Exception):
    """The caller has cancelled, or time is over; `reason` says which."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Patience:
    """Wait for one step after another until a cancellation, the caller's deadline or the server's time ends it."""

    def __init__(self, parameters: CompletionParameters, token: CancellationToken | None, total_seconds: float) -> None:
        now = asyncio.get_running_loop().time()
        deadline = parameters.deadline_ms
        self._deadline = now + deadline / 1000 if deadline is not None else None
        self._total = now + total_seconds
        self._token = token
        self._scope: asyncio.Timeout | None = None
        self._unsubscribe = token.on_cancel(self._on_cancel) if token else None

    async def wait(self, step: Callable[[], Awaitable[T]], *, at_most: float | None = None) -> T:
        """Return what a step gives.

        Raises:
            EndedEarlyError: because of `cancelled`, `deadline`, `total` or, after `at_most` seconds, `aftermath`.
        """
        loop = asyncio.get_running_loop()
        ends = [(self._total, "total")]
        if self._deadline is not None:
            ends.append((self._deadline, "deadline"))
        if at_most is not None:
            ends.append((loop.time() + at_most, "aftermath"))
        when, reason = min(ends)
        if self._was_cancelled() or when <= loop.time():
            raise EndedEarlyError("cancelled" if self._was_cancelled() else reason)
        try:
            async with asyncio.timeout_at(when) as scope:
                self._scope = scope
                return await step()
        except TimeoutError as error:
            if not scope.expired():
                raise
            raise EndedEarlyError("cancelled" if self._was_cancelled() else reason) from error
        finally:
            self._scope = None

    def close(self) -> None:
        """Stop listening for cancellation."""
        if self._unsubscribe:
            self._unsubscribe()

    def _was_cancelled(self) -> bool:
        return self._token is not None and self._token.cancelled

    def _on_cancel(self, reason: str) -> None:
        if self._scope is not None:
            # A scope that is ending anyway cannot be changed.
            with contextlib.suppress(RuntimeError):
                self._scope.reschedule(asyncio.get_running_loop().time())


@dataclass(eq=False)
class _Account:
    """What has come so far."""

    started: float
    n_tokens: int = 0
    n_characters: int = 0
    first_token: float | None = None
    counts: Counts = field(default_factory=Counts)


class Generation:
    """One streamed answer, from the moment the provider was asked."""

    def __init__(
        self,
        who: str,
        parameters: CompletionParameters,
        *,
        token: CancellationToken | None,
        total_seconds: float,
        clock: Clock,
        stops: Sequence[str] = (),
    ) -> None:
        self._who = who
        self._parameters = parameters
        self._patience = Patience(parameters, token, total_seconds)
        self._total_seconds = total_seconds
        self._clock = clock
        self._stream = TextStream((*parameters.stops, *stops))
        self._account = _Account(clock.monotonic())
        self._told = ""
        self._finish = ""

    async def run(self, chunks: AsyncGenerator[Chunk]) -> AsyncGenerator[Delta | Usage]:
        """Yield what of the chunks belongs to the answer, then its usage; closes `chunks` in any case.

        Raises:
            ProviderError: the server failed; `begun` says whether something of the answer had been yielded.
        """
        try:
            while not self._finish:
                chunk = await self._next(chunks)
                delta = self._take(chunk) if chunk is not None and chunk.is_token else None
                if delta is not None:
                    yield delta
            rest = "" if self._finish == "floor" or self._is_warm_up else self._stream.flush()
            if rest:
                yield Delta(rest)
            yield self._usage()
            if self._told:
                # A connection that has been read to its end can carry the next request.
                with contextlib.suppress(EndedEarlyError, ProviderError):
                    await self._patience.wait(lambda: _exhaust(chunks), at_most=_AFTERMATH_SECONDS)
        except ProviderError as error:
            error.begun = self._account.n_characters > 0
            raise
        finally:
            self._patience.close()
            await chunks.aclose()

    async def _next(self, chunks: AsyncGenerator[Chunk]) -> Chunk | None:
        try:
            chunk = await self._patience.wait(
                lambda: anext(chunks, None), at_most=_AFTERMATH_SECONDS if self._told else None
            )
        except EndedEarlyError as ended:
            if not self._told and ended.reason == "total":
                raise ProviderUnavailableError(
                    f"{self._who} did not finish within {self._total_seconds:g} s."
                ) from ended
            self._finish = self._told or ended.reason
            return None
        if chunk is not None:
            self._account.counts = chunk.counts or self._account.counts
            self._told = self._told or chunk.finish
        if chunk is None or chunk.is_last:
            if not self._told:
                raise ProviderUnavailableError(f"{self._who} broke off.")
            self._finish = self._told
        return chunk

    def _take(self, chunk: Chunk) -> Delta | None:
        """Return what to show of a chunk; sets `_finish` when the answer ends here, whatever the server does."""
        account, parameters = self._account, self._parameters
        if self._is_warm_up:
            return None
        if account.first_token is None:
            account.first_token = self._clock.monotonic()
        if account.n_tokens >= parameters.max_tokens:
            self._finish = "length"
            return None
        floor = parameters.floor_logprob
        if floor is not None and chunk.logprob is not None and chunk.logprob < floor:
            self._finish = "floor"
            return None
        account.n_tokens += 1
        account.n_characters += len(chunk.text) + len(chunk.reasoning)
        account.n_characters += sum(len(call.name) + len(call.arguments) for call in chunk.calls)
        if account.n_characters > max(parameters.max_tokens, 16) * _MAX_CHARACTERS_PER_TOKEN:
            raise garbage(self._who, "far more text than was asked for")
        text = self._stream.feed(chunk.text.encode("utf-8", "replace"))
        if self._stream.stopped_by:
            self._finish = "stop"
        return Delta(text, chunk.logprob, chunk.reasoning, chunk.calls)

    @property
    def _is_warm_up(self) -> bool:
        return self._parameters.max_tokens == 0

    def _usage(self) -> Usage:
        account, counts, now = self._account, self._account.counts, self._clock.monotonic()
        by_source = counts.tokens_by_source or {}
        prompt_tokens = sum(by_source.values()) if counts.prompt_tokens is None else counts.prompt_tokens
        reused = counts.reused_tokens or 0
        # Of an answer that was not read to its end, the server may have generated more than was taken.
        told = counts.generated_tokens if self._told else None
        generated = account.n_tokens if told is None else told
        first = account.first_token
        return Usage(
            finish="warm" if self._is_warm_up and self._told else self._finish,
            prompt_tokens=prompt_tokens,
            reused_tokens=reused,
            decoded_tokens=prompt_tokens - reused if counts.decoded_tokens is None else counts.decoded_tokens,
            generated_tokens=0 if self._is_warm_up else generated,
            tokens_by_source=by_source,
            first_token_ms=None if first is None else (first - account.started) * 1000,
            decode_ms=counts.decode_ms,
            total_ms=(now - account.started) * 1000,
        )


async def _exhaust(chunks: AsyncGenerator[Chunk]) -> None:
    async for _ in chunks:
        pass
