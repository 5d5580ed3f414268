"""The door over two real connections: one server does everything wrong, the other stands in (H15, S6)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from pylot.config.shipped import shipped_folder
from pylot.kernel.clock import SystemClock
from pylot.kernel.errors import ProviderError
from pylot.models.cards import load_cards
from pylot.models.door import Models
from pylot.models.settings import EngineSettings, ModelsSettings
from pylot.models.values import CompletionParameters
from tests.support.backend_nemesis import PROMPT
from tests.support.faulty_server import ANSWER, MODEL, MODES, FaultyServer, Mode, faulty_server
from tests.support.scripted_backends import gather

N_REQUESTS = 12
# A server that finds each request too long is alive, and each request may be its first that is not.
FAILING = [mode for mode in MODES if mode not in ("good", "endless", "too long")]
REST_SECONDS = 0.2
# Only silence needs a deadline to be found out; the first half of it is the silent server's.
SILENT = ("hang", "trickle")
DEADLINE_MS = 800.0


@pytest.fixture
async def servers() -> AsyncIterator[tuple[FaultyServer, FaultyServer]]:
    async with faulty_server() as first, faulty_server() as second:
        yield first, second


def door(folder: Path, kind: str, servers: tuple[FaultyServer, FaultyServer], rest: float, said: list[str]) -> Models:
    names = ("first", "second")
    settings = ModelsSettings.model_validate(
        {
            "roles": {"complete": "mine"},
            "providers": {
                name: {"kind": kind, "base_url": server.url, "card": "qwen-coder"}
                for name, server in zip(names, servers, strict=True)
            },
            "logical": {"mine": {"groups": [[{"provider": name, "model": MODEL}] for name in names]}},
            "health": {"rest_seconds": rest},
        }
    )
    return Models(
        settings,
        EngineSettings(),
        cards=load_cards(shipped_folder() / "models.yaml"),
        models_directory=folder,
        runtime_directory=folder,
        log_directory=folder,
        clock=SystemClock(),
        say=said.append,
    )


async def outcome(models: Models, mode: Mode = "good") -> str:
    parameters = CompletionParameters(max_tokens=6, deadline_ms=DEADLINE_MS if mode in SILENT else None)
    try:
        text, finish = await gather(models.provider("complete").complete(PROMPT, parameters))
    except ProviderError:
        return "broke off"
    return text if finish != "deadline" else "late"


async def tries(models: Models, provider: str) -> int:
    calls: Any = (await models.status())["calls"]
    return sum(it["calls"] for it in calls["totals"] if it["provider"] == provider)


@pytest.mark.parametrize("kind", ["llama-server", "openai"])
@pytest.mark.parametrize("mode", FAILING)
async def test_the_second_stands_in_and_the_first_is_left_alone(
    tmp_path: Path, servers: tuple[FaultyServer, FaultyServer], kind: str, mode: Mode
) -> None:
    """At most three tries while it fails, no text that is not the model's, and nothing lost that had not begun."""
    said: list[str] = []
    models = door(tmp_path, kind, servers, 600, said)
    assert await outcome(models) == ANSWER
    n_before = await tries(models, "first")
    await servers[0].be(mode)
    outcomes = [await outcome(models, mode) for _ in range(N_REQUESTS)]
    n_tries = await tries(models, "first") - n_before
    await models.close()

    assert n_tries <= 3
    assert set(outcomes) <= {ANSWER, "broke off"}
    assert outcomes[3:] == [ANSWER] * (N_REQUESTS - 3)
    assert len(said) <= 1


@pytest.mark.parametrize("mode", ["refuse", "hang", "status 500"])
async def test_the_first_is_used_again_when_it_has_recovered(
    tmp_path: Path, servers: tuple[FaultyServer, FaultyServer], mode: Mode
) -> None:
    models = door(tmp_path, "llama-server", servers, REST_SECONDS, [])
    await servers[0].be(mode)
    await outcome(models, mode)
    await servers[0].be("good")
    for _ in range(1000):
        n_second = await tries(models, "second")
        assert await outcome(models) == ANSWER
        if recovered := await tries(models, "second") == n_second:
            break
    await models.close()

    assert recovered
