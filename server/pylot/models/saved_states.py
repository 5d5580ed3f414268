"""What keeps the state of prompts on disk, beyond the cache of the engine that has read them (issue 5)."""

from __future__ import annotations

from typing import Protocol

from pylot.models.values import FimPrompt


class SavedStates(Protocol):
    """The states of one model by key, each with a note of whoever had it saved.

    All methods raise `PylotError` when the engine is lost; none of them starts it.
    """

    @property
    def connection(self) -> object | None:
        """What stands for the running engine, another one after each start; None while there is none."""
        ...

    async def save(self, key: str, prompt: FimPrompt, note: str) -> bool:
        """Keep what the engine's cache holds of a prompt; false where it holds too little or there is no room."""
        ...

    async def note(self, key: str) -> str:
        """Return the note of what is kept, empty where nothing is."""
        ...

    async def restore(self, key: str) -> int:
        """Put the state whose note was asked for last into the cache; return its tokens, 0 where that fails."""
        ...

    async def forget(self, key: str) -> None:
        """Remove what is kept."""
        ...
