"""What a client says of itself at `initialize`: its capabilities decide what it gets, never its name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pylot.text.positions import PositionEncoding


@dataclass(frozen=True, slots=True)
class ClientFacts:
    """The few facts about a client that change what Pylot sends.

    `keeps_indentation` says that the client inserts a completion as it is;
    one that does not adds the current line's indentation to every later line (Helix).
    `name` serves one purpose: to know whether the client waits between keys by itself.
    """

    name: str = ""
    process_id: int | None = None
    encoding: PositionEncoding = PositionEncoding.UTF16
    inline_completion: bool = False
    keeps_indentation: bool = False
    label_details: bool = False
    markdown: bool = False
    work_done_progress: bool = False
    pulls_configuration: bool = False
    registers_configuration: bool = False
    registers_file_watchers: bool = False
    shows_documents: bool = False
    wants_status: bool = False
    asks_approvals: bool = False
    asks_input: bool = False
    saves_documents: bool = False
    shows_tasks: bool = False
    prepares_rename: bool = False
    versioned_edits: bool = False
    creates_files: bool = False
    annotated_edits: bool = False
    annotated_actions: bool = False
    action_literals: bool = False
    action_tags: bool = False
    resolves_edits: bool = False
    disabled_actions: bool = False
    folders: tuple[Path, ...] = ()
    settings: Mapping[str, object] = field(default_factory=dict)

    @property
    def debounces(self) -> bool:
        """Whether the client waits between a key and its request (Neovim waits 200 ms), so that Pylot need not."""
        return self.name.lower().startswith("neovim")
