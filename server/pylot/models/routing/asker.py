"""Who asks a model."""

from __future__ import annotations

from dataclasses import dataclass

from pylot.models.settings import Role


@dataclass(frozen=True, slots=True)
class Asker:
    """The agent that asks and the role in which the model answers."""

    agent: str
    role: Role
