"""Works on one task with a real journal and real changes until it is done: to be killed at any moment.

`python -m tests.support.agent_victim FOLDER [N]` kills itself before the N-th thing that it does.
Every change appends a line to the file `effects`, which nothing may do twice.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path

from pylot.agent.blueprints import Blueprint
from pylot.agent.loop import AgentRun
from pylot.agent.ports import Answer, Equipment, Outcome, Place
from pylot.agent.run import RunRequest
from pylot.agent.transcript import Transcript
from pylot.journal.approvals import NewApproval
from pylot.journal.events import AnyEvent, EffectFinished, EffectIntended, TaskContinued
from pylot.journal.journal import Journal
from pylot.journal.tasks import NewTask, Status
from pylot.kernel.cancellation import CancellationToken
from pylot.models.provider import Provider
from pylot.models.settings import Role
from pylot.models.structured.values import Form
from pylot.models.structured.verdicts import Verdicts
from pylot.models.values import ChatMessage, CompletionParameters, Delta, Tool, Urgency, Usage
from pylot.policy.actions import Action, ReadFile, RunCommand
from pylot.policy.decision import Decision
from pylot.tools.ports import Record, keep_nothing
from tests.support.agent_world import ScriptedMind

N_STEPS = 4
TOOLS = (
    Tool("look", "Look.", {"type": "object", "properties": {}}),
    Tool("change", "Change.", {"type": "object", "properties": {"what": {"type": "string"}}, "required": ["what"]}),
)


class SteadyMind(ScriptedMind):
    """A model whose next step depends on the conversation alone, as a real one's does."""

    async def chat(
        self,
        messages: Sequence[ChatMessage],
        parameters: CompletionParameters,
        *,
        urgency: Urgency = Urgency.CHAT,
        token: CancellationToken | None = None,
    ) -> AsyncIterator[Delta | Usage]:
        n_done = sum(message.role == "assistant" for message in messages)
        wanted = [{"tool": "look", "arguments": {}}, {"tool": "change", "arguments": {"what": f"step {n_done}"}}]
        directive = {"thought": "", "calls": wanted} if n_done < N_STEPS else {"final": "All done."}
        yield Delta(json.dumps(directive))
        yield Usage("end", prompt_tokens=10, generated_tokens=5)


class Victim:
    """Everything around the task; `allowed` is how many things may still be done."""

    def __init__(self, journal: Journal, folder: Path, task_id: str, allowed: int) -> None:
        self._journal = journal
        self._folder = folder
        self._task_id = task_id
        self._left = itertools.count(allowed, -1)

    def about_to_do_something(self) -> None:
        if next(self._left) == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    async def record(self, *events: AnyEvent) -> None:
        self.about_to_do_something()
        await self._journal.append(self._task_id, *events)

    def provider(self, role: Role, agent: str = "") -> Provider:
        return SteadyMind([])

    def text(self, name: str, values: Mapping[str, str]) -> str:
        return "Be good."

    def tools(self) -> Sequence[Tool]:
        return TOOLS

    async def action(self, tool: str, arguments: Mapping[str, object], record: Record = keep_nothing) -> Action:
        return ReadFile(path="a.py") if tool == "look" else RunCommand(line=str(arguments["what"]))

    async def decide(self, action: Action, place: Place) -> Decision:
        verdict = "allow" if isinstance(action, ReadFile) else "ask"
        return Decision.model_validate(
            {"verdict": verdict, "reasons": (), "risk": "low", "scopes": ("once",), "normalised": {},
             "action_hash": action.model_dump_json()}
        )  # fmt: skip

    async def ask(self, action: Action, decision: Decision, place: Place, reason: str) -> Answer | None:
        """Answer as somebody who allows everything, asked once for each action."""
        known = await self._journal.approvals(task_id=self._task_id, only_pending=False)
        approval = next((it for it in known if (it.index, it.action_hash) == (place.index, decision.action_hash)), None)
        if approval is None:
            self.about_to_do_something()
            new = NewApproval(self._task_id, place.index, place.tool, {}, decision.action_hash, "May I?")
            approval = await self._journal.request_approval(new)
        if approval.status == "pending":
            self.about_to_do_something()
            approval = await self._journal.answer(approval.id, "once")
        if (await self._journal.task(self._task_id)).status is Status.WAITING:
            await self.record(TaskContinued(reason="approval"))
        return Answer(approval.id, "once")

    async def perform(self, action: Action, permit: Decision | Answer, place: Place) -> Outcome:
        if not isinstance(action, RunCommand):
            return Outcome(True, "Nothing to see.")
        effect = f"{place.task_id}/{place.index}"
        await self.record(EffectIntended(effect_id=effect, index=place.index, tool=place.tool))
        self.about_to_do_something()
        with (self._folder / "effects").open("a") as file:
            file.write(f"{place.index} {action.line}\n")
        await self.record(EffectFinished(effect_id=effect, ok=True))
        return Outcome(True, f"{action.line}: done")


async def main(folder: Path, allowed: int) -> None:
    journal = await Journal.open(folder)
    tasks = await journal.tasks()
    if tasks and tasks[0].status is Status.COMPLETED:
        return
    task = tasks[0] if tasks else await journal.create_task(NewTask("Do it", str(folder)))
    await journal.claim(task.id, "resume" if tasks else "start")
    verdicts = Verdicts(folder)
    await verdicts.keep("scripted 1", Form.SCHEMA)
    sys.stdout.write("begun\n")
    sys.stdout.flush()
    victim = Victim(journal, folder, task.id, allowed)
    equipment = Equipment(victim, verdicts, victim, victim, victim, victim, victim, victim)
    transcript = Transcript.of(recorded.event for recorded in await journal.events(task.id))
    run = AgentRun(task.id, RunRequest(prompt="Do it"), Blueprint(tools=()), equipment, transcript=transcript)
    result = await run.go()
    await journal.close()
    assert result.status == "completed", result.sentence


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else -1))
