"""What commands about models work on: the settings, the models that are here, and those that could be."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pylot.app.sections import SECTIONS
from pylot.app.user_file import change_user_file
from pylot.config.settings import Settings, load_settings
from pylot.config.shipped import shipped_folder
from pylot.config.sources import Sources, read_layers
from pylot.config.toml_edit import Plain, set_value
from pylot.engine.devices import Device, find_gpus
from pylot.engine.free_memory import free_memory
from pylot.engine.resources import LoadOptions, plan_load
from pylot.kernel.errors import ModelError
from pylot.models.cards import CardBox, load_cards
from pylot.models.catalogue.entries import KnownModel, load_known_models
from pylot.models.catalogue.local import LocalModel, find_local_models, models_folder
from pylot.models.door import SHIPPED_MODELS
from pylot.models.settings import BOXED_EMBEDDER, EngineSettings, ModelsSettings
from pylot.storage.directories import Directories, find_directories

CATALOGUE = ("models", "catalogue")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True, slots=True)
class Shelf:
    """One look at everything."""

    directories: Directories
    models: ModelsSettings
    engine: EngineSettings
    cards: CardBox
    folder: Path
    local: list[LocalModel]
    known: dict[str, KnownModel]
    free_bytes: int
    gpus: Sequence[Device] = ()

    def find(self, name: str) -> LocalModel | None:
        """Return a model that is on this machine or meant to be."""
        return next((model for model in self.local if model.name == name), None)

    def require(self, name: str) -> LocalModel:
        """Return a model that is on this machine and good.

        Raises:
            ModelError: it is not, with the next step.
        """
        model = self.find(name)
        if (model is None or not model.path.exists()) and name in self.known:
            raise ModelError(f"{name} is not on this machine; `pylot models pull {name}` fetches it.")
        if model is None:
            raise ModelError(f"There is no model {name!r}; `pylot models list` shows them all.")
        if model.problem:
            raise ModelError(model.problem)
        return model

    def fit(self, model: LocalModel) -> tuple[bool, tuple[str, ...]]:
        """Return whether a good model fits into free memory, and the sentences about it."""
        assert model.header is not None
        engine = self.engine
        wanted = LoadOptions(model.context or engine.context, engine.kv_type, engine.repack, engine.n_gpu_layers)
        plan = plan_load(model.header, wanted, self.free_bytes, gpus=self.gpus)
        return not plan.refusal, (plan.refusal,) if plan.refusal else plan.steps

    def name_file(self, name: str, entry: Mapping[str, Plain]) -> None:
        """Write a model into the user's own settings."""
        change_user_file(self.directories.config, lambda text: set_value(text, (*CATALOGUE, name), entry))

    def require_free_name(self, name: str) -> None:
        """Check a new model's name.

        Raises:
            ModelError: it is no name, or is taken.
        """
        if not _NAME.fullmatch(name):
            raise ModelError(f"{name!r} is no name for a model: use letters, digits, dots, dashes and underscores.")
        if name in {*SHIPPED_MODELS, BOXED_EMBEDDER} or name in self.models.logical or name in self.models.catalogue:
            raise ModelError(f"There is a model {name} already; choose another name.")


def look() -> Shelf:
    """Read the settings and look at every file."""
    directories = find_directories()
    layers, _ = read_layers(Sources(directories.config, roots=(Path.cwd(),), environ=dict(os.environ)))
    settings, _ = load_settings(SECTIONS, layers)
    return look_with(directories, settings)


def look_with(directories: Directories, settings: Settings) -> Shelf:
    """Look at every file with settings that are in force; this reads the disk."""
    models = settings.section(ModelsSettings)
    cards = load_cards(shipped_folder() / "models.yaml")
    folder = models_folder(models, directories.models)
    return Shelf(
        directories=directories,
        models=models,
        engine=settings.section(EngineSettings),
        cards=cards,
        folder=folder,
        local=find_local_models(models, folder, SHIPPED_MODELS, cards.wanted_tokens),
        known=load_known_models(shipped_folder() / "catalogue.yaml"),
        free_bytes=free_memory(),
        gpus=find_gpus(),
    )
