"""The desk of a window: one run for each task, whatever goes wrong before it begins (A14)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pylot.agent.run import RunRequest
from pylot.app.agent_client import NobodyThere
from pylot.app.agent_desk import AgentDesk
from pylot.app.configuration import Configuration
from pylot.app.workplace import Workplace
from pylot.config.sources import Sources
from pylot.kernel.clock import ManualClock
from pylot.kernel.errors import ConfigError, JournalError, ModelAbilityError
from pylot.storage.directories import Directories
from pylot.text.store import DocumentStore
from tests.support.recording_client import RecordingClient


class NoModels:
    """A door behind which there is no model, once `gate` is open."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.verdicts: Any = None

    def provider(self, role: str, agent: str = "") -> Any:
        return self

    async def ready(self) -> Any:
        await self.gate.wait()
        raise ModelAbilityError("There is no chat model.")


@pytest.fixture
def models() -> NoModels:
    return NoModels()


@pytest.fixture
def workplace(tmp_path: Path, models: NoModels) -> Workplace:
    names = ("config", "data", "cache", "models", "log", "run")
    door: Any = models
    visible: Any = SimpleNamespace(new_gate=lambda: None)
    root = tmp_path / "project"
    root.mkdir()

    async def search(query: object) -> dict[str, Any]:
        return {"hits": [], "notes": []}

    return Workplace(
        directories=Directories(*(tmp_path / name for name in names)),
        clock=ManualClock(),
        models=door,
        documents=DocumentStore(ManualClock()),
        configuration=Configuration(Sources(tmp_path / "config", environ={}), RecordingClient()),
        folders=lambda: (root,),
        visible=visible,
        search=search,
        say=lambda _: None,
    )


@pytest.fixture
async def desk(workplace: Workplace) -> AsyncIterator[AgentDesk]:
    desk = AgentDesk(workplace, NobodyThere())
    yield desk
    await desk.close()


async def test_what_goes_wrong_is_in_the_result(desk: AgentDesk, models: NoModels) -> None:
    models.gate.set()
    task = await desk.run(RunRequest(prompt="Mend it"))
    result = await desk.result(task.id)

    assert (result["status"], result["message"]) == ("failed", "There is no chat model.")


async def test_a_task_is_worked_on_once_at_a_time(desk: AgentDesk, models: NoModels) -> None:
    task = await desk.run(RunRequest(prompt="Mend it"))
    with pytest.raises(JournalError, match="at work on this task already"):
        await desk.resume(task.id)
    models.gate.set()
    await desk.result(task.id)
    models.gate.clear()
    both = await asyncio.gather(desk.resume(task.id), desk.resume(task.id), return_exceptions=True)

    assert [type(each).__name__ for each in both] == ["Task", "JournalError"]


async def test_a_task_can_be_cancelled_before_its_model_answers(desk: AgentDesk) -> None:
    task = await desk.run(RunRequest(prompt="Mend it"))

    assert await desk.cancel() == {"taskId": task.id, "status": "cancelled"}
    with pytest.raises(JournalError, match="cancelled already"):
        await desk.resume(task.id)


async def test_closing_leaves_work_interrupted(desk: AgentDesk, workplace: Workplace) -> None:
    task = await desk.run(RunRequest(prompt="Mend it"))
    await desk.close()
    again = AgentDesk(workplace, NobodyThere())

    assert [(each["taskId"], each["status"]) for each in (await again.tasks())["tasks"]] == [(task.id, "interrupted")]
    await again.close()


async def test_no_folder_no_agent_and_no_other_workspace(workplace: Workplace, tmp_path: Path) -> None:
    nowhere = AgentDesk(replace(workplace, folders=lambda: ()), NobodyThere())
    with pytest.raises(ConfigError, match="Open a folder first"):
        await nowhere.run(RunRequest(prompt="Mend it"))
    here = AgentDesk(workplace, NobodyThere())
    with pytest.raises(ConfigError, match="no agent 'nobody'"):
        await here.run(RunRequest(prompt="Mend it", agent="nobody"))
    task = await here.run(RunRequest(prompt="Mend it"))
    await here.close()
    elsewhere = AgentDesk(replace(workplace, folders=lambda: (tmp_path,)), NobodyThere())
    with pytest.raises(JournalError, match="another workspace"):
        await elsewhere.resume(task.id)
    assert await elsewhere.tasks() == {"tasks": []}
    await elsewhere.close()
