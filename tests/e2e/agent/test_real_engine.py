"""Agents on the real engine: a model that cannot be one says so, a senseless one ends in a clear sentence (A14)."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from pylot.agent.blueprints import Blueprint, RunLimits
from pylot.config.shipped import shipped_folder
from pylot.kernel.clock import SystemClock
from pylot.models.cards import load_cards
from pylot.models.door import Models
from pylot.models.settings import CatalogueEntry, EngineSettings, ModelsSettings, RoleSettings
from tests.support.agent_world import World
from tests.support.random_gguf import PLAIN_TEMPLATE, RandomModels, Shape

BLUEPRINT = Blueprint(limits=RunLimits(iterations=2), step_tokens=64, answer_tokens=64)


@contextlib.asynccontextmanager
async def open_models(home: Path, settings: ModelsSettings) -> AsyncIterator[Models]:
    (home / "run").mkdir(mode=0o700)
    models = Models(
        settings,
        EngineSettings(context=8192, threads=1, idle_seconds=0.1),
        cards=load_cards(shipped_folder() / "models.yaml"),
        models_directory=home,
        runtime_directory=home / "run",
        log_directory=home,
        clock=SystemClock(),
        say=lambda _: None,
    )
    try:
        yield models
    finally:
        await models.close()


async def test_the_shipped_model_is_no_agent_and_says_what_to_do(own_home: Path, tmp_path: Path) -> None:
    async with open_models(own_home, ModelsSettings()) as models:
        result = await World(tmp_path).run(models.provider("action"), blueprint=BLUEPRINT)

    assert result.status == "failed"
    assert result.sentence.startswith(
        "The model pylot-tiny has no chat template, so it cannot run an agent: put a chat"
    )


async def test_a_model_without_sense_ends_somehow(own_home: Path, tmp_path: Path, random_model: RandomModels) -> None:
    """Its directives are held to the schema by the engine's grammar, and mean nothing."""
    file = str(random_model(Shape(chat_template=PLAIN_TEMPLATE, context=8192)))
    settings = ModelsSettings(roles=RoleSettings(complete="random"), catalogue={"random": CatalogueEntry(file=file)})
    around = World(tmp_path, answers=[None] * 8)
    async with open_models(own_home, settings) as models:
        result = await around.run(models.provider("action"), blueprint=BLUEPRINT)

    assert result.status in ("completed", "failed", "limit", "waiting_for_approval")
    assert result.answer or result.sentence
    assert around.done == []
