"""What the model has read of a document comes back with it, unless what it was made from has changed (issue 5)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from pylot.completion.environment import Environment
from pylot.completion.gate import GateFacts
from pylot.completion.saved_places import Keeping
from pylot.completion.service import CompletionService
from pylot.completion.settings import CompletionSettings
from pylot.completion.sources import Surroundings
from pylot.completion.values import CompletionRequest, OpenFile
from pylot.kernel.clock import ManualClock
from pylot.kernel.errors import EngineUnavailableError
from pylot.models.values import FimPrompt
from tests.support.scripted_provider import ScriptedProvider

URI, PATH = "file:///project/a.py", "/project/a.py"
LINES = [f"value_{number} = compute({number}, scale)\n" for number in range(60)]
BEFORE, AFTER = "".join(LINES[:30]), "".join(LINES[30:])
OTHER = OpenFile(
    "/project/b.py", "python", "def compute(number, scale):\n    value_1 = number * scale\n    return value_1\n"
)


@dataclass
class Engine:
    """Keeps prompts and notes; `connection` changes with each start."""

    connection: object | None = "first"
    kept: dict[str, tuple[FimPrompt, str]] = field(default_factory=dict)
    restored: list[str] = field(default_factory=list)
    tokens: int = 100
    is_lost: bool = False

    async def save(self, key: str, prompt: FimPrompt, note: str) -> bool:
        self._fail_if_lost()
        self.kept[key] = prompt, note
        return True

    async def note(self, key: str) -> str:
        self._fail_if_lost()
        return self.kept[key][1] if key in self.kept else ""

    async def restore(self, key: str) -> int:
        self.restored.append(key)
        return self.tokens

    async def forget(self, key: str) -> None:
        del self.kept[key]

    def _fail_if_lost(self) -> None:
        if self.is_lost:
            raise EngineUnavailableError("The engine was lost.")


class Window:
    """A service of its own, as after a restart, with the files that it may see."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.clock = ManualClock()
        self.service = CompletionService(self.clock)
        self.model = ScriptedProvider("x")
        self.files = {OTHER.path: OTHER.text, PATH: ""}
        self.service.keeping = Keeping(engine, lambda path: path in self.files, self.text_now)

    async def text_now(self, path: str) -> str | None:
        return self.files.get(path)

    def environment(self, *, open_files: bool = True) -> Environment:
        surroundings = Surroundings([OTHER] if open_files else [])
        settings = CompletionSettings.model_validate({"local_predictor": False, "eagerness": "always"})
        return Environment(settings, GateFacts(), surroundings, self.model, "scripted")

    async def ask(self, typed: str = "value_", before: str = BEFORE, *, open_files: bool = True) -> FimPrompt:
        text = before + typed + "\n" + AFTER
        request = CompletionRequest(URI, PATH, "python", 1, text, len(before + typed))
        await self.service.complete(request, self.environment(open_files=open_files))
        return self.model.prompts[-1]

    async def rest(self) -> None:
        """Half a minute goes by."""
        self.service.tick()
        self.clock.advance(40)
        self.service.tick()
        await asyncio.sleep(0)


@pytest.fixture
def engine() -> Engine:
    return Engine()


@pytest.fixture
async def window(engine: Engine) -> AsyncIterator[Window]:
    """Somebody has typed and rested."""
    made = Window(engine)
    await made.ask()
    await made.rest()
    yield made
    await made.service.close()


@pytest.fixture
async def again(window: Window, engine: Engine) -> AsyncIterator[Window]:
    """The next start, where no other file is open yet."""
    engine.connection = "second"
    made = Window(engine)
    yield made
    await made.service.close()


async def test_the_same_prompt_comes_back(window: Window, again: Window) -> None:
    """Also what it quotes of files that are not open yet, without which its state would be of no use."""
    (first,) = window.model.prompts

    prompt = await again.ask("value_3", open_files=False)

    assert [chunk.file for chunk in prompt.context] == [OTHER.path]
    assert replace(prompt, tail="") == replace(first, tail="", copy_from=())
    assert again.engine.restored == [URI]


def without_other(window: Window) -> None:
    del window.files[OTHER.path]


def with_other_changed(window: Window) -> None:
    window.files[OTHER.path] = OTHER.text.replace("scale", "factor")


def of_another_model(window: Window) -> None:
    change_note(window, model="another")


def of_another_file(window: Window) -> None:
    change_note(window, uri="file:///project/c.py")


def of_another_kind(window: Window) -> None:
    change_note(window, prompt=None)


def change_note(window: Window, **changes: Any) -> None:
    prompt, note = window.engine.kept[URI]
    window.engine.kept[URI] = prompt, json.dumps({**json.loads(note), **changes})


@pytest.mark.parametrize(
    "change", [without_other, with_other_changed, of_another_model, of_another_file, of_another_kind]
)
async def test_what_it_was_made_from_has_changed(again: Window, change: Callable[[Window], None]) -> None:
    """P1: a file that is excluded by now reaches no prompt, and its state is removed."""
    change(again)

    prompt = await again.ask(open_files=False)

    assert prompt.context == ()
    assert (again.engine.restored, again.engine.kept) == ([], {})


async def test_the_document_has_changed(again: Window) -> None:
    await again.ask(before=BEFORE.replace("value_2", "total_2"), open_files=False)

    assert (again.engine.restored, again.engine.kept) == ([], {})


async def test_whoever_types_on_keeps_one_state(window: Window, engine: Engine) -> None:
    engine.kept.clear()
    await window.ask("value_30")
    await window.rest()

    assert engine.kept == {}, "nothing but the tail has changed"

    await window.ask("", before=BEFORE + "value_31 = 1\n" * 100)
    await window.rest()

    assert list(engine.kept) == [URI]


async def test_nothing_is_saved_while_somebody_types(engine: Engine) -> None:
    window = Window(engine)
    for n_typed in range(5):
        await window.ask("value"[:n_typed])
        window.clock.advance(20)
        window.service.tick()

    assert engine.kept == {}
    await window.service.close()


@pytest.mark.parametrize("leave", ["document_closed", "close"])
async def test_who_leaves_leaves_a_state(engine: Engine, leave: str) -> None:
    window = Window(engine)
    await window.ask()
    if leave == "document_closed":
        window.service.document_closed(URI)
    await window.service.close()

    assert list(engine.kept) == [URI]


async def test_a_file_that_is_excluded_by_now_is_not_saved(engine: Engine) -> None:
    """P1."""
    window = Window(engine)
    await window.ask()
    del window.files[PATH]
    await window.rest()
    await window.service.close()

    assert engine.kept == {}


async def test_a_restarted_engine_gets_it_back_once(window: Window, engine: Engine) -> None:
    engine.connection = "second"
    for typed in ("value_3", "value_31", "value_31 "):
        await window.ask(typed)

    assert engine.restored == [URI]


async def test_what_fails_is_done_without(again: Window, engine: Engine) -> None:
    engine.is_lost = True
    assert (await again.ask()).tail == "value_"
    await again.rest()

    engine.is_lost, engine.tokens, engine.connection = False, 0, "third"
    assert (await again.ask("value_3")).tail == "value_3"
