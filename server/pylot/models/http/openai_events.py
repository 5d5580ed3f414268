"""What OpenAI's protocol streams, read event by event; every field may be missing or of another kind."""

from __future__ import annotations

import contextlib
import math
from collections.abc import AsyncGenerator, Mapping
from dataclasses import replace
from typing import Any

from pylot.kernel.errors import ProviderRequestError
from pylot.models.http.call_events import read_calls
from pylot.models.http.client import read_json
from pylot.models.http.failures import error_in_answer, garbage
from pylot.models.http.generation import Chunk, Counts
from pylot.models.thinking import ThinkingSplitter

_FINISHES = {"stop": "end", "length": "length", "tool_calls": "end", "function_call": "end", "eos": "end"}
_REASONING_FIELDS = ("reasoning_content", "reasoning", "thinking")


async def read_chunks(who: str, events: AsyncGenerator[str]) -> AsyncGenerator[Chunk]:
    """Yield the chunks of an answer; thoughts that stand in the answer itself are taken out of it (H18).

    Raises:
        PylotError: the server reports an error, or something that is no answer.
    """
    splitter = ThinkingSplitter()
    async with contextlib.aclosing(events):
        async for data in events:
            is_done = data.strip() == "[DONE]"
            chunk = Chunk(is_token=False, is_last=True) if is_done else read_event(who, data)
            text, thoughts = splitter.feed(chunk.text)
            if chunk.finish or chunk.is_last:
                rest, more = splitter.flush()
                text, thoughts = text + rest, thoughts + more
            reasoning = chunk.reasoning + thoughts
            is_token = chunk.is_token or bool(text or reasoning)
            yield replace(chunk, text=text, reasoning=reasoning, is_token=is_token)


def read_event(who: str, data: str) -> Chunk:
    """Return what one event says.

    Raises:
        PylotError: it reports an error, or is no event of this protocol.
    """
    event = read_object(who, data)
    choices = event.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices else {}
    if not isinstance(choice, Mapping) or not ("choices" in event or "usage" in event):
        raise garbage(who, "an event without an answer in it")
    said = choice.get("delta") or choice.get("message") or {}
    said = said if isinstance(said, Mapping) else {}
    text = _text(choice.get("text")) + _text(said.get("content"))
    reasoning = next((found for name in _REASONING_FIELDS if (found := _text(said.get(name)))), "")
    logprob = _logprob(choice.get("logprobs"))
    calls = read_calls(said)
    return Chunk(
        text,
        reasoning,
        logprob,
        is_token=bool(text or reasoning or calls or logprob is not None),
        finish=_finish(who, choice.get("finish_reason")),
        counts=read_counts(event),
        calls=calls,
    )


def read_object(who: str, data: str) -> Mapping[str, Any]:
    """Return an event's JSON object.

    Raises:
        PylotError: it reports an error, or is no JSON object.
    """
    try:
        event = read_json(data)
    except ValueError as error:
        raise garbage(who, "no JSON") from error
    if not isinstance(event, Mapping):
        raise garbage(who, "JSON without meaning")
    if event.get("error"):
        raise error_in_answer(who, event["error"])
    return event


def read_counts(event: Mapping[str, Any]) -> Counts | None:
    """Return the figures of an event that has any: OpenAI's, and llama.cpp's own in more detail."""
    usage, timings = event.get("usage"), event.get("timings")
    usage = usage if isinstance(usage, Mapping) else {}
    timings = timings if isinstance(timings, Mapping) else {}
    if not usage and not timings:
        return None
    details = usage.get("prompt_tokens_details")
    cached = count(timings.get("cache_n"))
    if cached is None and isinstance(details, Mapping):
        cached = count(details.get("cached_tokens"))
    decoded = count(timings.get("prompt_n"))
    prompt = count(usage.get("prompt_tokens"))
    if prompt is None and decoded is not None:
        prompt = decoded + (cached or 0)
    generated = count(usage.get("completion_tokens"))
    return Counts(
        prompt_tokens=prompt,
        reused_tokens=cached,
        decoded_tokens=decoded,
        generated_tokens=count(timings.get("predicted_n")) if generated is None else generated,
        decode_ms=sum(number(timings.get(name)) or 0.0 for name in ("prompt_ms", "predicted_ms")),
    )


def count(value: object) -> int | None:
    """Return a value that is a count, or None."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 40 else None


def number(value: object) -> float | None:
    """Return a value that is a number, or None."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        as_float = float(value)
    except OverflowError:
        return None
    return as_float if math.isfinite(as_float) else None


def log_probability(value: object) -> float | None:
    """Return a value that is a log-probability, or None; rounding may have lifted it above zero."""
    found = number(value)
    return None if found is None else min(found, 0.0)


def _logprob(logprobs: object) -> float | None:
    """Return the least log-probability that a chunk's tokens have, in the notation of either endpoint."""
    if not isinstance(logprobs, Mapping):
        return None
    content = logprobs.get("content")
    if isinstance(content, list):
        values = [entry.get("logprob") for entry in content if isinstance(entry, Mapping)]
    else:
        values = logprobs.get("token_logprobs") or []
    known = [found for value in values if (found := log_probability(value)) is not None] if values else []
    return min(known, default=None)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _finish(who: str, reason: object) -> str:
    if reason is None:
        return ""
    if reason == "content_filter":
        raise ProviderRequestError(f"{who} declines to answer this.")
    return _FINISHES.get(reason, "end") if isinstance(reason, str) else "end"
