"""What every contender does: take a key, answer it, come to rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from pylot.bench.traces import Keystroke, Trace


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one key; times in milliseconds from the key to the contender's client.

    `asked` is false where the contender keeps silent at such a place.
    `first_ms` is None when no model answered: nothing was asked, or an earlier answer was good enough.
    `text` is what the user would see; nothing when it was withheld.
    `generated_tokens` of an earlier answer that is shown again are those that it took then.
    """

    text: str = ""
    asked: bool = True
    first_ms: float | None = None
    total_ms: float = 0.0
    prompt_tokens: int = 0
    decoded_tokens: int = 0
    generated_tokens: int = 0
    outside_model_ms: float | None = None

    @property
    def reused_tokens(self) -> int:
        """Prompt tokens that were not computed again."""
        return max(0, self.prompt_tokens - self.decoded_tokens)


class Contender(Protocol):
    """One way to ghost text; it keeps its own copy of the open files.

    `interrupts` says whether its plugin gives up a request under way when a key is pressed.
    `n_generated` counts the tokens generated so far, those of requests that were given up included; `settle` makes it
    true.
    """

    name: str
    interrupts: bool
    n_generated: int

    async def start(self) -> None:
        """Start the processes and load the model."""

    async def open(self, trace: Trace) -> None:
        """Open a trace's files in place of those that were open."""

    def press(self, key: Keystroke) -> None:
        """Make the change of a key."""

    async def ask(self, key: Keystroke) -> Answer:
        """Answer a key; cancelling gives the request up as a plugin does."""

    async def settle(self) -> None:
        """Wait until nothing is computed any more."""

    async def process_ids(self) -> Sequence[int]:
        """Return the processes that answering takes."""

    async def close(self) -> None:
        """End the processes."""
