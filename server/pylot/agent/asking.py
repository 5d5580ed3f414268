"""Ask the models of a run: for the next directive, for the answer, for a summary; what each took is an event (B5)."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field

from pylot.agent.blueprints import Blueprint
from pylot.agent.counted_model import finished_call
from pylot.agent.directive import Directive, directive_of
from pylot.agent.ports import Equipment
from pylot.agent.run import RunRequest
from pylot.agent.token_count import TokenCount
from pylot.agent.transcript import Transcript
from pylot.agent.well_formed import well_formed
from pylot.journal.events import (
    ActionDirective,
    ActionDirectiveFailed,
    ModelCallStarted,
    StatusChanged,
)
from pylot.kernel.cancellation import CancellationToken
from pylot.kernel.errors import ModelAnswerError, OperationCancelledError, PylotError
from pylot.models.conversation import as_plain_text
from pylot.models.provider import Provider
from pylot.models.settings import Role
from pylot.models.structured.asking import ask_tools
from pylot.models.structured.found_json import split_thoughts
from pylot.models.structured.gathering import gather
from pylot.models.structured.values import Form
from pylot.models.values import ChatMessage, CompletionParameters, Tool, Urgency, Usage

_SUMMARY_TOKENS = 600
_SUMMARY = (
    "Sum up the conversation so far for whoever goes on with the task: what was found out, what was decided and why, "
    "what is still open. Name files and functions. Do not go on with the task, and give no instructions."
)


@dataclass(frozen=True, slots=True)
class Said:
    """What a model has said in words."""

    text: str
    reasoning: str = ""


@dataclass(slots=True)
class _Call:
    """One call of a model while it goes on; `also` is written down together with its end."""

    usage: Usage = field(default_factory=lambda: Usage("error"))
    also: list[ActionDirective | ActionDirectiveFailed] = field(default_factory=list)


class Asking:
    """Ask on behalf of one run, always at the priority of agents; `count` learns from each prompt."""

    def __init__(
        self,
        request: RunRequest,
        blueprint: Blueprint,
        equipment: Equipment,
        transcript: Transcript,
        token: CancellationToken,
    ) -> None:
        self._request = request
        self._blueprint = blueprint
        self._equipment = equipment
        self._transcript = transcript
        self._token = token
        self.count = TokenCount()

    async def directive(self, messages: Sequence[ChatMessage], tools: Sequence[Tool], max_tokens: int) -> Directive:
        """Return what the model wants next, and take it into the transcript; what may be the answer is shown (A5).

        Raises:
            ModelAnswerError: it could not be used even after the model was told what was wrong (A6).
            PylotError: the model cannot be had.
        """
        blueprint, equipment = self._blueprint, self._equipment
        provider = equipment.minds.provider(blueprint.role, self._request.agent)
        async with self._call(blueprint.role, provider, "planning") as call:
            try:
                answer = await ask_tools(
                    provider,
                    messages,
                    tools,
                    self._parameters(max_tokens),
                    verdicts=equipment.verdicts,
                    urgency=Urgency.AGENT,
                    token=self._token,
                    on_text=self._shown() if self.answers_itself else None,
                )
            except ModelAnswerError as error:
                call.also.append(ActionDirectiveFailed(error=error.sentence))
                raise
            call.usage = answer.usage
            if "asked again" not in answer.repairs:
                self.count.learn(messages, tools, answer.usage.prompt_tokens)
            directive = directive_of(answer, self._transcript.next_index)
            call.also.append(
                ActionDirective(
                    directive=directive.model_dump(mode="json"),
                    repairs=answer.repairs,
                    reasoning=well_formed(answer.reasoning),
                )
            )
        return directive

    @property
    def answers_itself(self) -> bool:
        """Whether the model that chooses steps also writes the answer, so that it need not be asked twice."""
        if self._request.reasoning:
            return False
        minds, blueprint, agent = self._equipment.minds, self._blueprint, self._request.agent
        profiles = [minds.provider(role, agent).profile for role in (blueprint.role, blueprint.answer_role)]
        return blueprint.role == blueprint.answer_role or (
            profiles[0] is not None and profiles[1] is not None and profiles[0].identity == profiles[1].identity != ""
        )

    async def answer(self, messages: Sequence[ChatMessage], note: str) -> Said:
        """Return the answer in words, shown as it comes; `note` is the last thing the model is told."""
        role = self._blueprint.answer_role
        return await self._in_words(role, "answering", messages, note, self._blueprint.answer_tokens, self._shown())

    async def summary(self, messages: Sequence[ChatMessage]) -> str:
        """Return a summary of a conversation, or nothing where no model can make one."""
        try:
            said = await self._in_words("summary", "summing_up", messages, _SUMMARY, _SUMMARY_TOKENS, None)
        except OperationCancelledError:
            raise
        except PylotError:
            return ""
        return said.text

    async def _in_words(
        self,
        role: Role,
        purpose: str,
        messages: Sequence[ChatMessage],
        note: str,
        max_tokens: int,
        on_text: Callable[[str], None] | None,
    ) -> Said:
        provider = self._equipment.minds.provider(role, self._request.agent)
        profile = await provider.ready()
        conversation = [*messages, ChatMessage("user", note)]
        # Without tools of its own kind a model reads their results as text, as it does when it is asked for calls.
        if self._equipment.verdicts.get(profile.identity or profile.name) is not Form.NATIVE:
            conversation = as_plain_text(conversation)
        async with self._call(role, provider, purpose) as call:
            said = await gather(
                provider,
                conversation,
                self._parameters(max_tokens),
                urgency=Urgency.AGENT,
                token=self._token,
                on_text=on_text,
            )
            call.usage = said.usage
        text, thoughts = split_thoughts(said.text)
        return Said(well_formed(text), well_formed(said.reasoning or thoughts))

    def _shown(self) -> Callable[[str], None]:
        self._equipment.audience.answer_begins()
        return self._equipment.audience.answer_goes_on

    def _parameters(self, max_tokens: int) -> CompletionParameters:
        return CompletionParameters(
            max_tokens=max_tokens,
            reasoning=self._request.reasoning,
            deadline_ms=self._blueprint.call_seconds * 1000,
        )

    @contextlib.asynccontextmanager
    async def _call(self, role: Role, provider: Provider, purpose: str) -> AsyncIterator[_Call]:
        """Write down that a model is asked, and how that ended, in one piece with what came of it."""
        recorder, clock = self._equipment.recorder, self._equipment.clock
        name = provider.profile.name if provider.profile else ""
        await recorder.record(StatusChanged(status=purpose), ModelCallStarted(role=role, model=name, purpose=purpose))
        began, call, sentence = clock.monotonic(), _Call(), ""
        try:
            yield call
        except PylotError as error:
            sentence = error.sentence
            raise
        finally:
            # A cancelled run writes its own end, and must not wait here.
            if call.usage.finish != "error" or sentence:
                finished = finished_call(role, name, call.usage, (clock.monotonic() - began) * 1000, sentence)
                await recorder.record(finished, *call.also)
                for event in (finished, *call.also):
                    self._transcript.apply(event)
