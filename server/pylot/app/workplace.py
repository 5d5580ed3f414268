"""What an agent is given of the window or terminal that it works in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pylot.app.configuration import Configuration
from pylot.app.trusting import Trusting
from pylot.app.visibility import Visibility
from pylot.config.settings import Settings
from pylot.kernel.clock import Clock
from pylot.models.door import Models
from pylot.storage.directories import Directories
from pylot.text.store import DocumentStore
from pylot.workspace.exclusion import ExclusionGate


@dataclass(frozen=True, slots=True)
class Workplace:
    """The parts of a window that agents work with; settings, folders and trust change while they do.

    `search` is the search of the workspace's index; `say` shows the user one sentence.
    """

    directories: Directories
    clock: Clock
    models: Models
    documents: DocumentStore
    configuration: Configuration
    folders: Callable[[], tuple[Path, ...]]
    visible: Visibility
    search: Callable[[Mapping[str, object]], Awaitable[dict[str, Any]]]
    say: Callable[[str], None]

    def new_gate(self) -> ExclusionGate:
        """Return a gate of one's own."""
        return self.visible.new_gate()

    @property
    def settings(self) -> Settings:
        """The settings in force now."""
        return self.configuration.settings

    @property
    def trusting(self) -> Trusting:
        """How the user says whom they trust."""
        return Trusting(self.directories.config, self.configuration, self.folders)

    def is_trusted(self, root: Path) -> bool:
        """Tell whether the user has said that they trust a workspace folder."""
        return self.configuration.trusts(root)
