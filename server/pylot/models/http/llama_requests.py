"""The bodies that a llama-server is sent, and its own kind of events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from pylot.models.conversation import to_openai
from pylot.models.http.failures import garbage
from pylot.models.http.generation import Chunk, Counts
from pylot.models.http.openai_events import count, log_probability, read_counts, read_object
from pylot.models.http.structured_requests import structure
from pylot.models.values import ChatMessage, CompletionParameters

_COMPLETION_SLOT = 0
# A server with a single slot takes this for that one.
_CHAT_SLOT = 1
_FINISHES = {"eos": "end", "word": "stop", "limit": "length"}


def completion_body(parameters: CompletionParameters, tokens: Sequence[int], stops: Sequence[str]) -> dict[str, Any]:
    """Return a request for /completion; the fixed slot and the cached prompt are what makes keystrokes cheap."""
    return {
        **_sampling(parameters),
        "prompt": list(tokens),
        "n_predict": parameters.max_tokens,
        "stop": [*parameters.stops, *stops],
        "id_slot": _COMPLETION_SLOT,
        "n_probs": 1,
        # Of the last event only these; it would quote the prompt.
        "response_fields": ["content", "stop", "stop_type", "timings", "tokens_evaluated"],
    }


def infill_body(body: Mapping[str, Any], prefix: Sequence[int], suffix: Sequence[int]) -> dict[str, Any]:
    """Return a request for /infill, which puts the prompt into an order of its own."""
    return {**body, "prompt": "", "input_prefix": list(prefix), "input_suffix": list(suffix), "input_extra": []}


def chat_body(
    parameters: CompletionParameters, messages: Sequence[ChatMessage], template_kwargs: Mapping[str, Any]
) -> dict[str, Any]:
    """Return a request for /v1/chat/completions."""
    kwargs = dict(template_kwargs)
    if parameters.reasoning is not None:
        kwargs["enable_thinking"] = parameters.reasoning
    return {
        **_sampling(parameters),
        "messages": to_openai(messages),
        **structure(parameters),
        "max_tokens": parameters.max_tokens,
        "stop": list(parameters.stops),
        "id_slot": _CHAT_SLOT,
        "stream_options": {"include_usage": True},
        **({"chat_template_kwargs": kwargs} if kwargs else {}),
    }


def read_completion_event(who: str, data: str, by_source: Mapping[str, int]) -> Chunk:
    """Return what one event of /completion or /infill says; `by_source` are the tokens that Pylot itself counted.

    Raises:
        PylotError: it reports an error, or is no event of this protocol.
    """
    event = read_object(who, data)
    text, is_last = event.get("content", ""), event.get("stop")
    if not isinstance(text, str) or not isinstance(is_last, bool):
        raise garbage(who, "an event without an answer in it")
    return Chunk(
        text,
        logprob=_logprob(event.get("completion_probabilities")),
        is_token=not is_last or bool(text),
        finish=_FINISHES.get(str(event.get("stop_type")), "end") if is_last else "",
        counts=_counts(event, by_source),
        is_last=is_last,
    )


def _sampling(parameters: CompletionParameters) -> dict[str, Any]:
    return {
        "stream": True,
        "cache_prompt": True,
        "temperature": parameters.temperature,
        "top_p": parameters.top_p,
        "top_k": parameters.top_k,
        "min_p": 0.0,
        "seed": parameters.seed,
        # The figures of an answer that is not waited for to its end would be lost otherwise.
        "timings_per_token": True,
    }


def _counts(event: Mapping[str, Any], by_source: Mapping[str, int]) -> Counts | None:
    told = read_counts(event)
    n_prompt = count(event.get("tokens_evaluated"))
    if told is None or n_prompt is None:
        return None
    # What /infill adds of its own belongs to the template.
    n_added = max(n_prompt - sum(by_source.values()), 0)
    sources = {**by_source, "template": by_source.get("template", 0) + n_added} if n_added else by_source
    return replace(told, prompt_tokens=n_prompt, tokens_by_source=sources)


def _logprob(probabilities: object) -> float | None:
    if not isinstance(probabilities, list):
        return None
    values = [entry.get("logprob") for entry in probabilities if isinstance(entry, Mapping)]
    return min((found for value in values if (found := log_probability(value)) is not None), default=None)
