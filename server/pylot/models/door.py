"""The one door to models: role -> logical model -> deployments, each a provider (H1, H4)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pylot.engine.process import EngineOptions
from pylot.engine.running import RunningEngine, running_engines
from pylot.kernel.clock import Clock
from pylot.kernel.errors import ConfigError, ModelError
from pylot.models.cards import CardBox
from pylot.models.catalogue.local import embedded_needs, find_local_models, models_folder, smaller_that_fits
from pylot.models.embedded import EmbeddedProvider
from pylot.models.provider import Provider
from pylot.models.residency import Residency
from pylot.models.routing.asker import Asker
from pylot.models.routing.call_log import CallLog
from pylot.models.routing.changes import Changes
from pylot.models.routing.deployment import Deployment, Place
from pylot.models.routing.health import Health
from pylot.models.routing.limits import Limits
from pylot.models.routing.policy import Policy, Redact
from pylot.models.routing.result_cache import ResultCache
from pylot.models.routing.routed import Desk, RoutedProvider, files_of
from pylot.models.routing.tries import Stop
from pylot.models.saved_states import SavedStates
from pylot.models.settings import (
    BOXED_EMBEDDER,
    EMBEDDED,
    ROLES,
    AgentLimits,
    CatalogueEntry,
    DeploymentSettings,
    EngineSettings,
    LogicalModelSettings,
    ModelsSettings,
    ProviderSettings,
    Role,
)
from pylot.models.structured.verdicts import Verdicts
from pylot.models.values import ChatMessage, CompletionParameters, FimPrompt
from pylot.storage.directories import find_directories
from pylot.workspace.secret_content import mask_secrets

SHIPPED_MODELS = {"pylot-tiny": Path(__file__).parent / "shipped" / "pylot-tiny-2m-q8_0.gguf"}

_STAYS_IN_THE_BOX = f"{BOXED_EMBEDDER} runs in Pylot's own index, and is asked by nothing else."


@dataclass(frozen=True, slots=True)
class Preview:
    """What one deployment would be sent, or the sentence that says why it would be sent nothing."""

    deployment: str
    remote: bool
    refusal: str
    sent: FimPrompt | tuple[ChatMessage, ...] | None
    parameters: CompletionParameters | None = None


class Models:
    """Give out the provider of a role; roles that name the same model share its deployments (H2).

    `redact` returns a text of equal length without secrets, for the providers that get no secrets.
    """

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
        redact: Redact = mask_secrets,
    ) -> None:
        self._cards = cards
        self._models_directory = models_directory
        self._directories = (runtime_directory, log_directory)
        self._clock = clock
        self._say = say
        self._redact = redact
        self.verdicts = Verdicts(find_directories().data)
        self._call_log = CallLog()
        self._leaving: set[asyncio.Task[None]] = set()
        self._deployments: dict[tuple[str, str], Deployment] = {}
        self._take(models, engine)

    def configure(self, models: ModelsSettings, engine: EngineSettings) -> bool:
        """Take new settings, and forget answers, which belong to a workspace and its exclusions.

        Returns:
            whether anything changed, in which case providers are made anew.
        """
        self._desk.cache.clear()
        if (models, engine) == (self._models, self._engine):
            return False
        for deployment in self._deployments.values():
            task = asyncio.get_running_loop().create_task(deployment.provider.close())
            self._leaving.add(task)
            task.add_done_callback(self._leaving.discard)
        self._take(models, engine)
        return True

    def name_for(self, role: Role) -> str:
        """Return the name of the model that serves a role."""
        return self._models.roles.model_for(role)

    def provider(self, role: Role, agent: str = "") -> RoutedProvider:
        """Return the provider that serves a role; `agent` names who asks, for limits and the call log.

        Raises:
            ModelError: the configuration names a model that can be had nowhere, none, or the embedder in the box,
                which is no provider (`index/embedding`).
        """
        agent = agent or role
        if role == "embed":
            self._require_embedding_provider()
        if (role, agent) not in self._routes:
            model = self.name_for(role)
            self._routes[role, agent] = RoutedProvider(
                model,
                Asker(agent, role),
                self._groups(model),
                beside_local=self._has_local(model),
                limits=self._limits_of(f"agent {agent}", self._models.agents.get(agent)),
                desk=self._desk,
            )
        return self._routes[role, agent]

    def saved_states(self, role: Role) -> SavedStates | None:
        """Return what keeps the states of a role's model on disk, None where nothing does or is to."""
        groups = self._logical(self.name_for(role)).groups
        targets = [target for group in groups for target in group]
        if not self._engine.saved_state_mb or len(targets) != 1 or targets[0].provider != EMBEDDED:
            return None
        try:
            provider = self._deployment(targets[0]).provider
        except (ConfigError, ModelError):
            return None
        return provider if isinstance(provider, EmbeddedProvider) else None

    def preview(
        self,
        role: Role,
        prompt: FimPrompt | Sequence[ChatMessage],
        parameters: CompletionParameters | None = None,
    ) -> list[Preview]:
        """Return what each deployment of a role's model would be sent, in order; nothing is sent (P3).

        `parameters` matter for what they tell of tools and of the answer's schema.

        Raises:
            ModelError: the configuration names a model that can be had nowhere.
        """
        if role == "embed" and self._models.uses_boxed_embedder:
            return [Preview(BOXED_EMBEDDER, False, _STAYS_IN_THE_BOX, None)]
        previews = []
        sent: FimPrompt | tuple[ChatMessage, ...] | None
        for deployment, decision in self.provider(role).decisions(*files_of(prompt)):
            policy = deployment.policy
            if not decision.allowed:
                sent = None
            elif isinstance(prompt, FimPrompt):
                sent = policy.clean_prompt(prompt)
            else:
                sent = tuple(policy.clean_messages(prompt))
            told = policy.clean_parameters(parameters) if parameters and decision.allowed else None
            previews.append(Preview(deployment.place.name, policy.is_remote, decision.sentence, sent, told))
        return previews

    async def status(self) -> dict[str, object]:
        """Return each role's model, the health of every provider in use, and what was asked of them."""
        health = {
            deployment.place.name: {
                **await deployment.provider.status(),
                **deployment.status(),
                **self._call_form(deployment.provider),
            }
            for deployment in list(self._deployments.values())
        }
        roles = {role: self.name_for(role) for role in ROLES}
        return {"roles": roles, "providers": health, "calls": self._call_log.to_dict()}

    async def close(self) -> None:
        """Let go of every model."""
        closing = [deployment.provider.close() for deployment in self._deployments.values()]
        await asyncio.gather(*closing, *self._leaving)

    def runs_here(self, name: str) -> bool:
        """Tell whether Pylot's own engine may be asked for a model; raises `ModelError` for an unknown name."""
        return any(it.provider == EMBEDDED for group in self._logical(name).groups for it in group)

    def file_of(self, name: str) -> Path:
        """Return where the file of a model should be that runs in Pylot's own engine.

        Raises:
            ModelError: there is no model of this name, or it runs nowhere but at a server.
        """
        here = [it.model for group in self._logical(name).groups for it in group if it.provider == EMBEDDED]
        if not here:
            raise ModelError(f"The model {name!r} runs at a server of yours, so Pylot has no file of it.")
        return self._locate(here[0])[0]

    def _require_embedding_provider(self) -> None:
        if self._models.uses_boxed_embedder:
            raise ModelError(_STAYS_IN_THE_BOX)
        if not self._models.roles.embed:
            raise ModelError("No model serves the role embed: name one in models.roles.embed.")

    def _call_form(self, provider: Provider) -> dict[str, object]:
        """Return how a model calls tools, where that is known."""
        profile = provider.profile
        form = self.verdicts.get(profile.identity or profile.name) if profile else None
        return {"callForm": form.value} if form else {}

    def _take(self, models: ModelsSettings, engine: EngineSettings) -> None:
        self._models, self._engine = models, engine
        self._deployments = {}
        self._routes: dict[tuple[Role, str], RoutedProvider] = {}
        self._limits: dict[str, Limits] = {}
        cache = ResultCache(models.result_cache, self._clock)
        self._desk = Desk(self._clock, Changes(), self._call_log, cache)
        completing = [name for name, roles in embedded_needs(models).items() if "complete" in roles]
        self._residency = Residency(
            self._clock, self._say, strangers=self._unused_engines, last=completing, pinned=models.pinned
        )

    async def _unused_engines(self) -> list[RunningEngine]:
        """Return what others, or this window's settings of before, have left loaded, the longest unused first."""
        await asyncio.gather(*self._leaving, return_exceptions=True)
        engines = [engine for engine in await running_engines(self._directories[0]) if engine.is_unused]
        return sorted(engines, key=lambda engine: -engine.unused_seconds)

    def _logical(self, name: str) -> LogicalModelSettings:
        alone = LogicalModelSettings(groups=((DeploymentSettings(model=name),),))
        return self._models.logical.get(name, alone)

    def _has_local(self, name: str) -> bool:
        """Tell whether a model is meant to run on this machine, even where it cannot at the moment."""
        named = [self._models.providers.get(it.provider) for group in self._logical(name).groups for it in group]
        return any(settings is None or not settings.remote for settings in named)

    def _groups(self, name: str) -> list[list[Stop]]:
        groups: list[list[Stop]] = []
        problems: list[str] = []
        for wanted in self._logical(name).groups:
            group = []
            for target in wanted:
                try:
                    group.append(Stop(self._deployment(target), target.weight))
                except (ConfigError, ModelError) as error:
                    problems.append(error.sentence)
            if group:
                groups.append(group)
        if not groups:
            raise ModelError(problems[0] if problems else f"The model {name!r} names no deployments in its groups.")
        # One deployment that cannot be had must not cost the others.
        for problem in problems:
            self._say(problem)
        return groups

    def _deployment(self, target: DeploymentSettings) -> Deployment:
        key = (target.provider, target.model)
        if key not in self._deployments:
            embedded = target.provider == EMBEDDED
            settings = None if embedded else self._settings_of(target.provider)
            name = target.model if embedded else f"{target.provider}/{target.model}".rstrip("/")
            self._deployments[key] = Deployment(
                Place(name, target.provider, target.model),
                policy=Policy(target.provider, settings, self._redact),
                provider=self._make(target),
                health=None if embedded else Health(self._models.health, self._clock),
                limits=self._limits_of(f"provider {target.provider}", settings),
                changes=self._desk.changes,
                say=self._say,
            )
        return self._deployments[key]

    def _limits_of(self, name: str, settings: ProviderSettings | AgentLimits | None) -> Limits:
        if name not in self._limits:
            numbers = (settings.requests_per_minute, settings.concurrency) if settings else (0, 0)
            self._limits[name] = Limits(*numbers, self._clock)
        return self._limits[name]

    def _settings_of(self, provider: str) -> ProviderSettings:
        settings = self._models.providers.get(provider)
        if settings is None:
            known = ", ".join([EMBEDDED, *self._models.providers])
            raise ModelError(f"The configuration names the provider {provider!r}, but Pylot knows only: {known}.")
        return settings

    def _make(self, target: DeploymentSettings) -> Provider:
        if target.provider != EMBEDDED:
            return self._make_remote(target.provider, target.model)
        path, entry = self._locate(target.model)
        options = EngineOptions(
            model=path,
            n_ctx=entry.context or self._engine.context,
            n_threads=self._engine.threads,
            n_gpu_layers=self._engine.n_gpu_layers,
            repack=self._engine.repack,
            kv_type=self._engine.kv_type,
            idle_seconds=self._engine.idle_seconds,
            saved_state_bytes=self._engine.saved_state_mb << 20,
        )
        return EmbeddedProvider(
            target.model,
            options,
            card_name=entry.card,
            cards=self._cards,
            directories=self._directories,
            clock=self._clock,
            say=self._say,
            residency=self._residency,
            most_bytes=round(self._engine.memory_gb * 1e9),
            smaller=self._smaller,
        )

    def _smaller(self, need: int, room: float) -> str:
        folder = models_folder(self._models, self._models_directory)
        return smaller_that_fits(find_local_models(self._models, folder, {}), need, room, self._engine.context)

    def _make_remote(self, provider: str, model: str) -> Provider:
        settings = self._settings_of(provider)
        # Who names no server should not pay for loading what speaks to one.
        if settings.kind == "llama-server":
            from pylot.models.http.llama_server import LlamaServerProvider

            return LlamaServerProvider(provider, settings, model, cards=self._cards, clock=self._clock, say=self._say)
        from pylot.models.http.openai_api import OpenAiProvider

        return OpenAiProvider(provider, settings, model, cards=self._cards, clock=self._clock, say=self._say)

    def _locate(self, name: str) -> tuple[Path, CatalogueEntry]:
        entry = self._models.catalogue.get(name)
        if entry is None and name in SHIPPED_MODELS:
            return SHIPPED_MODELS[name], CatalogueEntry(file=str(SHIPPED_MODELS[name]))
        if entry is None:
            known = ", ".join([*SHIPPED_MODELS, *self._models.catalogue, *self._models.logical])
            raise ModelError(f"The configuration names the model {name!r}, but Pylot knows only: {known}.")
        try:
            own = Path(self._models.directory).expanduser() if self._models.directory else self._models_directory
            return own / Path(entry.file).expanduser(), entry
        except RuntimeError as error:
            sentence = f"The path of the model {name!r} begins with the home folder of an unknown user."
            raise ModelError(sentence) from error
