"""Decide about an agent's actions with what is known now: settings, trust, grants, files."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from pylot.agent.ports import Place
from pylot.app.sections import AgentSettings
from pylot.app.workplace import Workplace
from pylot.execution.audit import refusal_of
from pylot.execution.environment import safe_path
from pylot.journal.grants import Grant as KeptGrant
from pylot.journal.journal import Journal
from pylot.kernel.errors import JournalError
from pylot.models.settings import ROLES, ModelsSettings
from pylot.policy.actions import Action, ReadFile
from pylot.policy.decide import decide
from pylot.policy.decision import Decision
from pylot.policy.situation import Grant, SandboxLevel, Situation
from pylot.storage.directories import Directories

_DAY = 24 * 3600.0


class Judge:
    """Implement `agent.ports.Judge` for one window or terminal."""

    def __init__(self, workplace: Workplace, journal: Journal, sandbox: SandboxLevel) -> None:
        self._workplace = workplace
        self._journal = journal
        self._sandbox = sandbox

    async def decide(self, action: Action, place: Place) -> Decision:
        """Return whether an action may be performed; a grant that speaks for it is noted as used (D6)."""
        kept = await self._grants(place.task_id)
        decision = await self._decide(action, place.task_id, kept)
        if decision.verdict != "ask":
            for grant in kept:
                if grant.action_hash == decision.hash_for(grant.scope) and grant.effect == decision.verdict:
                    await self._note_use(grant, place.task_id)
                    break
        if decision.verdict == "deny" and (refusal := refusal_of(action, decision, place)) is not None:
            await self._journal.append(place.task_id, refusal)
        return decision

    async def again(self, action: Action, task_id: str) -> Decision:
        """Return the decision with the world as it is now, just before an action is performed."""
        return await self._decide(action, task_id, await self._grants(task_id))

    async def may_read(self, path: str, task_id: str) -> bool:
        """Tell whether a task may see what is in a file without asking."""
        return (await self.again(ReadFile(path=path), task_id)).verdict == "allow"

    async def _decide(self, action: Action, task_id: str, kept: list[KeptGrant]) -> Decision:
        situation = self._situation(task_id, kept)
        return await asyncio.to_thread(decide, action, situation)

    async def _grants(self, task_id: str) -> list[KeptGrant]:
        return await self._journal.grants_for(str(self._workplace.folders()[0]), task_id)

    async def _note_use(self, grant: KeptGrant, task_id: str) -> None:
        try:
            await self._journal.use_grant(grant.id, task_id)
        except JournalError:
            # It was revoked this moment; the decision is made once more before anything is done.
            return

    def _situation(self, task_id: str, kept: list[KeptGrant]) -> Situation:
        workplace = self._workplace
        roots, policy = workplace.folders(), workplace.settings.section(AgentSettings).policy
        search_path = safe_path(os.environ.get("PATH", os.defpath), roots).split(os.pathsep)
        models = workplace.settings.section(ModelsSettings)
        oldest = workplace.clock.wall() - policy.grant_days * _DAY
        return Situation(
            workspace_id=str(roots[0]),
            roots=roots,
            trusted=all(workplace.is_trusted(root) for root in roots),
            mode=policy.mode,
            rules=policy.rules,
            grants=tuple(
                Grant(each.action_hash, each.scope, each.effect == "allow", each.workspace, each.task_id)
                for each in kept
                if each.effect == "deny" or each.scope == "task" or each.created > oldest
            ),
            sandbox_level=self._sandbox,
            # Where nobody is in front of the screen the question stays open, and the task waits.
            may_ask=True,
            task_id=task_id,
            gate=workplace.new_gate(),
            own_folders=own_folders(workplace.directories),
            outputs=workplace.directories.data / "artefacts" / task_id,
            search_path=tuple(map(Path, search_path)),
            # What one model reads goes on to the others: that which acts, answers, sums up.
            remote_model=any(models.may_leave(role) for role in ROLES if role not in ("complete", "embed")),
            sudo_enabled=policy.sudo,
        )


def own_folders(directories: Directories) -> tuple[Path, ...]:
    """Return Pylot's own folders, which no agent may touch."""
    named = (directories.config, directories.data, directories.cache, directories.log, directories.runtime)
    return tuple(folder.resolve() for folder in named)
