"""What may be sent to a provider: a pure decision with its reason (P1, P3)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import PurePath
from typing import Any

from pylot.models.http.address import parse_address
from pylot.models.settings import ProviderSettings, Role
from pylot.models.values import ANY_FILE, ChatMessage, CompletionParameters, FimPrompt
from pylot.workspace.ignore import compile_patterns

Redact = Callable[[str], str]


class Verdict(Enum):
    """Whether something may be sent."""

    ALLOW = "allow"
    ASK = "ask"
    DENY = "deny"


@dataclass(frozen=True, slots=True)
class Decision:
    """A verdict and, unless it allows, one sentence that says why and how to allow it."""

    verdict: Verdict
    sentence: str = ""

    @property
    def allowed(self) -> bool:
        """Whether it may be sent; nobody can be asked yet, so that what needs a yes is refused."""
        return self.verdict is Verdict.ALLOW


_ALLOWED = Decision(Verdict.ALLOW)


class Policy:
    """What the user's own configuration says of one provider; without settings, the engine on this machine.

    `redact` returns a text of equal length without secrets.

    Raises:
        ConfigError: the provider is at another machine but does not say `remote`, or its address is none.
    """

    def __init__(self, name: str, settings: ProviderSettings | None, redact: Redact) -> None:
        self._name = name
        self._settings = settings
        self._redact = redact if settings is not None and settings.redact_secrets else None
        self._excluded = compile_patterns(list(settings.exclude_paths if settings else ()))
        self.is_remote = settings is not None and settings.remote
        if settings is not None:
            parse_address(name, settings.base_url, remote=settings.remote)

    def decide(self, role: Role, *, beside_local: bool, file: str = "") -> Decision:
        """Return whether a role's text may go there; `beside_local` when the same model also has local deployments.

        A failure here must not send code there: that takes a provider that names the role.
        """
        settings = self._settings
        if settings is None:
            return _ALLOWED
        key = f"models.providers.{self._name}"
        if settings.roles and role not in settings.roles:
            return Decision(
                Verdict.DENY, f"{self._name} is not asked for the role {role}: {key}.roles does not name it."
            )
        if self.is_remote and beside_local and role not in settings.roles:
            return Decision(
                Verdict.DENY,
                f"{self._name} may be another machine, so it does not stand in for a local model: "
                f'add "{role}" to {key}.roles to allow it.',
            )
        if file == ANY_FILE and settings.exclude_paths:
            return Decision(
                Verdict.DENY,
                f"{self._name} is not asked by agents, who read whatever they need: {key}.exclude_paths names files.",
            )
        if file and self.excludes(file):
            return Decision(Verdict.DENY, f"{self._name} is not sent this file: {key}.exclude_paths names it.")
        if settings.ask:
            return Decision(
                Verdict.ASK, f"{self._name} needs a yes that nobody can give yet: set {key}.ask = false to allow it."
            )
        return _ALLOWED

    def excludes(self, file: str) -> bool:
        """Tell whether a file's text is never sent there; a pattern may begin at any folder of its path."""
        parts = [part for part in PurePath(file).as_posix().split("/") if part]
        return any(self._excluded.match_file("/".join(parts[start:])) for start in range(len(parts)))

    def clean_prompt(self, prompt: FimPrompt) -> FimPrompt:
        """Return what is sent of a prompt: without context from excluded files, secrets masked."""
        context = tuple(chunk for chunk in prompt.context if not self.excludes(chunk.file or chunk.path))
        if self._redact is None:
            return replace(prompt, context=context)
        # A secret may lie across the places where the text is cut.
        text = self._redact(prompt.head + prompt.tail + prompt.suffix)
        cursor = len(prompt.head) + len(prompt.tail)
        return replace(
            prompt,
            head=text[: len(prompt.head)],
            tail=text[len(prompt.head) : cursor],
            suffix=text[cursor:],
            context=tuple(replace(chunk, text=self._redact(chunk.text)) for chunk in context),
        )

    def clean_messages(self, messages: Sequence[ChatMessage]) -> list[ChatMessage]:
        """Return what is sent of a conversation: secrets masked."""
        redact = self._redact
        if redact is None:
            return list(messages)
        return [
            replace(
                it,
                content=redact(it.content),
                calls=tuple(replace(call, arguments=redact(call.arguments)) for call in it.calls),
            )
            for it in messages
        ]

    def clean_parameters(self, parameters: CompletionParameters) -> CompletionParameters:
        """Return what is sent of parameters: secrets in the words about tools and answers masked."""
        if self._redact is None or not (parameters.tools or parameters.schema):
            return parameters
        tools = tuple(
            replace(
                tool, description=self._redact(tool.description), parameters=_cleaned(tool.parameters, self._redact)
            )
            for tool in parameters.tools
        )
        schema = None if parameters.schema is None else _cleaned(parameters.schema, self._redact)
        return replace(parameters, tools=tools, schema=schema)

    def clean_texts(self, texts: Sequence[str]) -> list[str]:
        """Return what is sent of texts to embed: secrets masked."""
        return list(texts) if self._redact is None else [self._redact(text) for text in texts]


def _cleaned(value: Any, redact: Redact) -> Any:
    """Return a JSON value with every text in it redacted; names of properties stay."""
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, Mapping):
        return {name: _cleaned(each, redact) for name, each in value.items()}
    return [_cleaned(each, redact) for each in value] if isinstance(value, (list, tuple)) else value
