"""The one door to models: roles, catalogue and shared providers (H1, H2, H4)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from pylot.config.shipped import shipped_folder
from pylot.kernel.clock import ManualClock
from pylot.kernel.errors import ModelError
from pylot.models.cards import load_cards
from pylot.models.door import SHIPPED_MODELS, Models
from pylot.models.settings import (
    BOXED_EMBEDDER,
    ROLES,
    CatalogueEntry,
    EngineSettings,
    ModelsSettings,
    Role,
    RoleSettings,
)

SERVED_BY_PROVIDERS = [role for role in ROLES if role != "embed"]
CATALOGUE = {"big": CatalogueEntry(file="big.gguf")}


def settings(complete: str = "pylot-tiny", directory: str = "") -> ModelsSettings:
    return ModelsSettings(directory=directory, roles=RoleSettings(complete=complete), catalogue=CATALOGUE)


ENGINE = EngineSettings()


@pytest.fixture
async def models(tmp_path: Path) -> AsyncIterator[Models]:
    door = Models(
        settings(),
        ENGINE,
        cards=load_cards(shipped_folder() / "models.yaml"),
        models_directory=tmp_path / "models",
        runtime_directory=tmp_path,
        log_directory=tmp_path,
        clock=ManualClock(),
        say=lambda _: None,
    )
    yield door
    await door.close()


async def providers_of(models: Models) -> set[str]:
    status = await models.status()
    assert isinstance(status["providers"], dict)
    return set(status["providers"])


async def test_one_model_serves_every_role_that_names_no_other(models: Models) -> None:
    """H2: one provider, so one copy in memory."""
    for role in SERVED_BY_PROVIDERS:
        models.provider(role)

    assert await providers_of(models) == {"pylot-tiny"}
    assert models.provider("chat", "asker") is models.provider("chat", "asker")


@pytest.mark.parametrize(
    ("roles", "expected"),
    [
        ({}, {"complete": "pylot-tiny", "chat": "pylot-tiny", "coder": "pylot-tiny", "embed": BOXED_EMBEDDER}),
        ({"chat": "big"}, {"complete": "pylot-tiny", "chat": "big", "recall": "big", "embed": BOXED_EMBEDDER}),
        ({"chat": "big", "coder": "pylot-tiny"}, {"chat": "big", "coder": "pylot-tiny", "critic": "big"}),
        ({"complete": "big"}, {"complete": "big", "chat": "big", "action": "big", "embed": BOXED_EMBEDDER}),
    ],
)
async def test_roles_may_have_models_of_their_own(
    models: Models, roles: dict[str, str], expected: dict[Role, str]
) -> None:
    """H1: a role's own model, else the one for chat, else the one for ghost text."""
    models.configure(ModelsSettings(roles=RoleSettings(**roles), catalogue=CATALOGUE), ENGINE)
    for role in SERVED_BY_PROVIDERS:
        models.provider(role)
    named: object = (await models.status())["roles"]

    assert isinstance(named, dict)
    assert {role: named[role] for role in expected} == expected
    assert await providers_of(models) == set(named.values()) - {BOXED_EMBEDDER}


async def test_an_unknown_model_is_told_in_one_sentence(models: Models) -> None:
    models.configure(settings(complete="bigger"), ENGINE)

    with pytest.raises(ModelError) as error:
        models.provider("complete")
    known = "Pylot knows only: pylot-tiny, big."
    assert str(error.value) == f"The configuration names the model 'bigger', but {known}"


async def test_only_other_settings_make_new_providers(models: Models) -> None:
    first = models.provider("complete")

    assert not models.configure(settings(), ENGINE)
    assert models.provider("complete") is first
    assert models.configure(settings(), EngineSettings(context=8192))
    assert models.provider("complete") is not first


@pytest.mark.parametrize(
    ("directory", "file", "expected"),
    [
        ("", "big.gguf", "MODELS/big.gguf"),
        ("/srv/models", "big.gguf", "/srv/models/big.gguf"),
        ("/srv/models", "/home/me/big.gguf", "/home/me/big.gguf"),
    ],
)
async def test_where_a_file_lies(models: Models, tmp_path: Path, directory: str, file: str, expected: str) -> None:
    entry = CatalogueEntry(file=file)
    models.configure(settings(directory=directory).model_copy(update={"catalogue": {"big": entry}}), ENGINE)

    assert models.file_of("big") == Path(expected.replace("MODELS", str(tmp_path / "models")))


def test_the_shipped_model_needs_no_catalogue(models: Models) -> None:
    assert models.file_of("pylot-tiny") == SHIPPED_MODELS["pylot-tiny"]
    assert models.file_of("pylot-tiny").is_file()


async def test_the_home_of_an_unknown_user_is_one_sentence(models: Models) -> None:
    entry = CatalogueEntry(file="~nobody-of-this-name/model.gguf")
    models.configure(ModelsSettings(roles=RoleSettings(complete="x"), catalogue={"x": entry}), ENGINE)

    with pytest.raises(ModelError, match="unknown user"):
        models.provider("complete")
