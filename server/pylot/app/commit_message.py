"""A message for what is staged (K4)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

from pylot.actions.by_model.asking import answered
from pylot.actions.by_model.commit_message import commit_ask, commit_message
from pylot.app.staged_changes import staged_changes
from pylot.config.prompts import Prompts
from pylot.models.provider import Provider
from pylot.workspace.exclusion import ExclusionGate


@dataclass(frozen=True, slots=True)
class ProposedMessage:
    """A message, and how many staged files it does not speak of because no model may see them."""

    text: str
    n_left_out: int


async def propose_message(root: Path, gate: ExclusionGate, provider: Provider, prompts: Prompts) -> ProposedMessage:
    """Return a message for what is staged in a folder's repository.

    Raises:
        ActionRefusedError: nothing is staged that may be seen.
        PylotError: the model cannot be had, or its answer cannot be used.
    """
    changes = await staged_changes(root, gate)
    said = await answered(lambda room: commit_ask(changes.diff, changes.log, room), changes.files, provider, prompts)
    return ProposedMessage(await asyncio.to_thread(commit_message, said), changes.n_left_out)
