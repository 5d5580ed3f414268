"""One document, one waiting request, one run of the model: superseding, joining, cancelling (design.md section 4)."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from pylot.completion.environment import Environment
from pylot.completion.flat_text import flatten
from pylot.completion.gate import GateFacts
from pylot.completion.line_index import LineIndex
from pylot.completion.packed_file import UnpackedFile
from pylot.completion.service import CompletionService
from pylot.completion.settings import CompletionSettings
from pylot.completion.sources import Surroundings
from pylot.completion.values import CompletionAnswer, CompletionRequest, OpenFile, SelectedCompletion, Trigger
from pylot.kernel.cancellation import CancellationToken
from pylot.kernel.clock import SystemClock
from pylot.kernel.errors import EngineUnavailableError
from pylot.models.values import CompletionParameters, Delta, FimPrompt, Urgency, Usage
from tests.support.scripted_provider import PROFILE, ScriptedProvider

BEFORE = "import os\n\n\ndef main(path):\n    "
AFTER = "\n\n\nmain('x')\n"
ALIKE = "import os\n\n\ndef main(path):\n    return os.listdir(path)\n"
# What a single file says may be chance; so many that agree are not.
SEVERAL = tuple(OpenFile(f"/{number}.py", "python", ALIKE) for number in range(8))


class Stream(ScriptedProvider):
    """A model whose every token the test gives out."""

    def __init__(self) -> None:
        super().__init__()
        self.runs: list[tuple[FimPrompt, CompletionParameters, CancellationToken | None]] = []
        self.pieces: asyncio.Queue[str] = asyncio.Queue()

    async def complete(
        self,
        prompt: FimPrompt,
        parameters: CompletionParameters,
        *,
        urgency: Urgency = Urgency.COMPLETION,
        token: CancellationToken | None = None,
    ) -> AsyncIterator[Delta | Usage]:
        self.runs.append((prompt, parameters, token))
        assert token is not None
        token.on_cancel(lambda _: self.pieces.put_nowait(""))
        while (piece := await self.pieces.get()) and not token.cancelled:
            yield Delta(piece, -0.01)
        yield Usage("cancelled" if token.cancelled else "end")

    def give(self, *pieces: str) -> None:
        """Give out tokens; an empty one ends the stream."""
        for piece in pieces:
            self.pieces.put_nowait(piece)

    @property
    def token(self) -> CancellationToken:
        """The token of the last run."""
        token = self.runs[-1][2]
        assert token is not None
        return token


def environment(provider: ScriptedProvider | None, *files: OpenFile, **settings: object) -> Environment:
    return Environment(
        settings=CompletionSettings.model_validate({"local_predictor": bool(files), **settings}),
        facts=GateFacts(),
        surroundings=Surroundings(files),
        provider=provider,
        model="scripted",
    )


def request(typed: str = "", version: int = 1, *, trigger: Trigger = Trigger.AUTOMATIC) -> CompletionRequest:
    text = BEFORE + typed + AFTER
    return CompletionRequest("file:///a.py", "/a.py", "python", version, text, len(BEFORE + typed), trigger)


@pytest.fixture
async def service() -> AsyncIterator[CompletionService]:
    made = CompletionService(SystemClock())
    yield made
    await made.close()


async def settled() -> None:
    """Let every task run until it waits."""
    for _ in range(20):
        await asyncio.sleep(0)


def texts(answer: CompletionAnswer) -> list[str]:
    return [suggestion.text for suggestion in answer.suggestions]


async def test_a_newer_request_answers_the_waiting_one_at_once(service: CompletionService) -> None:
    stream = Stream()
    first = asyncio.create_task(service.complete(request(), environment(stream)))
    await settled()
    second = asyncio.create_task(service.complete(request("x", 2), environment(stream)))
    answer = await first

    assert answer.superseded
    assert not second.done()
    stream.give("")
    await second


async def test_a_stream_that_agrees_with_what_is_typed_goes_on(service: CompletionService) -> None:
    """In-flight reuse: the model is asked once, although two requests wait one after the other."""
    stream = Stream()
    first = asyncio.create_task(service.complete(request(), environment(stream)))
    await settled()
    stream.give("return ")
    await settled()
    second = asyncio.create_task(service.complete(request("ret", 2), environment(stream)))
    await settled()
    stream.give("os.listdir(path)", "")

    assert (await first).superseded
    assert texts(await second) == ["urn os.listdir(path)"]
    assert len(stream.runs) == 1


async def test_a_stream_that_disagrees_is_cancelled(service: CompletionService) -> None:
    stream = Stream()
    first = asyncio.create_task(service.complete(request(), environment(stream)))
    await settled()
    stream.give("return ")
    await settled()
    token = stream.token
    second = asyncio.create_task(service.complete(request("print", 2), environment(stream)))
    await settled()

    assert token.cancelled
    assert (await first).superseded
    stream.give("(path)", "")
    assert texts(await second) == ["(path)"]
    assert len(stream.runs) == 2


async def test_a_cancelled_request_stops_the_model_unless_the_next_one_joins(service: CompletionService) -> None:
    """Editors cancel and ask again at every key; the moment between the two must not cost the stream."""
    stream = Stream()
    first = asyncio.create_task(service.complete(request(), environment(stream)))
    await settled()
    stream.give("return ")
    await settled()
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    second = asyncio.create_task(service.complete(request("r", 2), environment(stream)))
    await settled()
    second.cancel()
    with pytest.raises(asyncio.CancelledError):
        await second
    cancelled = asyncio.Event()
    stream.token.on_cancel(lambda _: cancelled.set())
    await asyncio.wait_for(cancelled.wait(), 5)

    assert len(stream.runs) == 1


async def test_typing_through_asks_nobody(service: CompletionService) -> None:
    provider = ScriptedProvider("return os.listdir(path)")
    shown = await service.complete(request(), environment(provider))
    typed = [await service.complete(request("return"[:n], n), environment(provider)) for n in range(1, 7)]
    deleted = await service.complete(request("ret", 9), environment(provider))

    assert texts(shown) == ["return os.listdir(path)"]
    assert [texts(answer)[0] for answer in typed] == ["return os.listdir(path)"[n:] for n in range(1, 7)]
    assert texts(deleted) == ["urn os.listdir(path)"]
    assert len(provider.prompts) == 1


async def test_typing_through_searches_nothing(service: CompletionService) -> None:
    """What a keystroke costs is counted, because a busy machine makes any time longer (issue 4)."""
    looks = []

    class Watched(LineIndex):
        def files_like(self, before: str, allowed: Callable[[str], bool]) -> Iterator[UnpackedFile]:
            looks.append(before)
            return super().files_like(before, allowed)

    service.workspace = Watched()
    plain = environment(ScriptedProvider("return os.listdir(path)"), local_predictor=True)
    here = replace(plain, surroundings=Surroundings(workspace_allowed=lambda _path: True))
    for typed in ("", "r", "re", "ret", "retu", "ret"):
        await service.complete(request(typed, len(typed) + 1), here)

    assert len(looks) == 1


async def test_the_first_request_finds_the_open_files_prepared(
    service: CompletionService, monkeypatch: pytest.MonkeyPatch
) -> None:
    flattened = []

    def counting(text: str) -> str:
        flattened.append(text)
        return flatten(text)

    monkeypatch.setattr("pylot.completion.copy_index.flatten", counting)
    await service.warm_up(replace(request(), offset=0), environment(None, *SEVERAL))
    warm = list(flattened)
    answer = await service.complete(request(), environment(None, *SEVERAL))

    assert texts(answer) == ["return os.listdir(path)"]
    assert flattened == warm == [ALIKE] * len(SEVERAL)


async def test_an_invoked_request_gets_several_an_automatic_one_gets_one(service: CompletionService) -> None:
    answers = iter(["return path", "return os.listdir(path)", "pass"])
    provider = ScriptedProvider(lambda _: next(answers))
    invoked = await service.complete(request(trigger=Trigger.INVOKED), environment(provider))

    assert sorted(texts(invoked)) == ["pass", "return os.listdir(path)", "return path"]


async def test_a_sure_copy_saves_the_model(service: CompletionService) -> None:
    class Weak(ScriptedProvider):
        profile = replace(PROFILE, copy_first_confidence=0.4)

    weak, strong = Weak("pass"), ScriptedProvider("pass")
    copied = await service.complete(request(), environment(weak, *SEVERAL))
    asked = await service.complete(request("# ", 2), environment(strong, *SEVERAL))

    assert [(each.source, each.text) for each in copied.suggestions] == [("copy", "return os.listdir(path)")]
    assert weak.prompts == []
    assert texts(asked) == ["pass"]


async def test_a_model_that_is_still_loading_keeps_nobody_waiting(service: CompletionService) -> None:
    class Loading(ScriptedProvider):
        profile = None

    loading = Loading("pass")
    answer = await service.complete(request(), environment(loading, *SEVERAL))

    assert texts(answer) == ["return os.listdir(path)"]
    assert loading.prompts == []


async def test_who_joins_a_run_that_comes_to_nothing_gets_what_the_predictor_knows_by_then(
    service: CompletionService,
) -> None:
    """The run began before the line was typed that can be copied, and the model is sure of nothing (P2)."""

    class Unsure(Stream):
        async def complete(self, *arguments: Any, **options: Any) -> AsyncIterator[Delta | Usage]:
            async for value in super().complete(*arguments, **options):
                yield Usage("floor") if isinstance(value, Usage) else value

    unsure = Unsure()
    files = [replace(each, text="def count(path):\n    n = 1\n    return os.listdir(path)\n") for each in SEVERAL]
    first = asyncio.create_task(service.complete(request(), environment(unsure, *files)))
    await settled()
    second = asyncio.create_task(service.complete(request("return", 2), environment(unsure, *files)))
    await settled()
    unsure.give("")

    assert (await first).superseded
    assert [(each.source, each.text) for each in (await second).suggestions] == [("copy", " os.listdir(path)")]
    assert len(unsure.runs) == 1


async def test_what_predictor_and_model_both_say_is_shown_although_each_is_unsure(service: CompletionService) -> None:
    """Alone neither reaches the threshold (issue 4)."""
    other = OpenFile("/b.py", "python", "def main(path):\n    return os.listdir(path)\n")
    unsure = ScriptedProvider("return os.listdir(path)", logprob=math.log(0.6))
    alone = await service.complete(request(), environment(unsure, eagerness="quiet"))
    copied = await service.complete(request(), environment(None, other, eagerness="quiet"))
    both = await service.complete(request("", 2), environment(unsure, other, eagerness="quiet"))

    assert alone.suggestions == copied.suggestions == ()
    assert texts(both) == ["return os.listdir(path)"]
    assert both.suggestions[0].confidence >= 0.6


async def test_without_a_model_copying_still_works(service: CompletionService) -> None:
    answer = await service.complete(request(), environment(None, *SEVERAL))
    nothing = await service.complete(request("zzz", 2), environment(None, *SEVERAL))

    assert texts(answer) == ["return os.listdir(path)"]
    assert nothing.reason == "no_model"


async def test_a_failing_model_is_a_reason_not_an_error(service: CompletionService) -> None:
    class Broken(ScriptedProvider):
        def complete(self, *_: object, **__: object) -> AsyncIterator[Delta | Usage]:
            raise EngineUnavailableError("The engine is away.")

    answer = await service.complete(request(), environment(Broken()))
    trace = service.explain(1)[0]

    assert answer.reason == "model_failed"
    assert "The engine is away." in str(trace["sentence"])


async def test_a_model_that_is_too_slow_is_left(service: CompletionService) -> None:
    stream = Stream()
    answer = await service.complete(request(), environment(stream, deadline_ms=50))

    assert answer.reason == "timed_out"
    assert stream.token.cancelled


async def test_the_selected_entry_is_extended_in_its_own_range(service: CompletionService) -> None:
    provider = ScriptedProvider("(path)")
    asked = request("pri")
    selected = SelectedCompletion(asked.offset - 3, asked.offset, "print")
    asked = CompletionRequest(
        asked.uri, asked.path, asked.language, asked.version, asked.text, asked.offset, asked.trigger, selected
    )
    (suggestion,) = (await service.complete(asked, environment(provider))).suggestions

    assert (suggestion.start, suggestion.end, suggestion.text) == (selected.start, selected.end, "print(path)")
    assert provider.prompts[0].tail.endswith("print")


async def test_closing_a_document_answers_what_waits(service: CompletionService) -> None:
    stream = Stream()
    waiting = asyncio.create_task(service.complete(request(), environment(stream)))
    await settled()
    service.document_closed("file:///a.py")

    assert (await waiting).superseded
    assert stream.token.cancelled


async def test_what_becomes_of_a_suggestion_is_learned_and_explained(service: CompletionService) -> None:
    provider = ScriptedProvider("return path")
    answer = await service.complete(request(), environment(provider))
    service.document_changed("file:///a.py", request().text, request("return path").text)
    steps = service.explain(1)[0]["steps"]
    assert isinstance(steps, list)

    assert answer.suggestions[0].source == "model"
    assert [step["outcome"] for step in steps if step["name"] == "learn"] == ["shown", "accepted"]
    assert service.tracker.counts.to_dict() == {"python": {"model": {"shown": 1, "accepted": 1}}}
