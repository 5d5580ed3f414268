"""Ask any model for JSON of a schema or for calls of tools; what comes back has been checked (T10).

An answer that cannot be used, nor repaired, is asked for once more with what was wrong with it; then Pylot gives up and
says so.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from pylot.kernel.cancellation import CancellationToken
from pylot.kernel.errors import ModelAnswerError, OperationCancelledError, PylotError
from pylot.models.conversation import as_plain_text
from pylot.models.provider import Provider
from pylot.models.structured.attempt import FORMS, CallAttempt, again, is_refusal
from pylot.models.structured.call_repair import RepairedCalls
from pylot.models.structured.directive import with_schema
from pylot.models.structured.gathering import Said, add_usage, gather, name_of
from pylot.models.structured.probe import find_form
from pylot.models.structured.repair import repair_json
from pylot.models.structured.values import Form, JsonAnswer, ToolAnswer
from pylot.models.structured.verdicts import Verdicts
from pylot.models.values import ChatMessage, CompletionParameters, Tool, Urgency, Usage

_N_ASKED = 2
_ASKED_AGAIN = "asked again"
OnText = Callable[[str], None]


async def ask_json(
    provider: Provider,
    messages: Sequence[ChatMessage],
    schema: Mapping[str, Any],
    parameters: CompletionParameters,
    *,
    urgency: Urgency = Urgency.CHAT,
    token: CancellationToken | None = None,
) -> JsonAnswer:
    """Return a value of `schema`; the model is told of the schema, and held to it where its provider can.

    Raises:
        ModelAnswerError: the model's answers do not fit, or did not come in time.
        OperationCancelledError: `token` was cancelled.
        PylotError: the model cannot be had.
    """
    budget = _Budget(parameters, token)
    await provider.ready()
    asked, usage = with_schema(as_plain_text(messages), schema), None
    conversation, is_held = list(asked), True
    repairs: tuple[str, ...] = ()
    for _ in range(_N_ASKED):
        try:
            wanted = replace(budget.parameters(), schema=schema if is_held else None)
            said = await gather(provider, conversation, wanted, urgency=urgency, token=token)
        except PylotError as error:
            if not (is_held and is_refusal(error)):
                raise
            # A server that cannot hold an answer to a schema may still have a model that keeps to it.
            is_held = False
            said = await gather(provider, conversation, budget.parameters(), urgency=urgency, token=token)
        usage = add_usage(usage, said.usage)
        # Long answers and the libraries take a while to read; the event loop must not wait for them.
        found = await asyncio.to_thread(repair_json, said.text, schema, is_whole=said.is_whole)
        if not found.problem:
            reasoning = said.reasoning or found.reasoning
            return JsonAnswer(found.value, said.text, reasoning, (*repairs, *found.repairs), usage)
        conversation, repairs = again(asked, said, found.problem), (_ASKED_AGAIN,)
    raise ModelAnswerError(
        f"{name_of(provider)} did not answer in the form that was asked for, even when told what was wrong."
    )


async def ask_tools(
    provider: Provider,
    messages: Sequence[ChatMessage],
    tools: Sequence[Tool],
    parameters: CompletionParameters,
    *,
    verdicts: Verdicts,
    must_call: bool = False,
    urgency: Urgency = Urgency.AGENT,
    token: CancellationToken | None = None,
    on_text: OnText | None = None,
) -> ToolAnswer:
    """Return the calls that a model wants carried out, each of a known tool and of its schema, or its answer.

    The model is asked in the form that a probe at its first use finds best, and `verdicts` keeps.
    `on_text` hears the visible text of the first answer as it comes; what counts is `text` of the result.

    Raises:
        ModelAnswerError: the model's answers cannot be used, or did not come in time.
        OperationCancelledError: `token` was cancelled.
        PylotError: the model cannot be had.
    """
    budget = _Budget(parameters, token)
    form = await find_form(
        provider, verdicts, urgency=urgency, token=token, deadline_ms=budget.parameters().deadline_ms
    )
    attempt = CallAttempt(provider, tools, must_call, urgency, token)
    conversation, usage = list(messages), None
    repairs: tuple[str, ...] = ()
    for number in range(_N_ASKED):
        said, found = await _in_some_form(attempt, conversation, form, budget, None if number else on_text)
        usage = add_usage(usage, said.usage)
        if not found.problem:
            return _answer(said, found, repairs, usage)
        conversation, repairs = again(messages, said, found.problem), (_ASKED_AGAIN,)
    raise ModelAnswerError(
        f"{name_of(provider)} did not call its tools in a way that can be used, even when told what was wrong."
    )


async def _in_some_form(
    attempt: CallAttempt, conversation: Sequence[ChatMessage], form: Form, budget: _Budget, on_text: OnText | None
) -> tuple[Said, RepairedCalls]:
    """Ask in a form, and where the provider refuses it in the next weaker one."""
    weaker = FORMS[FORMS.index(form) + 1 :] if form in FORMS else (Form.TEXT,)
    for each, is_last in zip((form, *weaker), (*(False for _ in weaker), True), strict=True):
        try:
            return await attempt.ask(conversation, each, budget.parameters(), on_text)
        except PylotError as error:
            if is_last or not is_refusal(error):
                raise
    raise AssertionError("the last form returns or raises")


def _answer(said: Said, found: RepairedCalls, repairs: tuple[str, ...], usage: Usage) -> ToolAnswer:
    return ToolAnswer(
        text=found.text,
        calls=found.calls,
        thought=found.thought,
        reasoning=said.reasoning or found.reasoning,
        repairs=(*repairs, *found.repairs),
        usage=usage,
    )


class _Budget:
    """The time that all requests for one answer share."""

    def __init__(self, parameters: CompletionParameters, token: CancellationToken | None) -> None:
        self._parameters = parameters
        self._token = token
        self._loop = asyncio.get_running_loop()
        self._began = self._loop.time()

    def parameters(self) -> CompletionParameters:
        """Return the parameters with what is left of the time; raises when nobody waits any more."""
        if self._token is not None and self._token.cancelled:
            raise OperationCancelledError("The answer is no longer wanted.")
        deadline = self._parameters.deadline_ms
        if deadline is None:
            return self._parameters
        left = deadline - (self._loop.time() - self._began) * 1000
        if left <= 0:
            raise ModelAnswerError("The model did not finish its answer in time.")
        return replace(self._parameters, deadline_ms=left)
