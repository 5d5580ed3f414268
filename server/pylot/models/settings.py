"""The configuration sections `models` and `engine`."""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, JsonValue, field_validator

from pylot.config.ownership import OWN
from pylot.engine.offloading import AUTO_LAYERS
from pylot.engine.resources import KvType

Role = Literal[
    "complete", "chat", "thinker", "critic", "coder", "action", "summary", "memory_policy", "recall", "embed"
]
ROLES: tuple[Role, ...] = get_args(Role)
BOXED_EMBEDDER = "all-minilm-l6-v2"
"""The model of the role `embed` that comes with Pylot; it runs in the index worker, not in the engine."""
EMBEDDED = "embedded"
"""The provider that every configuration has: Pylot's own engine."""

_FOR_CHAT = "empty means the one for chat."


class RoleSettings(BaseModel):
    """Which model serves which role (H1); one model may serve all (H2)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    complete: str = Field(default="pylot-tiny", description="The model for ghost text.")
    chat: str = Field(default="", description="The model for chat; empty means the one for ghost text.")
    thinker: str = Field(default="", description=f"The model that plans and answers; {_FOR_CHAT}")
    critic: str = Field(
        default="", description=f"The model that judges answers, which nothing asks for yet; {_FOR_CHAT}"
    )
    coder: str = Field(default="", description=f"The model that writes code on request; {_FOR_CHAT}")
    action: str = Field(default="", description=f"The model that chooses an agent's next step; {_FOR_CHAT}")
    summary: str = Field(default="", description=f"The model that sums up; {_FOR_CHAT}")
    memory_policy: str = Field(
        default="", description=f"The model that decides what is remembered, which nothing asks for yet; {_FOR_CHAT}"
    )
    recall: str = Field(
        default="", description=f"The model that chooses among memories, which nothing asks for yet; {_FOR_CHAT}"
    )
    embed: str = Field(
        default=BOXED_EMBEDDER,
        description="The model that search compares texts with; empty means none, so that search goes by words alone.",
    )

    def model_for(self, role: Role) -> str:
        """Return the name of the model that serves a role."""
        named = str(getattr(self, role))
        if named or role in ("complete", "embed"):
            return named
        return self.complete if role == "chat" else self.model_for("chat")


class CatalogueEntry(BaseModel):
    """A model file that the user names."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    file: str = Field(description="Path of a GGUF file: absolute, from `~`, or below the models directory.")
    card: str = Field(default="", description="The model card to use; empty means the one that matches the file.")
    context: int = Field(default=0, ge=0, description="Tokens of context; 0 means `engine.context`.")


class ProviderSettings(BaseModel):
    """A model server that the user names (H6, H16), and what may be sent to it (P3)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["llama-server", "openai"] = Field(
        default="openai", description="`llama-server` for llama.cpp's own server, `openai` for all others."
    )
    base_url: str = Field(default="", description="Where it listens, such as `http://127.0.0.1:8080`.")
    api_key_env: str = Field(default="", description="The environment variable that holds the key.")
    api_key_keyring: str = Field(default="", description="Where the system's keyring has the key, as `service:user`.")
    remote: bool = Field(default=False, description="Whether it may be, or hand on to, another machine than this one.")
    connect_seconds: float = Field(default=2.0, gt=0, le=600, description="How long connecting may take.")
    read_seconds: float = Field(default=30.0, gt=0, le=3600, description="How long it may be silent.")
    total_seconds: float = Field(default=120.0, gt=0, le=86_400, description="How long a request may take in all.")
    verify_tls: bool = Field(default=True, description="Whether its certificate is checked.")
    ca_file: str = Field(default="", description="Certificates to trust instead of the system's.")
    use_proxies: bool = Field(default=False, description="Whether the proxies of the environment are used.")
    roles: tuple[Role, ...] = Field(
        default=(),
        description="The roles that may use it; empty means all, but a remote one stands in for a local model only in "
        "roles named here.",
    )
    exclude_paths: tuple[str, ...] = Field(
        default=(), description="Files whose text is never sent to it, as patterns in the syntax of .gitignore."
    )
    redact_secrets: bool = Field(default=True, description="Whether what looks like a secret is masked.")
    ask: bool = Field(default=False, description="Whether each use needs a yes, which nobody can give yet.")
    requests_per_minute: int = Field(default=0, ge=0, description="The most requests in a minute; 0 means any number.")
    concurrency: int = Field(default=0, ge=0, description="The most requests at a time; 0 means any number.")
    context: int = Field(
        default=0,
        ge=0,
        le=10_000_000,
        description="Tokens of context of an `openai` server; 0 means what it tells, or 4096 where it tells nothing.",
    )
    card: str = Field(default="", description="The model card to form prompts with; empty means by the model's name.")
    chat_template_kwargs: dict[str, JsonValue] = Field(
        default_factory=dict, description="What a llama-server passes to the model's chat template."
    )


class DeploymentSettings(BaseModel):
    """One model at one provider."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    provider: str = Field(default=EMBEDDED, description="A name from `models.providers`, or `embedded`.")
    model: str = Field(
        default="", description="The provider's own name of the model; for `embedded`, one of the catalogue."
    )
    weight: float = Field(default=1.0, gt=0, le=1000, description="Its share of requests compared with its group.")


