"""Ask once for calls in one form, and climb the ladder from the answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from pylot.kernel.cancellation import CancellationToken
from pylot.kernel.errors import EngineError, EngineUnavailableError, ModelAbilityError, ProviderRequestError, PylotError
from pylot.models.conversation import spell_calls
from pylot.models.provider import Provider
from pylot.models.structured.call_repair import RepairedCalls, repair_calls
from pylot.models.structured.directive import directive_schema, with_directive
from pylot.models.structured.gathering import Said, gather
from pylot.models.structured.values import Form
from pylot.models.structured.visible import VisibleText
from pylot.models.values import ChatMessage, CompletionParameters, Tool, Urgency

# From the best to the one that works everywhere (T10).
FORMS = (Form.NATIVE, Form.SCHEMA, Form.TEXT)


@dataclass(frozen=True, slots=True)
class CallAttempt:
    """What to ask for, whatever the form."""

    provider: Provider
    tools: Sequence[Tool]
    must_call: bool
    urgency: Urgency
    token: CancellationToken | None

    async def ask(
        self,
        messages: Sequence[ChatMessage],
        form: Form,
        parameters: CompletionParameters,
        on_text: Callable[[str], None] | None = None,
    ) -> tuple[Said, RepairedCalls]:
        """Return what the model has said, and what of it can be used."""
        is_native = form is Form.NATIVE
        visible = VisibleText(on_text, wants_directive=not is_native) if on_text else None
        said = await gather(
            self.provider,
            messages if is_native else with_directive(messages, self.tools, must_call=self.must_call),
            self._parameters(form, parameters),
            urgency=self.urgency,
            token=self.token,
            on_text=visible.feed if visible else None,
        )
        # Long answers and the libraries take a while to read; the event loop must not wait for them.
        repaired = await asyncio.to_thread(
            repair_calls,
            said.text,
            said.calls,
            self.tools,
            is_whole=said.is_whole,
            must_call=self.must_call,
            wants_directive=not is_native,
        )
        return said, repaired

    def _parameters(self, form: Form, parameters: CompletionParameters) -> CompletionParameters:
        if form is Form.NATIVE:
            return replace(parameters, tools=tuple(self.tools), must_call=self.must_call)
        # The best that can be done for a model that has failed in all forms is to leave it no choice.
        if form in (Form.SCHEMA, Form.NONE):
            return replace(parameters, schema=directive_schema(self.tools, must_call=self.must_call))
        return parameters


def is_refusal(error: PylotError) -> bool:
    """Whether an error may be about the form of a request, so that another form may do."""
    if isinstance(error, ProviderRequestError):
        return not error.too_long
    return isinstance(error, (ModelAbilityError, EngineError)) and not isinstance(error, EngineUnavailableError)


def again(messages: Sequence[ChatMessage], said: Said, problem: str) -> list[ChatMessage]:
    """Return the conversation that asks for the answer once more, with what was wrong with it."""
    text = said.text or (spell_calls("", said.calls) if said.calls else "(nothing)")
    wrong = f"That answer cannot be used: {problem}. Answer again, in the form that was asked for."
    return [*messages, ChatMessage("assistant", text), ChatMessage("user", wrong)]
