"""Everything that one run of an agent works with, put together from the rooms below (A15)."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from pylot.agent.blueprints import AgentsSettings, Blueprint
from pylot.agent.delegation import WithAgents
from pylot.agent.ports import Audience, Delegates, Equipment, Place
from pylot.app.agent_client import AgentClient
from pylot.app.agent_code_writer import AgentCodeWriter
from pylot.app.agent_knowledge import gather_knowledge
from pylot.app.approval_question import new_approval
from pylot.app.approver import Approver
from pylot.app.editor_files import EditorFiles
from pylot.app.judge import Judge, own_folders
from pylot.app.tool_list import tool_pins
from pylot.app.workplace import Workplace
from pylot.config.prompts import Prompts
from pylot.execution.checkpoints import Checkpoints, written_in
from pylot.execution.commands import CommandPlace
from pylot.execution.desk import Desk, Ports
from pylot.execution.files import EditedDocuments, Files
from pylot.execution.launching import Sandbox
from pylot.execution.outcome import Outcome
from pylot.execution.sandbox.detection import find_sandbox
from pylot.journal.approvals import NewApproval
from pylot.journal.events import AnyEvent
from pylot.journal.journal import Journal
from pylot.journal.tasks import Task
from pylot.kernel.errors import PylotError
from pylot.policy.actions import Action, CallTool, WriteFile
from pylot.policy.decision import Decision
from pylot.tools.registry import Registry
from pylot.tools.settings import ToolsSettings
from pylot.tools.spec import unknown_tools
from pylot.tools.surroundings import Surroundings
from pylot.tools.toolbox import Toolbox
from pylot.workspace.roots import Roots

_MOST_PARTS = 500


@dataclass(frozen=True, slots=True)
class Workshop:
    """What all runs of one process share: where they work, the journal, who is asked, and the sandbox.

    `edited` are the files that agents have changed, which the editor may not have saved.
    """

    workplace: Workplace
    journal: Journal
    client: AgentClient
    sandbox: Sandbox
    registry: Registry
    edited: EditedDocuments = field(default_factory=dict)

    @classmethod
    async def open(cls, workplace: Workplace, journal: Journal, client: AgentClient) -> Workshop:
        """Find the sandbox that holds on this machine, which is tried once per boot, and the user's own tools."""
        data = workplace.directories.data
        registry = Registry(workplace.settings.section(ToolsSettings), tool_pins(data), os.environ)
        await registry.load()
        agents = workplace.settings.section(AgentsSettings)
        named = {name: agents.blueprint(name).tools for name in agents.names()}
        for note in (*registry.notes, *unknown_tools(registry.tools(), named)):
            workplace.say(note)
        return cls(workplace, journal, client, await find_sandbox(workplace.directories.cache), registry)

    async def close(self) -> None:
        """End the servers of tools."""
        await self.registry.close()

    async def equip(
        self, task: Task, blueprint: Blueprint, audience: Audience, delegates: Delegates | None
    ) -> Equipment:
        """Return the equipment for one task of an agent."""
        workplace, directories = self.workplace, self.workplace.directories
        roots = Roots(workplace.folders())
        await self._remember_changes(task)
        files = Files(roots, EditorFiles(workplace.documents, self.client), self.edited)
        judge = Judge(workplace, self.journal, self.sandbox.level)
        desk = Desk(
            files=files,
            place=CommandPlace(
                roots,
                self.sandbox,
                scratch=directories.cache / "scratch",
                artefacts=directories.data / "artefacts",
                own=own_folders(directories),
            ),
            gate=workplace.new_gate(),
            checkpoints=Checkpoints(directories.data / "checkpoints"),
            log=self.journal,
            ports=Ports(
                recheck=judge.again,
                search=self._search,
                call_tool=self._call_tool,
                ask_password=self._ask_password,
            ),
        )
        questions = Questions(files, roots, self.sandbox.level)
        return Equipment(
            minds=workplace.models,
            verdicts=workplace.models.verdicts,
            prompts=Prompts(directories.config),
            toolbox=self._toolbox(task, blueprint, files, judge, may_delegate=delegates is not None),
            judge=judge,
            approver=Approver(self.journal, self.client, questions.describe, workplace.trusting),
            desk=desk,
            recorder=TaskRecorder(self.journal, task.id),
            delegates=delegates,
            knowledge=await gather_knowledge(workplace, files, self.sandbox.level),
            audience=audience,
            clock=workplace.clock,
        )

    async def _remember_changes(self, task: Task) -> None:
        """Know what a task and its parts have changed, also in a process that is gone: it may not be saved yet."""
        parts = await self.journal.tasks(parent=task.id, limit=_MOST_PARTS)
        for each in (task, *parts):
            for path in written_in(await self.journal.events(each.id)):
                # Whether there was text of the user's own in it before, nobody knows any more.
                self.edited.setdefault(path, "")

    def _toolbox(
        self, task: Task, blueprint: Blueprint, files: Files, judge: Judge, *, may_delegate: bool
    ) -> WithAgents:
        agents = self.workplace.settings.section(AgentsSettings)

        async def may_read(path: str) -> bool:
            return await judge.may_read(path, task.id)

        writer = AgentCodeWriter(self.workplace, task.agent, may_read)
        around = Surroundings(files, self.workplace.folders()[0], may_read, writer)
        toolbox = Toolbox(self.registry, task.agent, blueprint.tools, around)
        return WithAgents(toolbox, agents, blueprint, may_delegate=may_delegate)

    async def _call_tool(self, action: CallTool, task_id: str) -> Outcome:
        context = {"task_id": task_id, "workspace": str(self.workplace.folders()[0])}
        result = await self.registry.call(action, context)
        return Outcome(result.ok, result.text, result.error, result.metadata, result.truncated)

    async def _search(self, query: str, near: Path | None) -> str:
        """Search the index by meaning."""
        roots = self.workplace.folders()
        paths = [f"{near.relative_to(root).as_posix()}/**" for root in roots if near and near.is_relative_to(root)]
        answer = await self.workplace.search({"text": query, "limit": 12, "paths": paths})
        found = [
            f"{hit['path']}:{hit['startLine'] + 1}-{hit['endLine'] + 1} {hit['symbol']}\n{hit['excerpt']}"
            for hit in answer["hits"]
        ]
        return "\n\n".join([*answer["notes"], *found]) or "Nothing found."

    async def _ask_password(self, title: str, prompt: str) -> str | None:
        return await self.client.ask_input(title, prompt, masked=True)


@dataclass(frozen=True, slots=True)
class TaskRecorder:
    """Implement `agent.ports.Recorder` for one task."""

    journal: Journal
    task_id: str

    async def record(self, *events: AnyEvent) -> None:
        """Return once the events are on the disk."""
        await self.journal.append(self.task_id, *events)


@dataclass(frozen=True, slots=True)
class Questions:
    """Make the question about an action, with the text that it would change."""

    files: Files
    roots: Roots
    sandbox: str

    async def describe(self, action: Action, decision: Decision, place: Place, reason: str) -> NewApproval:
        """Return what the user is asked."""
        before = None
        if isinstance(action, WriteFile):
            try:
                content = await self.files.read(action.path)
            except PylotError:
                content = None
            before = content.text if content else None
        return new_approval(
            action,
            decision,
            task_id=place.task_id,
            index=place.index,
            tool=place.tool,
            reason=reason,
            root=self.roots.folders[0],
            sandbox=self.sandbox,
            before=before,
        )
