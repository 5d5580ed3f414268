"""A desk over a real journal and a real folder, with a policy of the test's own."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import JsonValue

from pylot.execution.checkpoints import Checkpoints, Restored
from pylot.execution.commands import CommandPlace
from pylot.execution.desk import Desk, Ports
from pylot.execution.files import Editor, Files
from pylot.execution.launching import NO_SANDBOX, Sandbox
from pylot.execution.restoring import restore_task
from pylot.journal.approvals import NewApproval
from pylot.journal.journal import Journal
from pylot.journal.tasks import NewTask
from pylot.policy.actions import Action, ReadGit
from pylot.policy.decision import Decision, Reason, Verdict
from pylot.policy.git import git_argv
from pylot.workspace.exclusion import ExclusionGate
from pylot.workspace.roots import Roots
from pylot.workspace.settings import WorkspaceSettings


@dataclass(frozen=True)
class At:
    """Where in a task an action stands."""

    task_id: str
    index: int = 1
    tool: str = "tool"


@dataclass(frozen=True)
class Said:
    """An answer in the journal."""

    approval_id: str


def decision(action: Action, verdict: Verdict = "allow", rests_on: str = "", code: str = "test") -> Decision:
    """Return a decision; `rests_on` stands for what else the action's identity holds, such as a script's content."""
    digest = hashlib.sha256(f"{action.model_dump_json()}{rests_on}".encode()).hexdigest()
    return Decision(
        verdict=verdict,
        reasons=(Reason(code=code, sentence="The test says so."),),
        risk="medium",
        scopes=("once",) if verdict == "ask" else (),
        action_hash=digest,
        normalised=action.model_dump(mode="json") | _argv(action),
    )


def _argv(action: Action) -> dict[str, JsonValue]:
    return {"argv": [*git_argv("git", action.args)]} if isinstance(action, ReadGit) else {}


@dataclass
class World:
    """A workspace, a task in it, and the desk; `verdict` and `rests_on` are what policy says when asked once more."""

    folder: Path
    journal: Journal
    task_id: str
    desk: Desk
    place: CommandPlace
    verdict: Verdict = "allow"
    rests_on: str = ""
    reason: str = "test"
    on_recheck: list[Callable[[], None]] = field(default_factory=list)
    after_recheck: list[Callable[[], None]] = field(default_factory=list)

    @property
    def root(self) -> Path:
        return self.place.roots.folders[0]

    @property
    def at(self) -> At:
        return At(self.task_id)

    async def recheck(self, action: Action, task_id: str) -> Decision:
        for act in self.on_recheck:
            act()
        decided = decision(action, self.verdict, self.rests_on, self.reason)
        if (path := getattr(action, "path", ".")) is None:
            path = "."
        where = str((self.root / path).resolve())
        for act in self.after_recheck:
            act()
        return decided.model_copy(update={"normalised": {**decided.normalised, "path": where}})

    async def ask(self, action: Action, choice: str = "once") -> Said:
        """Ask about an action and answer."""
        asked = decision(action, "ask", self.rests_on)
        approval = await self.journal.request_approval(
            NewApproval(
                self.task_id, 1, "tool", action.model_dump(mode="json"), asked.action_hash, "Title",
                decision=asked.model_dump(mode="json"),
            )
        )  # fmt: skip
        if choice:
            await self.journal.answer(approval.id, choice)
        return Said(approval.id)

    async def restore(self) -> Restored:
        """Take back what the task has changed."""
        checkpoints = Checkpoints(self.folder / "data" / "checkpoints")
        return await restore_task(self.journal, checkpoints, self.place.roots, self.task_id)

    async def events(self, *types: str) -> list[str]:
        """Return the types of the task's events, in order, of these types alone."""
        return [each.type for each in await self.journal.events(self.task_id) if each.type in types]


async def make_world(
    folder: Path, *, sandbox: Sandbox = NO_SANDBOX, editor: Editor | None = None, ports: Ports | None = None,
    environ: dict[str, str] | None = None,
) -> World:  # fmt: skip
    """Fill a folder with a workspace, a journal and a desk."""
    folder = folder.resolve()
    (folder / "root").mkdir(parents=True, exist_ok=True)
    roots = Roots([folder / "root"])
    journal = await Journal.open(folder / "data")
    task = await journal.create_task(NewTask("do it", str(folder / "root"), "main"))
    await journal.claim(task.id)
    place = CommandPlace(roots, sandbox, folder / "scratch", folder / "artefacts", home=folder / "home",
                         environ=environ if environ is not None else dict(os.environ))  # fmt: skip
    world: World

    async def recheck(action: Action, task_id: str) -> Decision:
        return await world.recheck(action, task_id)

    given = ports or Ports(recheck)
    desk = Desk(
        files=Files(roots, editor),
        place=place,
        gate=ExclusionGate(roots, WorkspaceSettings()),
        checkpoints=Checkpoints(folder / "data" / "checkpoints"),
        log=journal,
        ports=Ports(recheck, given.search, given.call_tool, given.ask_password),
    )
    world = World(folder, journal, task.id, desk, place)
    return world
