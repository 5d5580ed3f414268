"""What is known around an action when it is decided about; all of it comes from the user, none from a model."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias

from pylot.policy.decision import Scope
from pylot.policy.rules import Rules
from pylot.workspace.exclusion import ExclusionGate
from pylot.workspace.roots import Roots
from pylot.workspace.settings import WorkspaceSettings

Mode: TypeAlias = Literal["ask", "read_only", "auto_edit"]
SandboxLevel: TypeAlias = Literal["bubblewrap", "landlock", "sandbox-exec", "none"]


@dataclass(frozen=True, slots=True)
class Grant:
    """One standing answer of the user, neither expired nor revoked, as `Decision.hash_for(scope)` names the action."""

    action_hash: str
    scope: Scope
    allows: bool
    workspace_id: str = ""
    task_id: str = ""


@dataclass(frozen=True, slots=True)
class Situation:
    """Who asks where, and what the user has said.

    `roots` are the workspace folders, the first one being where relative paths count from.
    `gate` decides what may be seen; None means one with the default rules.
    `own_folders` are Pylot's own, which no agent may touch, but for `outputs`: what this task's own commands have put
    out, which it may read.
    `search_path` are the folders that programs are looked for in, the same as at execution.
    `remote_model` says that what is read goes to another machine, `sudo_enabled` that the user has switched sudo on,
    `may_ask` that somebody is there to answer.
    """

    workspace_id: str
    roots: tuple[Path, ...]
    trusted: bool = False
    mode: Mode = "ask"
    rules: Rules = field(default_factory=Rules)
    grants: tuple[Grant, ...] = ()
    sandbox_level: SandboxLevel = "none"
    may_ask: bool = True
    task_id: str = ""
    gate: ExclusionGate | None = None
    own_folders: tuple[Path, ...] = ()
    outputs: Path | None = None
    search_path: tuple[Path, ...] = ()
    remote_model: bool = False
    sudo_enabled: bool = False

    @property
    def resolved_roots(self) -> Roots:
        """The workspace folders without symlinks."""
        return Roots(self.roots)

    def exclusions(self) -> ExclusionGate:
        """Return the gate, or one with the default rules."""
        return self.gate or ExclusionGate(self.resolved_roots, WorkspaceSettings())
