"""The work that clients hand to the decode thread."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from pylot.engine.sampling_parameters import SamplingParameters
from pylot.engine.saved_states import SavedState
from pylot.engine.thinking import Thinking

Emit = Callable[[dict[str, Any]], None]


class Priority(IntEnum):
    """Who goes first (design.md section 2); a smaller number stops a larger one between two decode steps."""

    COMPLETION = 0
    CHAT = 1
    SPECULATIVE = 2
    QUERY = 3
    AGENT = 4
    INDEX = 5


@dataclass(frozen=True, slots=True)
class TextPiece:
    """A piece of prompt text; at most `max_tokens` of its tokens are used, from its head or its tail."""

    text: str
    max_tokens: int | None = None
    keep: str = "tail"


@dataclass(frozen=True, slots=True)
class TokenPiece:
    """One special token of a prompt, by number."""

    token: int


@dataclass(frozen=True, slots=True)
class TemplatePiece:
    """A rendered chat template, in which special tokens count as such."""

    text: str


PromptPiece = TextPiece | TokenPiece | TemplatePiece


@dataclass(frozen=True, slots=True)
class CopyParameters:
    """How much to copy while generating, and from which texts besides the prompt's own.

    `weights` are pairs of an agreement in bytes and the share (0 to 1) that copying gets from there on, ascending.
    `sources` are the digests of texts that the engine was sent; those it does not have are left out.
    """

    weights: tuple[tuple[int, float], ...]
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GenerateParameters:
    """What to generate; `max_tokens` 0 only prepares the KV cache (warm-up).

    `schema` is the text of a JSON Schema that the answer keeps to, behind what the model thinks aloud before it.
    With `copying` the distribution that is sampled from and reported is the model's mixed with what was copied.
    """

    prompt: Sequence[PromptPiece]
    max_tokens: int
    stops: Sequence[str] = ()
    sampling: SamplingParameters = field(default_factory=SamplingParameters)
    deadline_ms: float | None = None
    floor_logprob: float | None = None
    schema: str = ""
    thinking: Thinking = "none"
    copying: CopyParameters | None = None


@dataclass(slots=True, eq=False)
class Job:
    """One unit of work; `emit` is called from the decode thread and must not block."""

    id: str
    priority: Priority
    emit: Emit
    client: str = ""
    order: int = 0
    created: float = field(default_factory=time.monotonic)
    cancelled: bool = False
    finished: bool = False


@dataclass(slots=True, eq=False)
class SaveJob(Job):
    """Take the state of a prompt out of the KV cache; the last event's `state` has it, None where it is not there."""

    prompt: Sequence[PromptPiece] = ()
    note: str = ""


@dataclass(slots=True, eq=False)
class RestoreJob(Job):
    """Put a state back into the KV cache; the last event's `tokens` says how many are there now."""

    state: SavedState = field(default_factory=lambda: SavedState("", [], b""))


@dataclass(slots=True, eq=False)
class EmbedJob(Job):
    """Embed texts one by one, so that more urgent work can come in between."""

    texts: Sequence[str] = ()
    vectors: list[list[float]] = field(default_factory=list)
    n_tokens: int = 0
