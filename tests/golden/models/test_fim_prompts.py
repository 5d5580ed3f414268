"""What each family of models is asked, in its own order and words (H4; issue 2, "Models").

One file per model, named in `MODELS`: the whole way from a GGUF header to the pieces of the prompt.
Special tokens stand in «», each on its own line; a text is written as JSON.
`UPDATE_GOLDEN=1` writes the files anew.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from pylot.config.shipped import shipped_folder
from pylot.engine.gguf_header import GgufHeader
from pylot.engine.jobs import TextPiece, TokenPiece
from pylot.models.cards import CardBox, effective_format, load_cards, resolve_tokens
from pylot.models.fim import SourcedPiece, render_fim
from pylot.models.values import ContextChunk, FimPrompt

FOLDER = Path(__file__).parent
BOS = 1

ALONE = FimPrompt(path="geo.py", head="import math\n", tail="r = ", suffix="\nprint(r)\n")
WITH_CONTEXT = FimPrompt(
    path="geo.py",
    head="import math\n",
    tail="r = ",
    suffix="\nprint(r)\n",
    context=(
        ContextChunk("recent edits", "area.lua", "local a = 1\n\n", 50),
        ContextChunk("open files", "circle.py", "PI = 3.14", 60),
    ),
)

QWEN = ("<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>", "<|repo_name|>", "<|file_sep|>")
STARCODER = ("<fim_prefix>", "<fim_suffix>", "<fim_middle>")


@dataclass(frozen=True)
class Model:
    """A GGUF file as its header tells of it."""

    card: str
    name: str = ""
    tokens: Sequence[str] = ()
    stated: Mapping[str, int] = field(default_factory=dict)
    bos: bool = False


MODELS = {
    "pylot-tiny": Model("pylot-tiny", "Pylot-Tiny 2M", QWEN),
    "qwen2.5-coder": Model("qwen-coder", "Qwen2.5 Coder 1.5B", QWEN),
    "qwen3-coder-by-metadata": Model(
        "qwen-coder", "Qwen3-Coder-30B", stated={"pre": 11, "suf": 12, "mid": 13, "rep": 14, "sep": 15}
    ),
    "qwen-by-tokens": Model("qwen-coder", "My Tuning", QWEN),
    "qwen-without-separator": Model("qwen-coder", "qwen-coder", QWEN[:3]),
    "qwen-without-tokens": Model("qwen-coder", "qwen-coder"),
    "starcoder2": Model("starcoder2", "starcoder2-3b", (*STARCODER, "<repo_name>", "<file_sep>")),
    "deepseek-coder": Model(
        "deepseek-coder", "deepseek-coder-1.3b-base", ("<｜fim▁begin｜>", "<｜fim▁hole｜>", "<｜fim▁end｜>"), bos=True
    ),
    "codellama": Model("codellama", "CodeLlama-7b", ("▁<PRE>", "▁<SUF>", "▁<MID>"), bos=True),
    "codestral": Model("codestral", "Codestral-22B-v0.1", ("[PREFIX]", "[SUFFIX]", "[MIDDLE]"), bos=True),
    "granite-code": Model("granite", "granite-3b-code-base", (*STARCODER, "<reponame>", "<filename>")),
    "granite-4": Model("granite", "Granite 4.0 Micro", QWEN[:3]),
    "codegemma": Model("codegemma", "codegemma-2b", (*QWEN[:3], "<|file_separator|>"), bos=True),
    "generic": Model("generic", "Unheard Of", STARCODER),
    "generic-without-tokens": Model("generic", "Unheard Of", bos=True),
}


@pytest.fixture(scope="module")
def cards() -> CardBox:
    return load_cards(shipped_folder() / "models.yaml")


@pytest.mark.parametrize("name", MODELS)
def test_prompts(name: str, cards: CardBox) -> None:
    model = MODELS[name]
    path = FOLDER / f"{name}.txt"
    written = "\n".join(
        f"### {title}\n{asked(model, prompt, cards)}"
        for title, prompt in (("alone", ALONE), ("with context", WITH_CONTEXT))
    )
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(written, encoding="utf-8")

    assert written == path.read_text(encoding="utf-8")


def test_every_card_and_no_other_file_is_here(cards: CardBox) -> None:
    assert {model.card for model in MODELS.values()} == set(cards.names)
    assert {path.stem for path in FOLDER.glob("*.txt")} == set(MODELS)


@pytest.mark.parametrize("name", MODELS)
def test_what_a_user_spells_stays_text(name: str, cards: CardBox) -> None:
    """H4: a file may contain the very words of a model's template."""
    model = MODELS[name]
    spelled = " ".join(model.tokens) or "<|fim_middle|>"

    def prompt(text: str) -> FimPrompt:
        return FimPrompt("geo.py", text, text, text, (ContextChunk("open files", "a.py", text, 9),))

    assert tokens(render(model, prompt(spelled), cards)) == tokens(render(model, prompt("x"), cards))


def header(model: Model) -> GgufHeader:
    values: dict[str, int | float | bool | str] = {"general.name": model.name}
    values |= {f"tokenizer.ggml.fim_{key}_token_id": token for key, token in model.stated.items()}
    ids = {text: number for number, text in enumerate(model.tokens, 100)}
    return GgufHeader(path=Path("model.gguf"), file_bytes=1, values=values, n_vocab=200, token_ids=ids)


def render(model: Model, prompt: FimPrompt, cards: CardBox) -> list[SourcedPiece]:
    card = cards.match(header(model))
    assert card.name == model.card
    ids = resolve_tokens(card, header(model))
    return render_fim(prompt, effective_format(card, ids), ids, BOS if model.bos else None)


def tokens(pieces: Sequence[SourcedPiece]) -> list[int]:
    return [piece.piece.token for piece in pieces if isinstance(piece.piece, TokenPiece)]


def asked(model: Model, prompt: FimPrompt, cards: CardBox) -> str:
    spelled = {number: text for text, number in header(model).token_ids.items()}
    spelled |= {token: key for key, token in model.stated.items()} | {BOS: "bos"}
    lines = []
    for piece in render(model, prompt, cards):
        match piece.piece:
            case TokenPiece(token):
                lines.append(f"«{spelled[token]}» {piece.source}")
            case TextPiece(text, max_tokens, keep):
                budget = "" if max_tokens is None else f", {keep} of {max_tokens} tokens"
                lines.append(f"{json.dumps(text)} {piece.source}{budget}")
    return "\n".join(lines) + "\n"
