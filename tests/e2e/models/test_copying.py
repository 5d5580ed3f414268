"""Only a model whose card asks for it copies while it generates, and only for those who ask for that (issue 4)."""

from __future__ import annotations

import asyncio
from pathlib import Path

from pylot.config.shipped import shipped_folder
from pylot.kernel.clock import SystemClock
from pylot.models.cards import load_cards
from pylot.models.door import Models
from pylot.models.provider import Provider
from pylot.models.settings import EngineSettings, ModelsSettings
from pylot.models.values import CompletionParameters, Delta, FimPrompt

LINE = "measured_value = interpolate(table, temperature, pressure)"
PROMPT = FimPrompt("a.py", "", "\n\nmeasured_value = ", "\n", copy_from=(f"{LINE}\n",))
COPYING = CompletionParameters(max_tokens=32, stops=("\n",), copying=True)
PLAIN = CompletionParameters(max_tokens=32, stops=("\n",))


async def written(provider: Provider, parameters: CompletionParameters) -> str:
    values = [value async for value in provider.complete(PROMPT, parameters)]
    return "".join(value.text for value in values if isinstance(value, Delta))


def test_big_models_do_not_copy() -> None:
    cards = load_cards(shipped_folder() / "models.yaml")

    assert [card for card in cards.names if (found := cards.get(card)) and found.copying] == ["pylot-tiny"]


async def test_the_shipped_model_copies_when_it_is_asked_to(own_home: Path) -> None:
    (own_home / "run").mkdir(mode=0o700)
    models = Models(
        ModelsSettings(),
        EngineSettings(threads=1, idle_seconds=0.1),
        cards=load_cards(shipped_folder() / "models.yaml"),
        models_directory=own_home,
        runtime_directory=own_home / "run",
        log_directory=own_home,
        clock=SystemClock(),
        say=lambda _: None,
    )
    provider = models.provider("complete")
    try:
        plain = await written(provider, PLAIN)
        async with asyncio.timeout(30):
            while (copied := await written(provider, COPYING)) == plain:
                pass
        assert f"measured_value = {copied.rstrip()}" == LINE
        assert await written(provider, PLAIN) == plain
    finally:
        await models.close()
