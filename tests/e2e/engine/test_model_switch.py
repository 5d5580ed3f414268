"""Two models of which memory holds one at a time: engines leave and come, and every request ends (I7, T14)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import psutil
import pytest

from pylot.config.shipped import shipped_folder
from pylot.engine.gguf_header import read_header
from pylot.engine.resources import SAFETY, LoadOptions, estimate
from pylot.engine.running import running_engines
from pylot.kernel.clock import SystemClock
from pylot.kernel.errors import ModelTooLargeError
from pylot.models import residency
from pylot.models.cards import load_cards
from pylot.models.door import Models
from pylot.models.settings import CatalogueEntry, EngineSettings, ModelsSettings, RoleSettings
from pylot.models.values import ChatMessage, CompletionParameters, FimPrompt, Usage
from tests.support.random_gguf import CHAT_TEMPLATE, RandomModels, Shape

SHAPE = Shape(n_layers=4, embedding=256, feed_forward=1024, chat_template=CHAT_TEMPLATE)
PARAMETERS = CompletionParameters(max_tokens=4)
PROMPT = FimPrompt(path="a.py", head="", tail="def main():", suffix="")

Open = Callable[[str, str], Models]


@pytest.fixture
async def new_window(
    own_home: Path, random_model: RandomModels, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Open]:
    monkeypatch.setattr(residency, "QUIET_SECONDS", 0.0)
    (own_home / "run").mkdir(mode=0o700)
    files = {name: random_model(Shape(**{**vars(SHAPE), "name": name})) for name in ("first", "second")}
    need = estimate(read_header(files["first"]), LoadOptions(512)).total
    opened: list[Models] = []

    def new(complete: str, chat: str) -> Models:
        opened.append(
            Models(
                ModelsSettings(
                    roles=RoleSettings(complete=complete, chat=chat),
                    catalogue={name: CatalogueEntry(file=str(file)) for name, file in files.items()},
                ),
                # Room for one of them and a little more.
                EngineSettings(context=512, threads=1, idle_seconds=20.0, memory_gb=1.3 * need / SAFETY / 1e9),
                cards=load_cards(shipped_folder() / "models.yaml"),
                models_directory=own_home,
                runtime_directory=own_home / "run",
                log_directory=own_home,
                clock=SystemClock(),
                say=said.append,
            )
        )
        return opened[-1]

    yield new
    for window in opened:
        await window.close()
    for engine in await running_engines(own_home / "run"):
        psutil.Process(engine.pid).terminate()


@pytest.fixture
def said() -> list[str]:
    return []


async def complete(models: Models) -> str:
    events = [it async for it in models.provider("complete").complete(PROMPT, PARAMETERS)]
    assert isinstance(events[-1], Usage)
    return events[-1].finish


async def chat(models: Models) -> str:
    message = ChatMessage("user", "hello")
    events = [it async for it in models.provider("chat").chat([message], PARAMETERS)]
    assert isinstance(events[-1], Usage)
    return events[-1].finish


async def loaded(own_home: Path) -> list[str]:
    return [engine.label.split("-")[0] for engine in await running_engines(own_home / "run")]


async def test_models_take_turns_in_one_place(new_window: Open, own_home: Path, said: list[str]) -> None:
    window = new_window("first", "second")
    ends, held = [await complete(window)], [await loaded(own_home)]
    ends.append(await chat(window))
    held.append(await loaded(own_home))
    ends += await asyncio.gather(*(complete(window) for _ in range(3)))

    assert set(ends) <= {"length", "end", "stop"}
    assert held == [["first"], ["second"]]
    assert said == [
        "There is no room for second beside first, so first is unloaded until it is used.",
        "There is no room for first beside second, so second is unloaded until it is used.",
    ]


async def test_what_a_window_left_behind_makes_room_at_once(new_window: Open, own_home: Path, said: list[str]) -> None:
    """An engine stays for its idle time, which must not cost the next model its memory."""
    window = new_window("first", "first")
    await complete(window)
    await window.close()
    await complete(new_window("second", "second"))

    assert await loaded(own_home) == ["second"]
    assert len(said) == 1


async def test_another_windows_engine_is_never_taken_away(new_window: Open, own_home: Path, said: list[str]) -> None:
    one, other = new_window("first", "first"), new_window("second", "second")
    await complete(one)
    with pytest.raises(ModelTooLargeError, match=r"^second needs about .* close something"):
        await complete(other)

    assert await loaded(own_home) == ["first"]
    assert "first is unloaded" not in " ".join(said)