class LogicalModelSettings(BaseModel):
    """A model that several deployments serve (T13): the first group that can, within it the least busy."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    groups: tuple[tuple[DeploymentSettings, ...], ...] = Field(
        default=(), description="Groups of deployments, each a list of `{ provider, model, weight }`, in order."
    )


class HealthSettings(BaseModel):
    """When a deployment that fails is left alone, and for how long."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    failures: int = Field(default=3, ge=1, le=100, description="Failures that make it rest.")
    window_seconds: float = Field(default=60.0, gt=0, le=3600, description="Within which time they count.")
    rest_seconds: float = Field(default=10.0, gt=0, le=3600, description="How long it rests before one trial.")


class ResultCacheSettings(BaseModel):
    """Answers kept in memory, for requests that would give the same again (I9); ghost text has its own."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    entries: int = Field(default=128, ge=0, le=100_000, description="The most answers; 0 keeps none.")
    seconds: float = Field(default=600.0, ge=0, le=86_400, description="How long an answer counts.")


class AgentLimits(BaseModel):
    """How much one kind of asker may ask (H10)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    requests_per_minute: int = Field(default=0, ge=0, description="The most requests in a minute; 0 means any number.")
    concurrency: int = Field(default=0, ge=0, description="The most requests at a time; 0 means any number.")


class ModelsSettings(BaseModel):
    """Which models there are and what they are for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    directory: str = Field(
        default="",
        description="Where model files lie; empty means Pylot's own models directory.",
        json_schema_extra=OWN,
    )
    roles: RoleSettings = Field(
        default=RoleSettings(),
        description="Which model serves which role: one of `models.logical` or `models.catalogue`, or a shipped one.",
        json_schema_extra=OWN,
    )
    catalogue: dict[str, CatalogueEntry] = Field(
        default_factory=dict,
        description="Your own models by name, each a table with `file`, `card` and `context`.",
        json_schema_extra=OWN,
    )
    providers: dict[str, ProviderSettings] = Field(
        default_factory=dict,
        description="Model servers by name, each a table; `docs/models.md` has examples.",
        json_schema_extra=OWN,
    )
    logical: dict[str, LogicalModelSettings] = Field(
        default_factory=dict,
        description="Models that several deployments serve, or that a provider serves, by name.",
        json_schema_extra=OWN,
    )
    health: HealthSettings = Field(
        default=HealthSettings(), description="When a deployment that fails is left alone, and for how long."
    )
    result_cache: ResultCacheSettings = Field(
        default=ResultCacheSettings(),
        description="Answers kept in memory, for requests that would give the same again.",
    )
    pinned: tuple[str, ...] = Field(
        default=(),
        description="Models of Pylot's own engine that are never unloaded to make room for another one.",
        json_schema_extra=OWN,
    )
    agents: dict[str, AgentLimits] = Field(
        default_factory=dict,
        description="Limits by who asks, an agent's name or else a role, each a table.",
        json_schema_extra=OWN,
    )

    @property
    def uses_boxed_embedder(self) -> bool:
        """Whether the role `embed` is left to the embedder in the box, so that no provider is asked for it."""
        return self.roles.embed == BOXED_EMBEDDER and not {BOXED_EMBEDDER} & {*self.logical, *self.catalogue}

    def may_leave(self, role: Role) -> bool:
        """Tell whether what is said in a role may go to another machine (P3)."""
        name = self.roles.model_for(role)
        groups = self.logical[name].groups if name in self.logical else ()
        named = [self.providers.get(deployment.provider) for group in groups for deployment in group]
        return any(provider is not None and provider.remote for provider in named)

    @field_validator("providers")
    @classmethod
    def _embedded_is_taken(cls, providers: dict[str, ProviderSettings]) -> dict[str, ProviderSettings]:
        if EMBEDDED in providers:
            raise ValueError(f"The name {EMBEDDED!r} is Pylot's own engine and cannot be given to a provider")
        return providers


class EngineSettings(BaseModel):
    """How the embedded engine loads and runs a model."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    context: int = Field(default=4096, ge=256, le=1_048_576, description="Tokens of KV cache shared by all requests.")
    threads: int = Field(
        default=0,
        ge=0,
        le=512,
        description="Threads for decoding; 0 means one per core, eight at most, and one for a model below 16 MB.",
    )
    gpu_layers: Annotated[int, Field(ge=-1)] | Literal["auto"] = Field(
        default="auto", description="Layers to put on a GPU; `auto` means as many as fit, -1 all, 0 none."
    )
    repack: bool = Field(default=True, description="Keep a second copy of 4-bit weights that generates faster.")
    kv_type: KvType = Field(
        default="f16", description="Numbers of the KV cache: `q8_0` takes half the memory and reads prompts slower."
    )
    saved_state_mb: int = Field(
        default=0,
        ge=0,
        le=1_000_000,
        description="Room on disk for what the model has read, so that it need not read it again after a restart; "
        "it holds code of yours. 0 keeps nothing and removes what was kept.",
        json_schema_extra=OWN,
    )
    memory_gb: float = Field(
        default=0.0, ge=0, le=1_000_000, description="The most memory that all engines may take together; 0 means any."
    )
    idle_seconds: float = Field(
        default=3.0, ge=0, le=86_400, description="How long the engine stays after its last editor has gone."
    )

    @property
    def n_gpu_layers(self) -> int:
        """The layers to put on a GPU as the engine counts them."""
        return AUTO_LAYERS if self.gpu_layers == "auto" else self.gpu_layers
