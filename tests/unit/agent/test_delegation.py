"""Other agents as tools: limits of their own, no agents of their own, and answers that come back (C6)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pylot.agent.blueprints import AgentsSettings, Blueprint
from pylot.agent.delegation import Child, Delegation, WithAgents
from pylot.agent.ports import Answer, Equipment, Place
from pylot.agent.run import RunRequest
from pylot.agent.transcript import Transcript
from pylot.kernel.cancellation import CancellationToken
from pylot.kernel.errors import ActionRefusedError
from pylot.models.structured.values import Form
from pylot.models.structured.verdicts import Verdicts
from pylot.policy.actions import Delegate, ReadFile
from tests.support.agent_world import ScriptedMind, World
from tests.support.scripted_chat import Answer as Scripted

ASK_CODER = json.dumps({"calls": [{"tool": "coder", "arguments": {"prompt": "Write f."}}]})
WRITE = json.dumps({"calls": [{"tool": "file_write", "arguments": {"path": "f.py", "text": "f"}}]})
READ = json.dumps({"calls": [{"tool": "file_read", "arguments": {"path": "f.py"}}]})


class Children:
    """Make children with a world of their own, the same for the same place."""

    def __init__(self, folder: Path, script: list[Scripted], answers: list[Answer | None]) -> None:
        self.world = World(folder, answers=answers, minds={"action": ScriptedMind(script)})
        self.requests: list[RunRequest] = []
        self.answer: str | None = None

    async def child(self, request: RunRequest, place: Place) -> Child:
        self.requests.append(request)
        verdicts = Verdicts(self.world.folder)
        await verdicts.keep("scripted 1", Form.SCHEMA)
        around = self.world
        equipment = Equipment(around, verdicts, around, around, around, around, around, around.log)
        return Child(f"{place.task_id}.{place.index}", equipment, Transcript.of(around.log.events), self.answer)


def parent(folder: Path, children: Children, *, token: CancellationToken | None = None) -> World:
    request = RunRequest(prompt="Mend it.", workspace="shop")
    return World(folder, delegates=Delegation(AgentsSettings(), request, children, token or CancellationToken()))


async def test_its_answer_is_the_result(tmp_path: Path) -> None:
    children = Children(tmp_path / "child", ["def f(): ..."], [])
    around = parent(tmp_path, children)
    model = ScriptedMind([ASK_CODER, json.dumps({"final": "ok"})])
    result = await around.run(model)

    assert result.status == "completed"
    assert "def f(): ..." in model.asked[-1][0][-1].content
    assert [(request.prompt, request.agent, request.workspace) for request in children.requests] == [
        ("Write f.", "coder", "shop")
    ]
    assert children.world.log.types()[-1] == "task_completed"


async def test_a_child_that_fails_is_an_observation(tmp_path: Path) -> None:
    children = Children(tmp_path / "child", ["", ""], [])
    model = ScriptedMind([ASK_CODER, json.dumps({"final": "ok"})])
    result = await parent(tmp_path, children).run(model)

    assert result.status == "completed"
    assert "It failed: scripted did not call its tools" in model.asked[-1][0][-1].content


async def test_a_child_that_waits_lets_its_parent_wait_and_both_go_on(tmp_path: Path) -> None:
    """A11."""
    children = Children(tmp_path / "child", [WRITE, json.dumps({"final": "Written."})], [None])
    around = parent(tmp_path, children)
    first = await around.run(ScriptedMind([ASK_CODER]))
    children.world.answers = [Answer("a", "once")]
    second = await around.run(ScriptedMind([json.dumps({"final": "ok"})]), resumed=True)

    assert (first.status, second.status) == ("waiting_for_approval", "completed")
    assert "task_waiting_for_approval" in around.log.types()
    assert children.world.done == ["write f.py"]


async def test_a_child_that_had_come_to_its_end_is_not_run_again(tmp_path: Path) -> None:
    """A11: the parent was killed before it heard of the answer."""
    children = Children(tmp_path / "child", [], [])
    children.answer = "def f(): ..."
    model = ScriptedMind([ASK_CODER, json.dumps({"final": "ok"})])
    await parent(tmp_path, children).run(model)

    assert "def f(): ..." in model.asked[-1][0][-1].content
    assert children.world.log.events == []


async def test_cancelling_the_task_cancels_the_child(tmp_path: Path) -> None:
    token = CancellationToken()
    children = Children(tmp_path / "child", [READ], [])

    async def cancelled(*_: object) -> None:
        token.cancel("user")

    children.world.perform = cancelled  # type: ignore[method-assign, assignment]
    around = parent(tmp_path, children, token=token)
    result = await around.run(ScriptedMind([ASK_CODER]), token=token)

    assert result.status == "cancelled"
    assert (around.log.types()[-1], children.world.log.types()[-1]) == ("task_cancelled", "task_cancelled")


async def test_agents_are_tools_for_those_that_may_call_them(tmp_path: Path) -> None:
    agents = AgentsSettings()
    tools = WithAgents(World(tmp_path), agents, agents.main)

    assert tools.tools()[-1].name == "coder"
    assert await tools.action("coder", {"prompt": "Write f."}) == Delegate(agent_id="coder", prompt="Write f.")
    assert await tools.action("file_read", {"path": "a"}) == ReadFile(path="a")
    with pytest.raises(ActionRefusedError):
        await tools.action("coder", {"prompt": " "})
    alone = WithAgents(World(tmp_path), agents, Blueprint(tools=("coder",)), may_delegate=False)
    assert len(alone.tools()) == len(World(tmp_path).tools())
