"""What index workers and their clients say to each other, in the frames of `ipc/frames.py`.

Client to worker: `configure`, `changed` and `hold`, which get no answer; `search`, `status`, `skipped`, `rebuild`,
`pause` and `resume`, each with an `id`; `follow`, whose events come until it is cancelled; `cancel`.
Worker to client: `welcome` once, then events that carry the `id` they belong to; the last one of an id has `done`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from pylot.index.settings import IndexSettings
from pylot.ipc.kind import Kind
from pylot.kernel.errors import (
    IndexWorkerCrashedError,
    IndexWorkerError,
    IndexWorkerProtocolError,
    IndexWorkerUnavailableError,
)
from pylot.models.settings import EngineSettings, ModelsSettings
from pylot.workspace.settings import WorkspaceSettings

PROTOCOL_VERSION = 1

INDEX_WORKER = Kind(
    "index worker",
    PROTOCOL_VERSION,
    IndexWorkerError,
    IndexWorkerUnavailableError,
    IndexWorkerCrashedError,
    IndexWorkerProtocolError,
)

Phase = Literal["looking", "reading", "embedding", "current", "paused", "failed"]


class Wishes(BaseModel):
    """The settings of one client; `tells_changes` says that its editor tells of every file that changes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    index: IndexSettings = IndexSettings()
    workspace: WorkspaceSettings = WorkspaceSettings()
    models: ModelsSettings = ModelsSettings()
    engine: EngineSettings = EngineSettings()
    tells_changes: bool = False


def merged(wishes: Sequence[Wishes]) -> Wishes:
    """Return what holds for an index that several windows share: what any of them excludes is excluded.

    The last one's model is used.
    """
    if not wishes:
        return Wishes()
    last = wishes[-1]
    exclude = tuple(dict.fromkeys(pattern for one in wishes for pattern in one.workspace.exclude))
    smallest = min(one.workspace.max_file_bytes for one in wishes)
    index = {
        "vectors": all(one.index.vectors for one in wishes),
        "max_files": min(one.index.max_files for one in wishes),
    }
    workspace = {"exclude": exclude, "max_file_bytes": smallest}
    return last.model_copy(
        update={
            "index": last.index.model_copy(update=index),
            "workspace": last.workspace.model_copy(update=workspace),
            "tells_changes": all(one.tells_changes for one in wishes),
        }
    )


@dataclass(frozen=True, slots=True)
class IndexState:
    """Where an index stands.

    `done` of `total` files are read in the present spell of work, or given vectors while the phase is `embedding`.
    `files` can be found by name, `searchable` by their text, `embedded` by meaning; `skipped` counts reasons.
    `model` gives chunks their vectors now, and `complete_model` has given all of them theirs before.
    `notes` are sentences about what works less well than it could.
    """

    phase: Phase = "looking"
    done: int = 0
    total: int = 0
    files_per_second: float = 0.0
    files: int = 0
    searchable: int = 0
    embedded: int = 0
    chunks: int = 0
    skipped: Mapping[str, int] | None = None
    model: str = ""
    complete_model: str = ""
    notes: tuple[str, ...] = ()

    @property
    def percent(self) -> int:
        """How much of the present work is done."""
        return 100 * self.done // self.total if self.total else 100

    def to_json(self) -> dict[str, Any]:
        """Return the state as JSON values."""
        values = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return {**values, "skipped": dict(self.skipped or {}), "notes": list(self.notes), "percent": self.percent}
