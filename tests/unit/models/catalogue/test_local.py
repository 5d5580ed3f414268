"""What is on disk, what is wrong with it, and who needs it (I6, I14, I15)."""

from __future__ import annotations

from pathlib import Path

import pytest

from pylot.models.catalogue.local import LocalModel, find_local_models, models_folder, smaller_that_fits
from pylot.models.door import SHIPPED_MODELS
from pylot.models.settings import (
    ROLES,
    CatalogueEntry,
    DeploymentSettings,
    LogicalModelSettings,
    ModelsSettings,
    RoleSettings,
)
from tests.support.random_gguf import RandomModels, Shape


@pytest.fixture
def folder(tmp_path: Path, random_model: RandomModels) -> Path:
    for name in ("good.gguf", "pylot-tiny.gguf", "named.gguf"):
        (tmp_path / name).write_bytes(random_model().read_bytes())
    (tmp_path / "broken.gguf").write_bytes(b"GGUF nothing else")
    (tmp_path / "half.gguf.part").write_bytes(b"GGUF")
    (tmp_path / "folder.gguf").mkdir()
    return tmp_path


def look(models: ModelsSettings, folder: Path) -> dict[str, LocalModel]:
    return {model.name: model for model in find_local_models(models, folder, SHIPPED_MODELS)}


def test_everything_is_found_once(folder: Path) -> None:
    entries = {"mine": CatalogueEntry(file="named.gguf"), "gone": CatalogueEntry(file="gone.gguf")}
    found = look(ModelsSettings(catalogue=entries), folder)

    assert {name: model.origin for name, model in found.items()} == {
        "pylot-tiny": "shipped",
        "mine": "configured",
        "gone": "configured",
        "broken": "found",
        "good": "found",
        "pylot-tiny-file": "found",
    }
    assert {name for name, model in found.items() if model.problem} == {"gone", "broken"}
    assert "There is no model file" in found["gone"].problem


def test_a_models_needs(folder: Path) -> None:
    groups = ((DeploymentSettings(provider="server", model="x"),), (DeploymentSettings(model="mine"),))
    models = ModelsSettings(
        roles=RoleSettings(chat="both", embed="gone"),
        catalogue={"mine": CatalogueEntry(file="named.gguf"), "gone": CatalogueEntry(file="gone.gguf")},
        logical={"both": LogicalModelSettings(groups=groups)},
    )
    found = look(models, folder)

    assert found["pylot-tiny"].roles == ("complete",)
    assert found["gone"].roles == ("embed",)
    assert set(found["mine"].roles) == set(ROLES) - {"complete", "embed"}


def test_a_model_that_is_needed_and_nowhere(folder: Path) -> None:
    found = look(ModelsSettings(roles=RoleSettings(complete="nobody")), folder)["nobody"]

    assert set(found.roles) == set(ROLES) - {"embed"}
    assert "names the model 'nobody'" in found.problem


def test_memory_is_known_of_good_files_only(folder: Path) -> None:
    entries = {"long": CatalogueEntry(file="named.gguf", context=8192)}
    found = look(ModelsSettings(catalogue=entries), folder)

    assert found["long"].memory(1024) > found["good"].memory(1024) > 0
    assert found["broken"].memory(1024) == 0


def test_no_folder_is_an_empty_one(tmp_path: Path) -> None:
    assert set(look(ModelsSettings(), tmp_path / "nowhere")) == {"pylot-tiny"}


def test_a_home_folder_of_nobody_is_a_missing_file(tmp_path: Path) -> None:
    found = look(ModelsSettings(catalogue={"x": CatalogueEntry(file="~no-such-user/x.gguf")}), tmp_path)

    assert "There is no model file" in found["x"].problem


def test_the_folder_can_be_chosen(tmp_path: Path) -> None:
    assert models_folder(ModelsSettings(directory=str(tmp_path)), Path("own")) == tmp_path
    assert models_folder(ModelsSettings(), Path("own")) == Path("own")


def test_the_next_smaller_model(tmp_path: Path, random_model: RandomModels) -> None:
    shapes = {"small": Shape(), "middle": Shape(embedding=256, heads=4), "large": Shape(embedding=512, heads=8)}
    entries = {name: CatalogueEntry(file=str(random_model(shape))) for name, shape in shapes.items()}
    found = find_local_models(ModelsSettings(catalogue=entries), tmp_path, {})
    need = {model.name: model.memory(1024) for model in found}

    assert smaller_that_fits(found, need["large"], need["large"], 1024) == "middle"
    assert smaller_that_fits(found, need["large"], need["middle"] - 1, 1024) == "small"
    assert smaller_that_fits(found, need["small"], need["large"], 1024) == ""
