"""What a model wants to happen next: calls of tools, or the end of the task (A5, A6)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from pylot.agent.well_formed import well_formed
from pylot.models.structured.values import ToolAnswer
from pylot.models.values import Tool

PLAN_TOOL = "update_plan"


class PlanStep(BaseModel):
    """One step of the plan, with the statuses of the Agent Client Protocol (A19)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: str = Field(min_length=1, max_length=300)
    status: Literal["pending", "in_progress", "completed"] = "pending"


class WantedPlan(BaseModel):
    """The arguments of the tool that writes the plan down."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    steps: tuple[PlanStep, ...] = Field(min_length=1, max_length=20)


class WantedCall(BaseModel):
    """A call of a tool whose arguments fit its schema; `index` counts the calls of the whole task (A8)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    index: int
    tool: str
    arguments: dict[str, Any]


class Actions(BaseModel):
    """Calls to carry out in order, and why."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    thought: str = ""
    calls: tuple[WantedCall, ...] = Field(min_length=1)


class Final(BaseModel):
    """Nothing is left to do; `final` is the answer, as far as this model gives one."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    thought: str = ""
    final: str = ""


Directive: TypeAlias = Actions | Final


def directive_of(answer: ToolAnswer, first_index: int) -> Directive:
    """Return the directive that a checked answer spells; no two calls of a task share an id."""
    if not answer.calls:
        return Final(thought=well_formed(answer.thought), final=well_formed(answer.text))
    calls = tuple(
        WantedCall(id=f"call-{index}", index=index, tool=call.name, arguments=well_formed(dict(call.arguments)))
        for index, call in enumerate(answer.calls, first_index)
    )
    return Actions(thought=well_formed(answer.thought or answer.text), calls=calls)


def with_plan_tool(tools: Sequence[Tool]) -> tuple[Tool, ...]:
    """Return an agent's tools with the one that every agent has: writing its plan down."""
    return (*tools, _PLAN)


_PLAN = Tool(
    PLAN_TOOL,
    "Write down or update the plan of a task with several steps. Give all steps each time.",
    {
        "type": "object",
        "properties": {
            "steps": {
                "type": "array",
                "minItems": 1,
                "maxItems": 20,
                "items": {
                    "type": "object",
                    "properties": {
                        "text": {"type": "string", "maxLength": 300},
                        "status": {"enum": ["pending", "in_progress", "completed"]},
                    },
                    "required": ["text", "status"],
                    "additionalProperties": False,
                },
            }
        },
        "required": ["steps"],
        "additionalProperties": False,
    },
)
