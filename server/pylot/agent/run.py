"""What a run is asked for, and what it comes to; every transport builds and reads the same (A2, A3)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from pylot.agent.token_use import TokenUse
from pylot.agent.well_formed import well_formed

Status = Literal["completed", "waiting_for_approval", "failed", "cancelled", "interrupted", "limit"]


class Utterance(BaseModel):
    """A message of the conversation before this task."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    role: Literal["user", "assistant"]
    text: str


class RunRequest(BaseModel):
    """What somebody wants an agent to do (A2).

    `memory` and `skill` are texts that were recalled for the task; `history` is what was said before, oldest first.
    `reasoning` turns the models' thinking on or off, None leaves it to them (H18).
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    prompt: Annotated[str, BeforeValidator(well_formed)] = Field(min_length=1, max_length=200_000)
    agent: str = "main"
    workspace: str = ""
    conversation: str = ""
    history: tuple[Utterance, ...] = ()
    memory: tuple[str, ...] = ()
    skill: str = ""
    reflect: bool = True
    reasoning: bool | None = None
    debug: bool = False


@dataclass(frozen=True, slots=True)
class RunResult:
    """What became of a run (A3); `sentence` says why there is no answer, or why it is not the last one."""

    task_id: str
    status: Status
    answer: str = ""
    reasoning: str = ""
    sentence: str = ""
    use: TokenUse = field(default_factory=TokenUse)
