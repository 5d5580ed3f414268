"""What a llama-server tells of its model: context, vocabulary, chat template and prompt format."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from pylot.kernel.errors import ConfigError, ModelAbilityError, ProviderModelMissingError, ProviderRequestError
from pylot.models.cards import CardBox, EmbedderCard, FimFormat, ModelCard, effective_format
from pylot.models.http.client import HttpClient
from pylot.models.http.failures import garbage
from pylot.models.http.openai_events import count
from pylot.models.http.piece_tokens import RemoteTokenizer, read_tokens
from pylot.models.values import ModelProfile

_CHATML_TOKEN = "<|im_start|>"


@dataclass(frozen=True, slots=True)
class LlamaFacts:
    """A model behind a llama-server; `identity` changes when the server gets another one.

    `uses_infill` says that the server knows fill-in-the-middle tokens which no card spells.
    """

    identity: str
    alias: str
    context_tokens: int
    card: ModelCard
    embedder: EmbedderCard
    form: FimFormat
    ids: Mapping[str, int]
    bos: int | None
    can_chat: bool
    uses_infill: bool
    tokenizer: RemoteTokenizer

    @property
    def has_fim(self) -> bool:
        """Whether the model sees the text behind the cursor."""
        return self.form.order != "plain" or self.uses_infill

    @property
    def profile(self) -> ModelProfile:
        """What those who ask need to know."""
        return ModelProfile(
            name=self.alias,
            context_tokens=self.context_tokens,
            has_fim=self.has_fim,
            prefix_first=self.form.order in ("psm", "plain"),
            can_chat=self.can_chat,
            confidence=self.card.confidence,
            leaks=self.card.leaks,
            stops=self.card.stops,
            copy_first_confidence=self.card.copy_first_confidence,
            max_prompt_tokens=self.card.max_prompt_tokens,
            identity=f"llama-server {self.identity}",
            native_tools=True,
            text_prefix=self.embedder.text,
            query_prefix=self.embedder.query,
        )


async def read_identity(client: HttpClient, model: str) -> str:
    """Return what tells one loaded model from another."""
    return _identity(await _props(client, model))


async def read_facts(client: HttpClient, model: str, cards: CardBox, card_name: str) -> LlamaFacts:
    """Ask the server for everything that prompts depend on.

    Raises:
        PylotError: it cannot be asked, or serves another model than `model`.
    """
    props = await _props(client, model)
    alias, path = str(props.get("model_alias") or ""), str(props.get("model_path") or "")
    names = [name for name in (alias, PurePath(path).name) if name]
    if model and names and not any(_names_agree(model, name) for name in names):
        raise ProviderModelMissingError(f"{client.who} serves {names[0]}, not {model}.")
    settings = props.get("default_generation_settings")
    context = count(settings.get("n_ctx")) if isinstance(settings, Mapping) else None
    if not context:
        raise garbage(client.who, "no size of its context")
    body = {"model": model} if model else {}
    spelled = await _spelled_tokens(client, cards, body)
    card = cards.get(card_name) if card_name else cards.match_facts([*names, model], spelled)
    if card is None:
        raise ConfigError(f"There is no model card {card_name!r}; there are {', '.join(cards.names)}.")
    ids: dict[str, int] = {
        role: token
        for role, spellings in card.fim.tokens.items()
        for token in [next((spelled[text] for text in spellings if text in spelled), None)]
        if token is not None
    }
    form = effective_format(card, ids)
    template = str(props.get("chat_template") or "")
    return LlamaFacts(
        identity=_identity(props),
        alias=alias or model,
        context_tokens=context,
        card=card,
        embedder=cards.match_embedder([*names, model]),
        form=form,
        ids=ids,
        bos=await _bos(client, body),
        # Without a template of its own, a model is given one whose tokens it does not know.
        can_chat=bool(template) and (_CHATML_TOKEN not in template or _CHATML_TOKEN in spelled),
        uses_infill=form.order == "plain" and card.fim.order != "plain" and await _has_infill(client, body),
        tokenizer=RemoteTokenizer(client, body),
    )


async def _props(client: HttpClient, model: str) -> Mapping[str, Any]:
    props = await client.get("/props" + (f"?model={quote(model)}" if model else ""))
    if not isinstance(props, Mapping) or "default_generation_settings" not in props:
        raise garbage(client.who, "it does not speak llama-server's own protocol; try kind = 'openai'")
    return props


def _identity(props: Mapping[str, Any]) -> str:
    settings = props.get("default_generation_settings")
    context = settings.get("n_ctx") if isinstance(settings, Mapping) else None
    facts = [props.get(name) for name in ("model_path", "model_alias", "chat_template", "build_info")]
    return repr([*facts, context])


def _names_agree(wanted: str, served: str) -> bool:
    wanted, served = (name.lower().removesuffix(".gguf") for name in (wanted, served))
    return wanted in served or served in wanted


async def _spelled_tokens(client: HttpClient, cards: CardBox, body: Mapping[str, str]) -> dict[str, int]:
    """Return the ids of all special tokens that cards know, asked for in one request."""
    wanted = sorted({*cards.wanted_tokens, _CHATML_TOKEN})
    answer = await client.post("/tokenize", {"content": wanted, "parse_special": True, "with_pieces": True, **body})
    entries = answer.get("tokens") if isinstance(answer, Mapping) else None
    if not isinstance(entries, list):
        raise garbage(client.who, "no tokens")
    found: dict[str, int] = {}
    for entry in entries:
        piece, token = (entry.get("piece"), entry.get("id")) if isinstance(entry, Mapping) else (None, None)
        if isinstance(piece, str) and isinstance(token, int) and piece in wanted:
            found.setdefault(piece, token)
    return found


async def _bos(client: HttpClient, body: Mapping[str, str]) -> int | None:
    """Return the token that the vocabulary wants in front of every prompt, if it wants one."""
    with_special, without = [
        read_tokens(client.who, await client.post("/tokenize", {"content": "a", "add_special": add, **body}))
        for add in (True, False)
    ]
    return with_special[0] if with_special and with_special[0] not in without[:1] else None


async def _has_infill(client: HttpClient, body: Mapping[str, str]) -> bool:
    try:
        await client.post("/infill", {"input_prefix": "a", "input_suffix": "b", "n_predict": 0, "id_slot": 0, **body})
    except (ModelAbilityError, ProviderModelMissingError, ProviderRequestError):
        return False
    return True
