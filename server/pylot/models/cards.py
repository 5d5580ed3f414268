"""Model cards: what Pylot knows of a family of models, kept as data in `config/models.yaml`."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, field_validator

from pylot.engine.gguf_header import GgufHeader

TokenRole = Literal["prefix", "suffix", "middle", "repo", "separator"]

_GGUF_KEYS: dict[TokenRole, str] = {
    "prefix": "fim_pre",
    "suffix": "fim_suf",
    "middle": "fim_mid",
    "repo": "fim_rep",
    "separator": "fim_sep",
}


class FimFormat(BaseModel):
    """How a family wants to be asked for the middle.

    `order` is one of: `psm` (prefix, suffix, middle), `spm` (suffix, prefix, middle), `contiguous-spm` (suffix, prefix
    and the answer right behind it), `plain` (the text before the cursor only).
    `tokens` spells the special tokens, the first spelling that the vocabulary has counting; ids in the file's own
    metadata win over a spelling.
    `context` says where other files stand: each behind a separator (`separator`), with separators only `between` them,
    or without any in the prefix itself (`prefix`), named there by `file_line`.
    `repo_text` follows the repository token; without it there is none.
    `names_current_file` says whether the current file's path is given: behind a separator always, and even without
    it when there is context; in the prefix only when there is context.
    With `path_in_prefix` a path that a separator announces is the first line of the prefix, not the last before it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    order: Literal["psm", "spm", "contiguous-spm", "plain"]
    tokens: dict[TokenRole, tuple[str, ...]] = Field(default_factory=dict)
    context: Literal["separator", "between", "prefix"] = "prefix"
    file_line: str = "{comment} {path}"
    repo_text: str = ""
    names_current_file: bool = False
    path_in_prefix: bool = False

    @field_validator("tokens", mode="before")
    @classmethod
    def _one_spelling_is_enough(cls, tokens: Mapping[str, object]) -> dict[str, object]:
        return {role: (spelling,) if isinstance(spelling, str) else spelling for role, spelling in tokens.items()}


class ModelCard(BaseModel):
    """One family of models.

    `copying` says how much a weak model copies from the code around while it generates: pairs of an agreement in bytes
    and the share (0 to 1) that copying gets from there on.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    title: str
    match_names: list[str] = Field(default_factory=list)
    match_tokens: list[str] = Field(default_factory=list)
    fim: FimFormat
    stops: list[str] = Field(default_factory=list)
    leaks: list[str] = Field(default_factory=list)
    max_prompt_tokens: int = 1536
    copy_first_confidence: float = 0.8
    confidence: list[tuple[float, float]] = Field(default_factory=list)
    copying: list[tuple[int, float]] = Field(default_factory=list)
    agreement: float = 0.7


class EmbedderCard(BaseModel):
    """What one family of embedders wants in front of a text that may be found, and of what somebody looks for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    match_names: list[str] = Field(default_factory=list)
    text: str = ""
    query: str = ""


class CardBox:
    """All cards, in the order in which they are tried."""

    def __init__(self, cards: Sequence[ModelCard], embedders: Sequence[EmbedderCard] = ()) -> None:
        self._cards = list(cards)
        self._embedders = list(embedders)

    @property
    def names(self) -> list[str]:
        """The names of all cards."""
        return [card.name for card in self._cards]

    @property
    def wanted_tokens(self) -> frozenset[str]:
        """Every spelling whose id a header should be searched for."""
        spelled = {text for card in self._cards for spellings in card.fim.tokens.values() for text in spellings}
        return frozenset(spelled | {text for card in self._cards for text in card.match_tokens})

    def get(self, name: str) -> ModelCard | None:
        """Return a card by name."""
        return next((card for card in self._cards if card.name == name), None)

    def match(self, header: GgufHeader) -> ModelCard:
        """Return the first card whose names or tokens match; the last card matches everything."""
        names = [header.name, str(header.values.get("general.basename", "")), header.path.name]
        return self.match_facts(names, header.token_ids)

    def match_facts(self, names: Sequence[str], spellings: Container[str]) -> ModelCard:
        """Return the card for a model known by these names and these spellings of special tokens."""
        named = self.match_names(names)
        if named is not None:
            return named
        for card in self._cards:
            if card.match_tokens and all(token in spellings for token in card.match_tokens):
                return card
        return self._cards[-1]

    def match_names(self, names: Sequence[str]) -> ModelCard | None:
        """Return the first card that one of a model's names matches."""
        return next((card for card in self._cards if _is_named(card, names)), None)

    def match_embedder(self, names: Sequence[str]) -> EmbedderCard:
        """Return the first embedder's card that one of a model's names matches, else one that wants nothing."""
        return next((card for card in self._embedders if _is_named(card, names)), EmbedderCard())


def load_cards(path: Path) -> CardBox:
    """Read the cards; the shipped file is tested, so a broken one is a broken installation and raises."""
    raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    defaults: Mapping[str, object] = raw.get("defaults", {})
    embedders = [EmbedderCard.model_validate(card) for card in raw.get("embedders", ())]
    return CardBox([ModelCard.model_validate({**defaults, **card}) for card in raw["cards"]], embedders)


def _is_named(card: ModelCard | EmbedderCard, names: Sequence[str]) -> bool:
    lowered = [name.lower() for name in names]
    return any(fnmatchcase(name, pattern) for name in lowered for pattern in card.match_names)


def resolve_tokens(card: ModelCard, header: GgufHeader) -> dict[str, int]:
    """Return the ids of the card's special tokens in this file; what neither metadata nor vocabulary has is absent."""
    ids: dict[str, int] = {}
    for role, key in _GGUF_KEYS.items():
        stated = header.integer(f"tokenizer.ggml.{key}_token_id", -1)
        spelled = (header.token_ids[text] for text in card.fim.tokens.get(role, ()) if text in header.token_ids)
        if (token := stated if stated >= 0 else next(spelled, -1)) >= 0:
            ids[role] = token
    return ids


def effective_format(card: ModelCard, ids: Mapping[str, int]) -> FimFormat:
    """Return the card's format, reduced to what the file's tokens allow."""
    needed = {"psm": ("prefix", "suffix", "middle"), "spm": ("prefix", "suffix", "middle")}
    required = needed.get(card.fim.order, ("prefix", "suffix") if card.fim.order == "contiguous-spm" else ())
    if any(role not in ids for role in required):
        return FimFormat(order="plain")
    updates: dict[str, object] = {}
    if card.fim.context != "prefix" and "separator" not in ids:
        updates = {"context": "prefix", "names_current_file": False}
    if "repo" not in ids:
        updates["repo_text"] = ""
    return card.fim.model_copy(update=updates)
