"""The suggestion after the one on the screen is there before that one is accepted (issue 5, P2)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import pytest

from pylot.completion.answer_cache import Answer
from pylot.completion.environment import Environment
from pylot.completion.gate import GateFacts
from pylot.completion.looking_ahead import Ahead
from pylot.completion.lookup import Place
from pylot.completion.service import CompletionService
from pylot.completion.settings import CompletionSettings
from pylot.completion.sources import Surroundings
from pylot.completion.values import CompletionAnswer, CompletionRequest, OpenFile
from pylot.kernel.cancellation import CancellationToken
from pylot.kernel.clock import SystemClock
from pylot.models.values import CompletionParameters, Delta, FimPrompt, ModelProfile, Urgency, Usage
from tests.support.scripted_provider import PROFILE, ScriptedProvider

BEFORE = "import os\n\n\ndef main(path):\n    names = "
AFTER = "\n\n\nmain('x')\n"
SHOWN, NEXT = "os.listdir(path)", "[:10]"


class Preempting(ScriptedProvider):
    """A model that may be asked ahead; each answer but the first waits until the test gives it out."""

    profile: ModelProfile | None = replace(PROFILE, preempts=True)

    def __init__(self, answer: str | Callable[[FimPrompt], str]) -> None:
        super().__init__(answer)
        self.asked: list[tuple[Urgency, CancellationToken]] = []
        self.hurried: list[bool] = []

    async def complete(
        self,
        prompt: FimPrompt,
        parameters: CompletionParameters,
        *,
        urgency: Urgency = Urgency.COMPLETION,
        token: CancellationToken | None = None,
    ) -> AsyncIterator[Delta | Usage]:
        assert token is not None
        self.asked.append((urgency, token))
        token.on_hurry(lambda: self.hurried.append(True))
        if urgency is Urgency.COMPLETION:
            self.gate.set()
        async for value in super().complete(prompt, parameters, urgency=urgency, token=token):
            yield value
        self.gate.clear()


def after_tail(answers: dict[str, str]) -> Callable[[FimPrompt], str]:
    """Answer by how the prompt ends."""
    return lambda prompt: next((text for end, text in answers.items() if prompt.tail.endswith(end)), "")


def environment(provider: ScriptedProvider, **settings: object) -> Environment:
    return Environment(
        settings=CompletionSettings.model_validate({"local_predictor": False, "eagerness": "always", **settings}),
        facts=GateFacts(),
        surroundings=Surroundings(()),
        provider=provider,
        model="scripted",
    )


def request(typed: str = "") -> CompletionRequest:
    return CompletionRequest("file:///a.py", "/a.py", "python", 1, BEFORE + typed + AFTER, len(BEFORE + typed))


async def settled() -> None:
    for _ in range(50):
        await asyncio.sleep(0)


def texts(answer: CompletionAnswer) -> list[str]:
    return [suggestion.text for suggestion in answer.suggestions]


@pytest.fixture
async def service() -> AsyncIterator[CompletionService]:
    made = CompletionService(SystemClock())
    yield made
    await made.close()


@pytest.fixture
def model() -> Preempting:
    return Preempting(after_tail({"names = ": SHOWN, SHOWN: NEXT}))


def type_in(service: CompletionService, before: str, after: str) -> None:
    service.document_changed("file:///a.py", BEFORE + before + AFTER, BEFORE + after + AFTER)


async def show(service: CompletionService, model: Preempting, **settings: object) -> None:
    assert texts(await service.complete(request(), environment(model, **settings))) == [SHOWN]
    await settled()


async def test_the_answer_after_accepting_is_there_already(service: CompletionService, model: Preempting) -> None:
    await show(service, model)
    model.gate.set()
    await settled()
    type_in(service, "", SHOWN)
    answer = await service.complete(request(SHOWN), environment(model))
    await settled()

    assert texts(answer) == [NEXT]
    assert service.explain(1)[0]["steps"][1]["outcome"] == "looked ahead"  # type: ignore[index]
    # The third is the next look ahead, from what is on the screen now.
    assert [urgency for urgency, _ in model.asked] == [Urgency.COMPLETION, Urgency.SPECULATIVE, Urgency.SPECULATIVE]


async def test_typing_through_and_accepting_a_part_asks_once(service: CompletionService, model: Preempting) -> None:
    await show(service, model)
    for end in range(1, len(SHOWN)):
        type_in(service, SHOWN[: end - 1], SHOWN[:end])
        assert texts(await service.complete(request(SHOWN[:end]), environment(model))) == [SHOWN[end:]]
    await settled()

    assert len(model.asked) == 2
    assert not model.asked[1][1].cancelled


async def test_whoever_accepts_early_joins_the_run_and_hurries_it(
    service: CompletionService, model: Preempting
) -> None:
    await show(service, model)
    type_in(service, "", SHOWN)
    waiting = asyncio.create_task(service.complete(request(SHOWN), environment(model)))
    await settled()
    hurried = list(model.hurried)
    model.gate.set()

    assert texts(await waiting) == [NEXT]
    assert hurried == [True]
    assert [urgency for urgency, _ in model.asked[:2]] == [Urgency.COMPLETION, Urgency.SPECULATIVE]


@pytest.mark.parametrize("typed", ["o", "x", "#"])
async def test_typing_something_else_stops_it(service: CompletionService, model: Preempting, typed: str) -> None:
    await show(service, model)
    type_in(service, "", typed)

    assert model.asked[1][1].cancelled == (not SHOWN.startswith(typed))


async def test_editing_elsewhere_and_closing_stop_it(service: CompletionService, model: Preempting) -> None:
    await show(service, model)
    service.document_changed("file:///a.py", BEFORE + AFTER, "#" + BEFORE + AFTER)

    assert model.asked[1][1].cancelled


async def test_a_known_silence_is_answered_without_the_model(service: CompletionService) -> None:
    """Where nothing follows, the request after accepting costs nothing either."""
    model = Preempting(after_tail({"names = ": SHOWN}))
    await show(service, model)
    model.gate.set()
    await settled()
    type_in(service, "", SHOWN)
    answer = await service.complete(request(SHOWN), environment(model))

    assert (texts(answer), answer.reason, len(model.asked)) == ([], "empty", 2)


async def test_the_prompt_after_accepting_builds_on_the_one_before(
    service: CompletionService, model: Preempting
) -> None:
    """Only the tail differs, so that the suggestion's own tokens are found in the KV cache (I8)."""
    await show(service, model)

    assert replace(model.prompts[1], tail="") == replace(model.prompts[0], tail="")
    assert model.prompts[1].tail == model.prompts[0].tail + SHOWN


