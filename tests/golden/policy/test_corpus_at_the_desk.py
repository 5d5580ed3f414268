"""The corpus of the policy through the real desk: nothing hostile has an effect, and readers are held to reading."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from pylot.execution.checkpoints import Checkpoints
from pylot.execution.commands import CommandPlace
from pylot.execution.desk import Desk, Ports
from pylot.execution.files import Files
from pylot.journal.journal import Journal
from pylot.journal.tasks import NewTask
from pylot.kernel.errors import NotAllowedError
from pylot.policy.actions import Action, RunCommand
from pylot.policy.decide import decide
from pylot.policy.decision import Decision
from pylot.policy.rules import Rules
from pylot.policy.situation import Situation
from pylot.workspace.roots import Roots
from tests.support.agent_effects import At
from tests.support.policy_corpus import cases, named_programs
from tests.support.policy_workspace import Ground, action_of, install, make_ground
from tests.support.sandboxes import sandbox_of

SYSTEM = (Path("/usr/bin"), Path("/bin"))


@dataclass
class Office:
    """A desk in a hostile workspace that decides as the real policy does."""

    ground: Ground
    desk: Desk
    journal: Journal
    at: At
    situation: Situation

    async def recheck(self, action: Action, task_id: str) -> Decision:
        return decide(action, self.situation)

    async def effects(self) -> list[str]:
        return [each.type for each in await self.journal.events(self.at.task_id) if each.type.startswith("effect")]


async def make_office(folder: Path, situation: Situation, ground: Ground) -> Office:
    roots = Roots([ground.root])
    journal = await Journal.open(folder / "data")
    task = await journal.create_task(NewTask("do it", str(ground.root), "main"))
    await journal.claim(task.id)
    office: Office

    async def recheck(action: Action, task_id: str) -> Decision:
        return await office.recheck(action, task_id)

    place = CommandPlace(roots, sandbox_of("landlock"), folder / "scratch", folder / "artefacts", own=(ground.own,),
                         environ={"PATH": os.pathsep.join(map(str, SYSTEM))}, home=folder / "home")  # fmt: skip
    desk = Desk(
        files=Files(roots, None), place=place, gate=situation.exclusions(),
        checkpoints=Checkpoints(folder / "data" / "checkpoints"), log=journal, ports=Ports(recheck),
    )  # fmt: skip
    office = Office(ground, desk, journal, At(task.id), situation)
    return office


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    """A trusted workspace whose user lets edits through."""
    ground = make_ground(tmp_path.resolve())
    install(ground.bin, *named_programs(), "git")
    made = await make_office(tmp_path / "pylot", ground.situation(), ground)
    yield made
    await made.journal.close()


def everything_below(folder: Path) -> Mapping[str, tuple[int, int, int]]:
    """Return what would show a change of any file."""
    paths = [Path(place) / name for place, folders, files in os.walk(folder) for name in (*folders, *files)]
    return {str(path): (path.lstat().st_mode, path.lstat().st_size, path.lstat().st_mtime_ns) for path in paths}


async def test_nothing_hostile_gets_past_the_desk(office: Office) -> None:
    """C19, D6, D7: with the policy's own decision in hand, or with one that says it had allowed the action."""
    before = everything_below(office.ground.root), everything_below(office.ground.root.parent / "project-evil")
    passed = []
    for case in cases("hostile.jsonl"):
        try:
            action = action_of(case, office.ground)
        except ValueError:
            continue
        real = decide(action, office.situation)
        for permit in (real, real.model_copy(update={"verdict": "allow"})):
            try:
                await office.desk.perform(action, permit, office.at)
            except NotAllowedError:
                continue
            passed.append(case)

    assert passed == []
    assert await office.effects() == []
    assert before == (
        everything_below(office.ground.root),
        everything_below(office.ground.root.parent / "project-evil"),
    )


ALLOWED = [case["line"] for case in cases("ordinary.jsonl") if case["verdict"] == "allow"]
ORDINARY = [line for line in ALLOWED if "git" not in line]


async def test_what_goes_unasked_reads_and_changes_nothing(office: Office) -> None:
    """C5: the commands of the list that need no yes, run for real where they are installed."""
    for secret in (".env", "private/notes.md", "dist/out.js", "secrets.json", "../secret.txt", "../own/agent.db"):
        (office.ground.root / secret).write_text("SENTINEL\n", encoding="utf-8")
    office.situation = office.ground.situation(mode="ask", rules=Rules(), search_path=SYSTEM)
    before = everything_below(office.ground.root)
    shown, wrong = [], []
    for line in ORDINARY:
        action = RunCommand(line=line)
        decision = decide(action, office.situation)
        if decision.verdict != "allow":
            continue
        outcome = await office.desk.perform(action, decision, office.at)
        shown.append(outcome.text)
        # The status 1 of diff and grep is an answer.
        if outcome.metadata.get("exit_code") not in (0, 1) or "SENTINEL" in outcome.text:
            wrong.append((line, outcome))

    assert wrong == []
    assert len(shown) > 20
    assert before == everything_below(office.ground.root)
