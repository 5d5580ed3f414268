"""Ask a model, and once more with what was wrong with its answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from pylot.actions.by_model.masked_lines import MaskedLines
from pylot.actions.by_model.task import Answer, Around, Ask, Task
from pylot.actions.offer import Offer, Place, Plan
from pylot.config.prompts import Prompts
from pylot.kernel.cancellation import CancellationToken
from pylot.kernel.errors import ActionRefusedError, EditMismatchError, ModelAbilityError, ModelAnswerError, PylotError
from pylot.models.provider import Provider
from pylot.models.structured.asking import ask_json
from pylot.models.structured.gathering import Said, gather, name_of
from pylot.models.values import ChatMessage, CompletionParameters, ModelProfile, Urgency
from pylot.syntax.code_nodes import read_code_nodes

_N_ASKED = 2
# A token of code has between three and four characters; the rest is left for the template.
_CHARACTERS_PER_TOKEN = 3.0
_MOST_PER_TOKEN = 4.5
_TEMPLATE_TOKENS = 500
_LEAST_CONTEXT = 1_500
_LARGEST_ROOM = 60_000
_OTHERWISE_TEMPERATURE = 0.6
NO_CHAT_MODEL = (
    "This needs a model that can chat, and {model} cannot: name one for the role coder, as "
    "`pylot models list` shows them (docs/actions.md)."
)


@dataclass(frozen=True, slots=True)
class Asking:
    """What asking takes: a way to the model, templates, and who hears of the answer as it comes.

    `n_before` says how often the same was asked before; whoever asks again wants another answer.
    """

    provider: Provider
    prompts: Prompts
    token: CancellationToken
    on_text: Callable[[str], None] = lambda _: None
    n_before: int = 0


async def work_out(task: Task, place: Place, offer: Offer, around: Around, asking: Asking, shown: str) -> Plan:
    """Return what a model makes of an offer; `shown` is the document's text as the model may see it, masked.

    Raises:
        ActionRefusedError: the answer could not be used, even when the model was told what was wrong.
        ModelAbilityError: the model cannot chat, or its context is too small.
        ModelAnswerError: its answer holds nothing that can be used, or did not come in time.
        OperationCancelledError: nobody wants it any more.
        PylotError: the model cannot be had.
    """
    parameters, room = await _prepared(asking.provider)
    if asking.n_before:
        parameters = replace(parameters, temperature=_OTHERWISE_TEMPERATURE, seed=asking.n_before)
    around = replace(around, room=room)
    ask = await asyncio.to_thread(_ask, task, place, offer, around, shown)
    messages = await asyncio.to_thread(_messages, asking.prompts, ask, (place.path, *ask.files))
    _refuse_too_long(messages, asking.provider, parameters)
    return await _answered(_Question(task, place, offer, around, ask, shown), messages, parameters, asking)


async def answered(question: Callable[[int], Ask], files: Sequence[str], provider: Provider, prompts: Prompts) -> str:
    """Return a model's answer to a question that is no code action; `question` gets the room of its prompt.

    Raises:
        PylotError: the model cannot be had or asked, or its answer was cut off.
    """
    parameters, room = await _prepared(provider)
    ask = question(room)
    asking = Asking(provider, prompts, CancellationToken())
    answer, _ = await _asked(ask, await asyncio.to_thread(_messages, prompts, ask, files), parameters, asking)
    return answer.text


async def _prepared(provider: Provider) -> tuple[CompletionParameters, int]:
    profile = await provider.ready()
    if not profile.can_chat:
        raise ModelAbilityError(NO_CHAT_MODEL.format(model=profile.name))
    parameters = _parameters(profile)
    return parameters, _room(profile, parameters.max_tokens)


def _messages(prompts: Prompts, ask: Ask, files: Sequence[str]) -> list[ChatMessage]:
    quoted = tuple(filter(None, files))
    return [ChatMessage(each.role, each.text, files=quoted) for each in prompts.messages(ask.template, ask.values)]


@dataclass(frozen=True, slots=True)
class _Question:
    task: Task
    place: Place
    offer: Offer
    around: Around
    ask: Ask
    shown: str

    def plan(self, answer: Answer) -> Plan:
        """Return the plan of an answer; lines that the model was not shown stay as they are."""
        masked = MaskedLines(self.place.text, self.shown)
        answer = replace(answer, text=masked.restored(answer.text))
        plan = self.task.plan(self.place, self.offer, answer, self.around)
        for edit in plan.edits:
            masked.refuse_lost(edit)
        return plan


async def _answered(
    question: _Question, messages: list[ChatMessage], parameters: CompletionParameters, asking: Asking
) -> Plan:
    conversation = messages
    for number in range(1, _N_ASKED + 1):
        answer, said = await _asked(question.ask, conversation, parameters, asking)
        try:
            return await asyncio.to_thread(question.plan, answer)
        except (ActionRefusedError, ModelAnswerError) as error:
            if number == _N_ASKED or said is None:
                raise
            conversation = [*messages, ChatMessage("assistant", said.text), ChatMessage("user", _told(error))]
    raise AssertionError("the last round returns or raises")


async def _asked(
    ask: Ask, messages: list[ChatMessage], parameters: CompletionParameters, asking: Asking
) -> tuple[Answer, Said | None]:
    if ask.schema is not None:
        found = await ask_json(asking.provider, messages, ask.schema, parameters, token=asking.token)
        return Answer(value=found.value), None
    said = await gather(
        asking.provider, messages, parameters, urgency=Urgency.CHAT, token=asking.token, on_text=asking.on_text
    )
    if not said.is_whole:
        raise ModelAnswerError(f"{name_of(asking.provider)} was not done when its answer was as long as it may be.")
    return Answer(said.text), said


def _ask(task: Task, place: Place, offer: Offer, around: Around, shown: str) -> Ask:
    """Let a task see the document as the model may see it."""
    if shown != place.text:
        place = replace(place, text=shown, code=read_code_nodes(shown, place.language))
    return task.ask(place, offer, around)


def _parameters(profile: ModelProfile) -> CompletionParameters:
    # Half of a small context would leave no room for the code.
    return CompletionParameters(max_tokens=min(3_000, profile.context_tokens // 3), temperature=0.0)


def _room(profile: ModelProfile, max_tokens: int) -> int:
    """Return how many characters of code a prompt may quote.

    Raises:
        ModelAbilityError: too few to be of use.
    """
    if profile.context_tokens < _LEAST_CONTEXT:
        raise ModelAbilityError(
            f"The context of {profile.name} has {profile.context_tokens} tokens, and this needs {_LEAST_CONTEXT}: "
            "raise engine.context, or name a larger model for the role coder."
        )
    # What is asked about may be quoted twice: in its file, and by itself.
    tokens = (profile.context_tokens - max_tokens - _TEMPLATE_TOKENS) * 2 // 3
    return min(_LARGEST_ROOM, int(max(tokens, 300) * _CHARACTERS_PER_TOKEN))


def _refuse_too_long(messages: Sequence[ChatMessage], provider: Provider, parameters: CompletionParameters) -> None:
    """Refuse what has no room in the context for certain; what may have is up to the provider.

    Raises:
        ModelAbilityError: it has none.
    """
    profile = provider.profile
    n_characters = sum(len(each.content) for each in messages)
    if profile is not None and n_characters > (profile.context_tokens - parameters.max_tokens) * _MOST_PER_TOKEN:
        raise ModelAbilityError(
            f"This is too long for the context of {profile.name}, which has {profile.context_tokens} tokens: "
            "choose less of it, or raise engine.context."
        )


def _told(error: PylotError) -> str:
    report = error.report if isinstance(error, EditMismatchError) else error.sentence
    return f"That cannot be used. {report}\nAnswer again, whole, in the form that was asked for."
