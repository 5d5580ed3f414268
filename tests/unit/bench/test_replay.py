"""Contenders take turns at every key, and are interrupted as their plugins do."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from pylot.bench.contender import Answer
from pylot.bench.replay import Record, play_at_pace, take_turns
from pylot.bench.traces import Keystroke, Trace, load_traces
from pylot.kernel.errors import ProviderRequestError

TRACE = load_traces(["linear-python"])[0]
HASTY = replace(TRACE, keystrokes=tuple(replace(key, pause_ms=0) for key in TRACE.keystrokes[:5]))


class Scripted:
    """Answers at once, or, where `patient`, only the last key."""

    def __init__(self, name: str, log: list[str], *, patient: bool = False) -> None:
        self.name = name
        self.interrupts = True
        self.n_generated = 0
        self._log = log
        self._patient = patient

    async def start(self) -> None:
        """Do nothing."""

    async def open(self, trace: Trace) -> None:
        self._log.append(f"{self.name} opens {trace.name}")

    def press(self, key: Keystroke) -> None:
        self._log.append(f"{self.name} {key.text}")

    async def ask(self, key: Keystroke) -> Answer:
        self.n_generated += 3
        if self._patient and key not in (HASTY.keystrokes[0], HASTY.keystrokes[-1]):
            await asyncio.Event().wait()
        return Answer("shown", first_ms=1.0, total_ms=2.0, generated_tokens=3)

    async def settle(self) -> None:
        """Be at rest always."""

    async def process_ids(self) -> Sequence[int]:
        return []

    async def close(self) -> None:
        """Do nothing."""


async def test_who_begins_moves_on_with_each_key() -> None:
    log: list[str] = []
    records: list[Record] = []
    await take_turns([Scripted("a", log), Scripted("b", log)], [HASTY], 3, lambda: None, records)

    assert log == ["a opens linear-python", "a i", "b opens linear-python", "b i", "b f", "a f", "a  ", "b  "]
    assert [(each.contender, each.index, each.what) for each in records][:3] == [
        ("a", 0, "cold"), ("b", 0, "cold"), ("b", 1, "typed"),
    ]  # fmt: skip


async def test_a_file_that_was_open_before_is_not_cold() -> None:
    records: list[Record] = []
    await take_turns([Scripted("a", [])], [HASTY, HASTY], 1, lambda: None, records)

    assert [each.what for each in records] == ["cold", "reopened"]


async def test_a_limited_contender_is_asked_at_as_many_keys_as_its_time_allows() -> None:
    """Time is what its limit says and no more: nothing, then everything; it sees every change all the same."""
    log: list[str] = []
    records: list[Record] = []
    contenders = [Scripted(name, log) for name in ("always", "never", "often")]
    await take_turns(contenders, [HASTY], 3, lambda: None, records, {"never": 0.0, "often": 1e9})

    assert [(each.contender, each.index) for each in records if each.contender != "always"] == [
        ("often", 1), ("often", 2),
    ]  # fmt: skip
    assert [line for line in log if line.startswith("never")] == [
        "never opens linear-python",
        "never i",
        "never f",
        "never  ",
    ]


class Refusing(Scripted):
    """Its model has too small a context."""

    async def ask(self, key: Keystroke) -> Answer:
        raise ProviderRequestError("The prompt is too long.", too_long=True)


async def test_a_prompt_that_is_too_long_counts_as_not_asked() -> None:
    records: list[Record] = []
    await take_turns([Refusing("a", []), Scripted("b", [])], [HASTY], 1, lambda: None, records)

    assert [each.answer.asked for each in records] == [False, True]


class Remembering(Scripted):
    """Shows the rest of its first answer to typing from then on, which it had not the time to show at that key."""

    async def ask(self, key: Keystroke) -> Answer:
        index = HASTY.keystrokes.index(key)
        self.n_generated = min(3, 3 * index)
        if index == 1:
            await asyncio.Event().wait()
        return Answer("shown"[index - 1 :], total_ms=2.0, generated_tokens=3)


async def test_the_tokens_of_an_answer_that_is_shown_later_are_not_wasted() -> None:
    found = await play_at_pace(Remembering("a", []), HASTY, 4)

    assert (found.n_generated, found.n_wasted) == (3, 0)


async def test_what_was_given_up_is_wasted() -> None:
    found = await play_at_pace(Scripted("a", [], patient=True), HASTY, 4)

    assert (found.n_keys, found.n_shown, found.n_generated, found.n_wasted) == (4, 1, 12, 9)
