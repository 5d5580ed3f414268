"""What the policy is told of the world: settings, models and earlier answers (D2, D6)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from pylot.agent.ports import Place
from pylot.app.judge import Judge
from pylot.app.sections import SECTIONS
from pylot.app.workplace import Workplace
from pylot.config.layers import Layer, LayerKind
from pylot.config.settings import load_settings
from pylot.journal.approvals import NewApproval
from pylot.journal.journal import Journal
from pylot.journal.tasks import NewTask
from pylot.kernel.clock import ManualClock
from pylot.policy.actions import Action, ReadFile, RunCommand
from pylot.storage.directories import Directories
from pylot.workspace.exclusion import ExclusionGate
from pylot.workspace.roots import Roots
from pylot.workspace.settings import WorkspaceSettings

DAY = 24 * 3600.0
MAKE = RunCommand(line="make test")
REMOTE = {
    "roles": {"summary": "big"},
    "providers": {"far": {"base_url": "https://models.example/v1", "remote": True}},
    "logical": {"big": {"groups": [[{"provider": "far", "model": "big"}]]}},
}


class Court:
    """A judge in a trusted folder, with a journal and a clock that the test moves."""

    def __init__(self, folder: Path, journal: Journal, clock: ManualClock) -> None:
        self.root, self.journal, self.clock = folder / "root", journal, clock
        self.folder = folder

    def judge(self, **sections: Any) -> Judge:
        settings, problems = load_settings(SECTIONS, [Layer(LayerKind.USER, sections)])
        assert problems == []
        workplace = SimpleNamespace(
            directories=Directories(**{name: self.folder / name for name in Directories.__dataclass_fields__}),
            clock=self.clock,
            settings=settings,
            folders=lambda: (self.root,),
            is_trusted=lambda root: True,
            new_gate=lambda: ExclusionGate(Roots([self.root]), WorkspaceSettings()),
        )
        return Judge(cast(Workplace, workplace), self.journal, "landlock")

    async def verdict(self, action: Action, **sections: Any) -> str:
        task = await self.journal.create_task(NewTask("do it", str(self.root), "main"))
        return (await self.judge(**sections).decide(action, Place(task.id, "main", 1, "tool", "call"))).verdict

    async def allow(self, action: Action) -> None:
        """Allow an action in the workspace for good."""
        task = await self.journal.create_task(NewTask("do it", str(self.root), "main"))
        await self.journal.claim(task.id)
        asked = await self.judge().again(action, task.id)
        hashes = {str(scope): digest for scope, digest in asked.grant_hashes.items()}
        wanted, choices = action.model_dump(mode="json"), (*asked.scopes, "deny")
        approval = await self.journal.request_approval(
            NewApproval(task.id, 1, "tool", wanted, asked.action_hash, "Title", choices=choices, grant_hashes=hashes)
        )
        await self.journal.answer(approval.id, "workspace")


@pytest.fixture
async def court(tmp_path: Path) -> AsyncIterator[Court]:
    (tmp_path / "root").mkdir()
    (tmp_path / "root" / ".env").write_text("KEY=1\n")
    (tmp_path / "root" / "a.py").write_text("a = 1\n")
    clock = ManualClock()
    clock.advance(1000 * DAY)
    journal = await Journal.open(tmp_path / "data", clock)
    yield Court(tmp_path, journal, clock)
    await journal.close()


async def test_no_secret_is_read_for_a_model_that_may_be_elsewhere(court: Court) -> None:
    """P3: whichever of an agent's models it is."""
    secret = ReadFile(path=".env")

    assert [await court.verdict(secret), await court.verdict(secret, models=REMOTE)] == ["ask", "deny"]
    assert await court.verdict(ReadFile(path="a.py"), models=REMOTE) == "allow"


async def test_an_answer_for_good_holds_as_long_as_the_user_wants(court: Court) -> None:
    """D2."""
    await court.allow(MAKE)
    short = {"policy": {"grant_days": 7}}

    assert await court.verdict(MAKE, agent=short) == "allow"
    court.clock.advance(8 * DAY)
    assert [await court.verdict(MAKE), await court.verdict(MAKE, agent=short)] == ["allow", "ask"]
    court.clock.advance(90 * DAY)
    assert await court.verdict(MAKE) == "ask"


async def test_rules_of_the_configuration_count(court: Court) -> None:
    """D6."""
    await court.allow(MAKE)

    assert await court.verdict(MAKE, agent={"policy": {"deny": ["make"]}}) == "deny"
    assert await court.verdict(MAKE, agent={"policy": {"ask": ["make"]}}) == "ask"
    assert await court.verdict(MAKE, agent={"policy": {"mode": "read_only"}}) == "deny"


@pytest.mark.parametrize(("path", "expected"), [("a.py", True), (".env", False), ("../x", False)])
async def test_what_may_be_read_is_known(court: Court, path: str, expected: bool) -> None:
    task = await court.journal.create_task(NewTask("do it", str(court.root), "main"))

    assert await court.judge().may_read(path, task.id) is expected
