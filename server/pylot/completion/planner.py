"""The plans of all documents, in sizes that this machine can read in time.

A prompt that nothing is known of has to be read before the first word comes, so it is made as long as the model reads
within a part of the deadline, at the speed that was measured; in idle time it grows to its full length.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from pylot.completion.copy_texts import copy_texts
from pylot.completion.definition_sources import (
    CalledDefinitionSource,
    ImportedDefinitionsSource,
    MembersSource,
    NamesSource,
    OutlineSource,
)
from pylot.completion.environment import Environment
from pylot.completion.plan import PromptBudget, PromptPlan, holds, plan_prompt
from pylot.completion.sources import ContextPiece, ContextSource, CurrentFileSource, OpenFilesSource, RecentEditsSource
from pylot.completion.values import CompletionRequest
from pylot.kernel.cancellation import CancellationToken
from pylot.kernel.clock import Clock
from pylot.models.provider import Provider
from pylot.models.values import CompletionParameters, ModelProfile, Urgency, Usage

SOURCES: tuple[ContextSource, ...] = (
    CalledDefinitionSource(),
    MembersSource(),
    ImportedDefinitionsSource(),
    NamesSource(),
    OutlineSource(),
    CurrentFileSource(),
    OpenFilesSource(),
    RecentEditsSource(),
)
_USUAL_PROMPT_TOKENS = 1536
# The rest of the deadline is for the answer.
_READING_SHARE = 0.6
_SIZES = (128, 192, 256, 384, 512, 768, 1024, 1536, 2048)
# A speed that varies a little must not change the size to and fro, which would cost a whole prompt each time.
_SLACK = 1.25


@dataclass(slots=True)
class _Growth:
    plan: PromptPlan
    token: CancellationToken
    is_warm: bool = False


class Planner:
    """Plan prompts; remembers the last plan of each document and what is being prepared for it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._plans: dict[str, PromptPlan] = {}
        self._growths: dict[str, _Growth] = {}
        self._sizes: dict[str, int] = {}
        self._whole_sizes: dict[str, int] = {}

    def plan(
        self, request: CompletionRequest, environment: Environment, profile: ModelProfile, *, keep: bool = True
    ) -> PromptPlan:
        """Return the plan for a request, which the next one builds on if it is to be kept."""
        growth = self._growths.get(request.uri)
        is_new = request.uri not in self._plans
        if growth is not None and growth.is_warm and (is_new or holds(growth.plan, request, profile.name)):
            self._plans[request.uri] = growth.plan
            del self._growths[request.uri]
        plan = self._affordable(request, self._plans.get(request.uri), environment, profile)
        if keep:
            self.keep(plan)
        return plan

    def preview(self, request: CompletionRequest, environment: Environment, profile: ModelProfile | None) -> PromptPlan:
        """Return the plan for a place as if nothing had been asked there before; nothing is kept.

        Of a model that is not loaded nothing is known, so the prompt is as long as for most.
        """
        return self._whole(request, None, environment, profile)

    def is_prepared_for(self, uri: str, offset: int) -> bool:
        """Tell whether the last plan of a document still holds at a place, as far as places tell."""
        plan = self._plans.get(uri)
        return plan is not None and plan.reaches(offset)

    async def prepare(
        self, request: CompletionRequest, environment: Environment, provider: Provider, token: CancellationToken
    ) -> None:
        """Let the model read what the next request at a place will ask, before that comes."""
        profile = provider.profile
        if profile is None:
            return
        plan = self.plan(request, environment, profile)
        parameters = CompletionParameters(max_tokens=0)
        async for _ in provider.complete(plan.prompt, parameters, urgency=Urgency.SPECULATIVE, token=token):
            pass

    def keep(self, plan: PromptPlan) -> None:
        """Let the next request build on a plan."""
        self._plans[plan.uri] = plan

    def resume(self, plan: PromptPlan) -> None:
        """Take a plan that was saved, whose prompt is in the model's cache, unless somebody has typed meanwhile."""
        self._plans.setdefault(plan.uri, replace(plan, context_time=self._clock.monotonic()))

    def read_plans(self) -> dict[str, PromptPlan]:
        """Return the plans of whole prompts that the model has read, for the documents that were typed in."""
        warm = {uri: growth.plan for uri, growth in self._growths.items() if growth.is_warm}
        plans = {uri: warm.get(uri, plan) for uri, plan in self._plans.items()}
        return {uri: plan for uri, plan in plans.items() if plan.n_tokens >= self._whole_sizes.get(plan.model, 0)}

    def forget(self, uri: str) -> None:
        """Drop what belongs to a closed document."""
        self._plans.pop(uri, None)
        self._look_away(uri)

    async def warm_up(self, request: CompletionRequest, environment: Environment, provider: Provider) -> None:
        """Prepare a whole prompt for a place, as long as nobody wants the model for anything else."""
        profile = provider.profile
        growth = self._growths.get(request.uri)
        if profile is None or (growth is not None and holds(growth.plan, request, profile.name)):
            return
        self._look_away(request.uri)
        plan = self._whole(request, self._plans.get(request.uri), environment, profile)
        growth = self._growths[request.uri] = _Growth(plan, CancellationToken())
        parameters = CompletionParameters(max_tokens=0)
        try:
            async for value in provider.complete(plan.prompt, parameters, urgency=Urgency.INDEX, token=growth.token):
                growth.is_warm = isinstance(value, Usage) and value.finish == "warm"
        finally:
            if not growth.is_warm and self._growths.get(request.uri) is growth:
                del self._growths[request.uri]

    async def grow(self, plan: PromptPlan, request: CompletionRequest, environment: Environment, p: Provider) -> None:
        """Prepare the whole prompt of a place where a shorter one had to do."""
        profile = p.profile
        if profile is not None and plan.n_tokens < _whole_size(environment, profile):
            await self.warm_up(request, environment, p)

    def _look_away(self, uri: str) -> None:
        growth = self._growths.pop(uri, None)
        if growth is not None:
            growth.token.cancel("another place is being prepared")

    def _affordable(
        self,
        request: CompletionRequest,
        previous: PromptPlan | None,
        environment: Environment,
        profile: ModelProfile,
    ) -> PromptPlan:
        if previous is not None and holds(previous, request, profile.name):
            return self._plan(request, previous, environment, profile.name, previous.n_tokens)
        whole = self._whole(request, previous, environment, profile)
        size = self._size(environment, profile)
        if size >= whole.n_tokens or _n_unread(whole, previous) <= size:
            return whole
        return self._plan(request, previous, environment, profile.name, size)

    def _size(self, environment: Environment, profile: ModelProfile) -> int:
        """Return how many tokens may be unread in a prompt that somebody waits for."""
        whole = _whole_size(environment, profile)
        if profile.prompt_speed is None:
            return whole
        wanted = profile.prompt_speed * environment.settings.deadline_ms / 1000 * _READING_SHARE
        last = self._sizes.get(profile.name)
        if last is None or not last / _SLACK <= wanted <= _next_size(last) * _SLACK:
            last = self._sizes[profile.name] = max((size for size in _SIZES if size <= wanted), default=_SIZES[0])
        return min(last, whole)

    def _whole(
        self,
        request: CompletionRequest,
        previous: PromptPlan | None,
        environment: Environment,
        profile: ModelProfile | None,
    ) -> PromptPlan:
        name = profile.name if profile else environment.model
        self._whole_sizes[name] = _whole_size(environment, profile)
        return self._plan(request, previous, environment, name, self._whole_sizes[name])

    def _plan(
        self,
        request: CompletionRequest,
        previous: PromptPlan | None,
        environment: Environment,
        model: str,
        n_tokens: int,
    ) -> PromptPlan:
        # What a plan of another size left out, or had room for, is no measure for this one.
        if previous is not None and previous.n_tokens != n_tokens:
            previous = None
        plan = plan_prompt(
            request,
            previous,
            model=model,
            budget=PromptBudget.of(n_tokens),
            context=lambda: _context(request, environment),
            now=self._clock.monotonic(),
        )
        if plan.kept:
            return plan
        texts = copy_texts(request, plan, environment.surroundings.open_files)
        return replace(plan, prompt=replace(plan.prompt, copy_from=texts))


def _whole_size(environment: Environment, profile: ModelProfile | None) -> int:
    if profile is None:
        return _USUAL_PROMPT_TOKENS
    return max(min(profile.max_prompt_tokens, profile.context_tokens - environment.settings.max_tokens - 32), 64)


def _next_size(size: int) -> int:
    return next((each for each in _SIZES if each > size), 2 * size)


def _n_unread(plan: PromptPlan, previous: PromptPlan | None) -> int:
    """Estimate how many tokens of a plan stand behind the last one that the model has read for the previous plan."""
    prompt = plan.prompt
    n_characters = len(prompt.head) + len(prompt.tail) + len(prompt.suffix) + sum(len(it.text) for it in prompt.context)
    if previous is not None and (previous.start, previous.prompt.context) == (plan.start, prompt.context):
        n_characters -= len(prompt.head) + sum(len(it.text) for it in prompt.context)
        n_characters += max(0, plan.anchor - previous.anchor)
    return n_characters // 3


def _context(request: CompletionRequest, environment: Environment) -> list[ContextPiece]:
    return [piece for source in SOURCES for piece in source.gather(request, environment.surroundings)]
