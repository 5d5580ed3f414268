"""The one door to models: role -> model -> provider (H1, H4)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from pylot.engine.process import EngineOptions
from pylot.kernel.clock import Clock
from pylot.kernel.errors import ModelError
from pylot.models.cards import CardBox
from pylot.models.embedded import EmbeddedProvider
from pylot.models.provider import Provider
from pylot.models.settings import ROLES, CatalogueEntry, EngineSettings, ModelsSettings, Role

SHIPPED_MODELS = {"pylot-tiny": Path(__file__).parent / "shipped" / "pylot-tiny-2m-q8_0.gguf"}


class Models:
    """Give out the provider of a role; providers are shared by the roles that name the same model (H2)."""

    def __init__(
        self,
        models: ModelsSettings,
        engine: EngineSettings,
        *,
        cards: CardBox,
        models_directory: Path,
        runtime_directory: Path,
        log_directory: Path,
        clock: Clock,
        say: Callable[[str], None],
    ) -> None:
        self._cards = cards
        self._models_directory = models_directory
        self._directories = (runtime_directory, log_directory)
        self._clock = clock
        self._say = say
        self._providers: dict[str, Provider] = {}
        self._leaving: set[asyncio.Task[None]] = set()
        self._models, self._engine = models, engine

    def configure(self, models: ModelsSettings, engine: EngineSettings) -> bool:
        """Take new settings; return whether anything changed, in which case providers are made anew."""
        if (models, engine) == (self._models, self._engine):
            return False
        self._models, self._engine = models, engine
        old, self._providers = self._providers, {}
        for provider in old.values():
            task = asyncio.get_running_loop().create_task(provider.close())
            self._leaving.add(task)
            task.add_done_callback(self._leaving.discard)
        return True

    def name_for(self, role: Role) -> str:
        """Return the name of the model that serves a role."""
        roles = self._models.roles
        return str(getattr(roles, role)) or roles.complete

    def provider(self, role: Role) -> Provider:
        """Return the provider that serves a role.

        Raises:
            ModelError: the configuration names a model that is in no catalogue.
        """
        name = self.name_for(role)
        if name not in self._providers:
            self._providers[name] = self._make(name)
        return self._providers[name]

    async def status(self) -> dict[str, object]:
        """Return each role's model and the health of every provider in use."""
        health = {name: dict(await provider.status()) for name, provider in list(self._providers.items())}
        return {"roles": {role: self.name_for(role) for role in ROLES}, "providers": health}

    async def close(self) -> None:
        """Let go of every model."""
        await asyncio.gather(*(provider.close() for provider in self._providers.values()), *self._leaving)

    def file_of(self, name: str) -> Path:
        """Return where a model's file should be.

        Raises:
            ModelError: there is no model of this name.
        """
        return self._locate(name)[0]

    def _make(self, name: str) -> Provider:
        path, entry = self._locate(name)
        options = EngineOptions(
            model=path,
            n_ctx=entry.context or self._engine.context,
            n_threads=self._engine.threads,
            n_gpu_layers=self._engine.gpu_layers,
            repack=self._engine.repack,
            idle_seconds=self._engine.idle_seconds,
        )
        return EmbeddedProvider(
            name,
            options,
            card_name=entry.card,
            cards=self._cards,
            directories=self._directories,
            clock=self._clock,
            say=self._say,
        )

    def _locate(self, name: str) -> tuple[Path, CatalogueEntry]:
        entry = self._models.catalogue.get(name)
        if entry is None and name in SHIPPED_MODELS:
            return SHIPPED_MODELS[name], CatalogueEntry(file=str(SHIPPED_MODELS[name]))
        if entry is None:
            known = ", ".join([*SHIPPED_MODELS, *self._models.catalogue])
            raise ModelError(f"The configuration names the model {name!r}, but Pylot knows only: {known}.")
        try:
            own = Path(self._models.directory).expanduser() if self._models.directory else self._models_directory
            return own / Path(entry.file).expanduser(), entry
        except RuntimeError as error:
            sentence = f"The path of the model {name!r} begins with the home folder of an unknown user."
            raise ModelError(sentence) from error
