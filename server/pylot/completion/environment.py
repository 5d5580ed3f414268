"""What surrounds a request besides its text: settings, other texts, and the model to ask."""

from __future__ import annotations

from dataclasses import dataclass

from pylot.completion.gate import GateFacts
from pylot.completion.settings import CompletionSettings
from pylot.completion.sources import Surroundings
from pylot.completion.verify import Eagerness
from pylot.models.provider import Provider


@dataclass(frozen=True, slots=True)
class Environment:
    """Everything that the session decides for a request; all texts have passed the exclusion gate.

    `provider` is None where no model is configured properly, which `no_model` then explains.
    """

    settings: CompletionSettings
    facts: GateFacts
    surroundings: Surroundings
    provider: Provider | None
    model: str
    debounce_ms: int = 0
    no_model: str = ""

    @property
    def eagerness(self) -> Eagerness:
        """How sure a suggestion must be."""
        return Eagerness(self.settings.eagerness)

    @property
    def scope(self) -> str:
        """What answers may be shared within, besides one document."""
        settings = self.settings
        return f"{self.model} {settings.eagerness} {settings.multiline} {settings.max_lines}"
