"""The right card is found for a file, and asks of it only what the file can do (H4)."""

from __future__ import annotations

from pathlib import Path

import pytest

from pylot.config.shipped import shipped_folder
from pylot.engine.gguf_header import GgufHeader, read_header
from pylot.models.cards import CardBox, FimFormat, effective_format, load_cards, resolve_tokens
from pylot.models.door import SHIPPED_MODELS

QWEN_TOKENS = ("<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>", "<|repo_name|>", "<|file_sep|>")


@pytest.fixture(scope="module")
def cards() -> CardBox:
    return load_cards(shipped_folder() / "models.yaml")


def header(*tokens: str, file: str = "model.gguf", **values: int | str) -> GgufHeader:
    dotted = {key.replace("__", "."): value for key, value in values.items()}
    ids = {text: number for number, text in enumerate(tokens, 100)}
    return GgufHeader(path=Path(file), file_bytes=1, values=dotted, n_vocab=200, token_ids=ids)


@pytest.mark.parametrize(
    ("given", "card"),
    [
        (header(general__name="Qwen2.5 Coder 1.5B"), "qwen-coder"),
        (header(general__basename="Qwen3-Coder"), "qwen-coder"),
        (header(file="qwen2.5-coder-1.5b-q8_0.gguf"), "qwen-coder"),
        (header(*QWEN_TOKENS, general__name="StarCoder2 3B"), "starcoder2"),
        (header(*QWEN_TOKENS, general__name="Something"), "qwen-coder"),
        (header(*QWEN_TOKENS[:4], general__name="Something"), "generic"),
        (header(general__name="Something"), "generic"),
    ],
)
def test_names_before_tokens_before_the_rest(given: GgufHeader, card: str, cards: CardBox) -> None:
    assert cards.match(given).name == card


def test_the_model_in_the_box_has_its_card_and_all_its_tokens(cards: CardBox) -> None:
    """H4: the shipped file, as it is."""
    shipped = read_header(SHIPPED_MODELS["pylot-tiny"], cards.wanted_tokens)
    card = cards.match(shipped)

    assert card.name == "pylot-tiny"
    assert effective_format(card, resolve_tokens(card, shipped)) == card.fim


def test_what_the_file_states_wins_over_a_spelling(cards: CardBox) -> None:
    given = header(*QWEN_TOKENS, tokenizer__ggml__fim_mid_token_id=7)

    assert resolve_tokens(cards.match(given), given) == {
        "prefix": 100, "suffix": 101, "middle": 7, "repo": 103, "separator": 104,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("roles", "expected"),
    [
        ({"prefix", "suffix", "middle", "repo", "separator"}, {}),
        ({"prefix", "suffix", "middle", "separator"}, {"repo_text": ""}),
        ({"prefix", "suffix", "middle", "repo"}, {"context": "prefix", "names_current_file": False}),
    ],
)
def test_missing_tokens_take_away_what_needs_them(roles: set[str], expected: dict[str, object], cards: CardBox) -> None:
    card = cards.get("qwen-coder")
    assert card is not None

    assert effective_format(card, dict.fromkeys(roles, 1)) == card.fim.model_copy(update=expected)


@pytest.mark.parametrize(
    ("name", "roles"),
    [("qwen-coder", {"prefix", "suffix", "separator"}), ("codestral", {"suffix", "middle"}), ("generic", set[str]())],
)
def test_without_fim_tokens_a_model_completes_plainly(name: str, roles: set[str], cards: CardBox) -> None:
    card = cards.get(name)
    assert card is not None

    assert effective_format(card, dict.fromkeys(roles, 1)) == FimFormat(order="plain")


def test_suffix_first_needs_no_middle(cards: CardBox) -> None:
    card = cards.get("codestral")
    assert card is not None

    assert effective_format(card, {"prefix": 1, "suffix": 2}).order == "contiguous-spm"


def test_there_is_no_card_of_another_name(cards: CardBox) -> None:
    assert cards.get("no such card") is None


@pytest.mark.parametrize(
    ("names", "text", "query"),
    [
        (["nomic-embed-text:latest"], "search_document: ", "search_query: "),
        (["vectors", "nomic-embed-code.Q4_K_M.gguf"], "", "Represent this query for searching relevant code: "),
        (["intfloat/e5-base-v2"], "passage: ", "query: "),
        (["snowflake-arctic-embed2"], "", "query: "),
        (["BAAI/bge-small-en-v1.5"], "", "Represent this sentence for searching relevant passages: "),
        (["all-MiniLM-L6-v2", "text-embedding-3-small"], "", ""),
    ],
)
def test_an_embedder_gets_the_words_of_its_family(names: list[str], text: str, query: str, cards: CardBox) -> None:
    card = cards.match_embedder(names)

    assert (card.text, card.query) == (text, query)
