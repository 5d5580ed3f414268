"""The bodies of OpenAI's protocol, without whatever fields a server has turned out not to know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pylot.models.conversation import to_openai
from pylot.models.http.failures import FieldsRefusedError
from pylot.models.http.structured_requests import structure
from pylot.models.values import ChatMessage, CompletionParameters

# A server may refuse any of these; each costs it one request, once.
_RARELY_KNOWN = ("chat_template_kwargs", "logprobs", "stream_options", "seed")
# An answer without them is checked like any other, and asked for again where it is not what was wanted.
_STRUCTURE = ("response_format", "tool_choice", "parallel_tool_calls")
_DISPENSABLE = (*_RARELY_KNOWN, *_STRUCTURE, "temperature", "top_p", "suffix")
_SCHEMA = "response_format.json_schema"
# The protocol allows no more.
_MAX_STOPS = 4


class Dialect:
    """What one server understands, learned from what it refuses."""

    def __init__(self) -> None:
        self._refused: set[str] = set()
        self._guessed: set[str] = set()

    def understands(self, field: str) -> bool:
        """Whether a field is worth sending."""
        return field not in self._refused

    def spell(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Return a body without what the server has refused before."""
        spelled = {name: value for name, value in body.items() if name not in self._refused}
        if _SCHEMA in self._refused and "response_format" in spelled:
            # Some servers hold an answer to a schema only in this spelling; others pass it over.
            schema = spelled["response_format"]["json_schema"]["schema"]
            spelled["response_format"] = {"type": "json_object", "schema": schema}
        if "max_tokens" in self._refused and "max_tokens" in body:
            spelled["max_completion_tokens"] = body["max_tokens"]
        return spelled

    def learn(self, error: FieldsRefusedError, sent: Mapping[str, Any]) -> bool:
        """Remember what a server cannot have understood of a body; return whether another try makes sense."""
        if error.too_long:
            return False
        present = [name for name in _DISPENSABLE if name in sent]
        named = {name for name in present if name in error.fields}
        if "max_tokens" in sent and "max_tokens" in error.fields:
            named.add("max_tokens")
        if not named:
            # It does not say what it dislikes: first what few know goes, then what belongs to the prompt.
            groups = (set(present) & set(names) for names in (_RARELY_KNOWN, ("suffix",), _STRUCTURE))
            named = next((group for group in groups if group), set())
            self._guessed |= _with_schema_first(named, sent)
        self._refused |= _with_schema_first(named, sent)
        return bool(named)

    def settle(self, *, worked: bool) -> None:
        """Keep what was guessed when it helped; take it back when the request was refused all the same."""
        if not worked:
            self._refused -= self._guessed
        self._guessed.clear()


def _with_schema_first(names: set[str], sent: Mapping[str, Any]) -> set[str]:
    """Return names in which the schema alone is given up where it was sent, before any form of answer is."""
    wanted = sent.get("response_format")
    if "response_format" in names and isinstance(wanted, Mapping) and wanted.get("type") == "json_schema":
        return names - {"response_format"} | {_SCHEMA}
    return names


def completion_body(
    model: str, prompt: str, suffix: str | None, parameters: CompletionParameters, stops: Sequence[str]
) -> dict[str, Any]:
    """Return a request for /completions; a warm-up asks for one token, because none means any number to some."""
    return {
        "model": model,
        "prompt": prompt,
        **({"suffix": suffix} if suffix is not None else {}),
        **_sampling(parameters),
        **({"logprobs": 1} if parameters.max_tokens else {}),
        **_stop([*parameters.stops, *stops]),
    }


def chat_body(
    model: str,
    messages: Sequence[ChatMessage],
    parameters: CompletionParameters,
    template_kwargs: Mapping[str, Any],
) -> dict[str, Any]:
    """Return a request for /chat/completions."""
    kwargs = dict(template_kwargs)
    if parameters.reasoning is not None:
        kwargs["enable_thinking"] = parameters.reasoning
    return {
        "model": model,
        "messages": to_openai(messages),
        **structure(parameters),
        **_sampling(parameters),
        **_stop(parameters.stops),
        **({"chat_template_kwargs": kwargs} if kwargs else {}),
    }


def _sampling(parameters: CompletionParameters) -> dict[str, Any]:
    return {
        "stream": True,
        "stream_options": {"include_usage": True},
        "max_tokens": max(parameters.max_tokens, 1),
        "temperature": parameters.temperature,
        "top_p": parameters.top_p,
        "seed": parameters.seed,
    }


def _stop(stops: Sequence[str]) -> dict[str, Any]:
    return {"stop": list(stops[:_MAX_STOPS])} if stops else {}
