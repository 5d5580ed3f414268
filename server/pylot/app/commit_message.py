"""A message for what is staged (K4)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pylot.actions.by_model.asking import answered
from pylot.actions.by_model.commit_message import commit_ask, commit_message
from pylot.actions.by_model.task import Ask
from pylot.app.cancellable import until_cancelled
from pylot.app.client import Client
from pylot.app.staged_changes import staged_changes
from pylot.config.prompts import Prompts
from pylot.kernel.cancellation import CancellationToken
from pylot.kernel.errors import ActionRefusedError, PylotError
from pylot.models.provider import Provider
from pylot.workspace.exclusion import ExclusionGate

TITLE = "Write a commit message"


@dataclass(frozen=True, slots=True)
class ProposedMessage:
    """A message, and how many staged files it does not speak of because no model may see them."""

    text: str
    n_left_out: int


async def propose_message(
    root: Path, gate: ExclusionGate, provider: Provider, prompts: Prompts, client: Client
) -> ProposedMessage:
    """Return a message for what is staged in a folder's repository; the user sees that it is written, and can end it.

    Raises:
        ActionRefusedError: nothing is staged that may be seen.
        PylotError: the model cannot be had, its answer cannot be used, or the user has ended it.
    """
    token = CancellationToken()
    progress = client.begin_progress(f"Pylot: {TITLE}", lambda: token.cancel("cancelled by the user"))
    outcome = ""
    try:
        return await until_cancelled(token, _proposed(root, gate, provider, prompts, token))
    except PylotError as error:
        outcome = error.sentence
        raise
    finally:
        progress.end(outcome)


async def _proposed(
    root: Path, gate: ExclusionGate, provider: Provider, prompts: Prompts, token: CancellationToken
) -> ProposedMessage:
    changes = await staged_changes(root, gate)

    def question(room: int) -> Ask:
        return commit_ask(changes.diff, changes.log, room)

    said = await answered(question, changes.files, provider, prompts, token)
    return ProposedMessage(await asyncio.to_thread(commit_message, said), changes.n_left_out)


def repository_folder(folders: Sequence[Path], wanted: Path | None) -> Path:
    """Return the folder whose repository is meant: one in a workspace folder, or the first of these.

    Raises:
        ActionRefusedError: no folder is open, or another one is meant.
    """
    if not folders:
        raise ActionRefusedError("No folder is open whose changes could be described.")
    if wanted is None:
        return folders[0]
    resolved = wanted.resolve()
    if not resolved.is_dir() or not any(resolved.is_relative_to(folder.resolve()) for folder in folders):
        raise ActionRefusedError("This folder is not in the workspace.")
    return resolved