@pytest.mark.parametrize("preempts", [False, True])
async def test_where_it_is_off(service: CompletionService, model: Preempting, preempts: bool) -> None:
    """A model that cannot be interrupted, as every server, is never asked ahead; nor is any with the setting off."""
    model.profile = replace(PROFILE, preempts=preempts)
    await show(service, model, speculate=not preempts)

    assert len(model.asked) == 1


@pytest.mark.parametrize(("sure", "expected"), [(-0.0001, NEXT), (-3.0, "[0]")])
async def test_the_surer_of_model_and_copy_is_found(
    service: CompletionService, model: Preempting, sure: float, expected: str
) -> None:
    """A copy that does not do without the model waits for it ahead as well."""
    model.logprob = sure
    model.gate.clear()
    line = f"    names = {SHOWN}[0]\n"
    other = OpenFile("/b.py", "python", "".join(f"def f{number}(path):\n{line}\n\n" for number in range(3)))
    around = replace(environment(model, local_predictor=True), surroundings=Surroundings((other,)))
    place = replace(request(), text=BEFORE + SHOWN + AFTER, offset=len(BEFORE + SHOWN))
    service._answering.look_ahead(  # what is shown before does not matter here
        Ahead(request(), Answer(SHOWN, "model", 0.9), place), around, service._document(place.uri, place.text)
    )
    await settled()
    early = service._answering._cache.find(f"{place.uri} {around.scope}", Place(place.prefix, place.suffix))
    model.gate.set()
    await settled()
    answer = await service.complete(place, around)

    assert early == ()
    assert texts(answer) == [expected]


async def test_the_model_reads_where_somebody_types_before_it_is_asked(
    service: CompletionService, model: Preempting
) -> None:
    """Whatever the order of its prompt: the place is known by the first edit, and the request only follows (I8)."""
    model.gate.set()
    before = BEFORE + AFTER
    offset = service.document_changed("file:///a.py", before, request("o").text)
    await service.prepare(request("o"), environment(model))
    again = service.document_changed("file:///a.py", request("o").text, request("os").text)
    await service.complete(request("os"), environment(model))

    assert (offset, again) == (len(BEFORE) + 1, None)
    assert [urgency for urgency, _ in model.asked[:2]] == [Urgency.SPECULATIVE, Urgency.COMPLETION]
    assert replace(model.prompts[1], tail="") == replace(model.prompts[0], tail="")


async def test_whoever_asks_takes_over_what_is_being_read(service: CompletionService, model: Preempting) -> None:
    preparing = asyncio.create_task(service.prepare(request(), environment(model)))
    await settled()
    await service.complete(request(), environment(model))
    await preparing

    assert model.asked[0][1].cancelled


async def test_the_lines_of_a_suggestion_are_accepted_one_by_one_without_the_model(
    service: CompletionService,
) -> None:
    block = "(\n        os.listdir(path)\n    )"
    model = Preempting(after_tail({"names = ": block}))
    shown = await service.complete(request(), environment(model, multiline="always"))
    first = block.partition("\n")[0]
    type_in(service, "", first)
    rest = await service.complete(request(first), environment(model, multiline="always"))
    await settled()

    assert (texts(shown), texts(rest)) == ([block], [block[len(first) :]])
    assert [urgency for urgency, _ in model.asked] == [Urgency.COMPLETION, Urgency.SPECULATIVE]
