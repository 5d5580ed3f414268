"""What has to be there before an agent begins: a model that can hold a conversation, and room for it."""

from __future__ import annotations

from dataclasses import dataclass

from pylot.agent.blueprints import Blueprint
from pylot.agent.compaction import ContextMaker
from pylot.agent.context import ContextSizes
from pylot.agent.directive import with_plan_tool
from pylot.agent.ports import Equipment
from pylot.agent.run import RunRequest
from pylot.agent.token_count import TokenCount
from pylot.kernel.errors import ModelAbilityError
from pylot.models.values import ModelProfile, Tool

# Below this a few results leave no room for thinking about them.
_LEAST_ROOM = 2_000
_RESULT_SHARE, _BACKGROUND_SHARE, _HISTORY_SHARE = 0.15, 0.15, 0.2


@dataclass(frozen=True, slots=True)
class Prepared:
    """A run that can begin: its tools, the longest directive in tokens, and what makes its contexts."""

    tools: tuple[Tool, ...]
    step_tokens: int
    maker: ContextMaker


async def prepare(request: RunRequest, blueprint: Blueprint, equipment: Equipment, count: TokenCount) -> Prepared:
    """Return what a run begins with.

    Raises:
        ModelAbilityError: the model cannot hold a conversation, or its context is too small for one.
        PylotError: the model or the prompt cannot be had.
    """
    profile = await equipment.minds.provider(blueprint.role, request.agent).ready()
    if not profile.can_chat:
        raise ModelAbilityError(
            f"The model {profile.name} has no chat template, so it cannot run an agent: put a chat model into "
            "models.roles.chat of your configuration (`pylot models list` shows which there are)."
        )
    facts = "\n".join(f"- {fact}" for fact in equipment.knowledge.facts)
    rules = equipment.prompts.text(blueprint.prompt, {"facts": facts})
    tools = with_plan_tool(equipment.toolbox.tools())
    step_tokens = min(blueprint.step_tokens, profile.context_tokens // 4)
    taken = count.of_text(rules) + count.of_tools(tools) + max(step_tokens, _of_answer(blueprint, profile))
    room = profile.context_tokens - taken
    if room < _LEAST_ROOM:
        raise ModelAbilityError(
            f"The model {profile.name} has a context of {profile.context_tokens:,} tokens, and an agent with these "
            f"tools needs about {_rounded(taken + _LEAST_ROOM):,}: raise engine.context, or say "
            "models.providers.NAME.context of a server that does not tell."
        )
    sizes = ContextSizes(
        result=count.characters(int(room * _RESULT_SHARE)),
        background=count.characters(int(room * _BACKGROUND_SHARE)),
        history=count.characters(int(room * _HISTORY_SHARE)),
        marks=tuple(mark for mark in profile.leaks if mark[:1] + mark[-1:] in ("<>", "[]")),
    )
    if count.of_text(request.prompt) > room // 2:
        raise ModelAbilityError(
            f"The task is too long for the model {profile.name}: it takes about {count.of_text(request.prompt):,} of "
            f"the {room:,} tokens that it has for the whole conversation."
        )
    maker = ContextMaker(rules, request, equipment.knowledge, sizes, count, room + count.of_text(rules))
    return Prepared(tools, step_tokens, maker)


def _of_answer(blueprint: Blueprint, profile: ModelProfile) -> int:
    return min(blueprint.answer_tokens, profile.context_tokens // 4)


def _rounded(tokens: int) -> int:
    return -(-tokens // 512) * 512
