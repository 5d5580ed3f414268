"""What the engine tells of the model it has loaded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """The loaded model, in plain values that travel as JSON.

    `fim` holds the ids that llama.cpp knows: prefix, suffix, middle, pad, repo, separator; absent ones are left out.
    `has_tool_template` says that the chat template knows calls of tools and their results.
    `n_ctx_sequence` is the longest prompt plus answer of one request, in tokens.
    `notes` says in one sentence each what was reduced so that the model fits into memory.
    """

    path: str
    description: str
    n_vocab: int
    n_ctx_train: int
    n_ctx: int
    n_ctx_sequence: int
    n_sequences: int
    n_threads: int
    bos: int
    eos: int
    add_bos: bool
    fim: Mapping[str, int] = field(default_factory=dict)
    has_chat_template: bool = False
    has_tool_template: bool = False
    load_ms: float = 0.0
    notes: Sequence[str] = ()

    def to_json(self) -> dict[str, Any]:
        """Return JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> ModelFacts:
        """Read what `to_json` wrote, ignoring what a newer engine may add."""
        names = {entry.name for entry in fields(cls)}
        return cls(**{key: value for key, value in values.items() if key in names})
