"""What the model is shown in training is what the product sends, with the answer behind it."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

import pytest

from pylot.completion.plan import PromptBudget, plan_prompt
from pylot.completion.values import CompletionRequest
from pylot.config.shipped import shipped_folder
from pylot.engine.jobs import TextPiece, TokenPiece
from pylot.models.cards import load_cards
from pylot.models.fim import render_fim
from pylot.models.values import ContextChunk, FimPrompt
from training.data.documents import Document
from training.examples.cuts import cut_at
from training.examples.renaming import IDENTIFIER, Renamer
from training.examples.shapes import Chunk, context_pieces, contiguous_spm
from training.examples.windows import WindowSource
from training.specials import SPELLINGS, Special

FIRST_BYTE = len(Special)
SHARES = {"python": 0.7, "typescript": 0.3}
SOURCE = Path(__file__).read_text(encoding="utf-8")


class ByteEncoder:
    """One id per byte, so that a window can be read again."""

    def encode(self, texts: Sequence[str]) -> list[list[int]]:
        return [[FIRST_BYTE + byte for byte in text.encode()] for text in texts]


def read(window: Sequence[int]) -> str:
    return "".join(SPELLINGS[Special(i)] if i < FIRST_BYTE else chr(i - FIRST_BYTE) for i in window)


def documents() -> list[Document]:
    other = SOURCE.replace("window", "pane").replace("text", "words")
    return [
        Document("one", "one/test_examples.py", "python", held_out=False, text=SOURCE),
        Document("one", "one/other.py", "python", held_out=False, text=other),
        Document("two", "two/code.ts", "typescript", held_out=False, text="const spelled = '<|fim_prefix|>';\n" * 40),
    ]


def source(seed: int = 1) -> WindowSource:
    return WindowSource(documents(), ByteEncoder(), seed=seed, language_shares=SHARES)


@pytest.mark.parametrize("chunks", [(), (Chunk("a.py", "import b\n\n"), Chunk("b.py", "import a"))])
def test_prompts_are_those_of_the_product(chunks: tuple[Chunk, ...]) -> None:
    """The card `pylot-tiny` and the recipe must never part: a model asked otherwise than trained answers nonsense."""
    card = load_cards(shipped_folder() / "models.yaml").get("pylot-tiny")
    assert card is not None
    roles = {"prefix": 1, "suffix": 2, "middle": 3, "repo": 5, "separator": 6}
    context = tuple(ContextChunk("open files", chunk.name, chunk.text, 100) for chunk in chunks)
    prompt = FimPrompt("c.py", "def f():\n", "    ret", "\n\nx = 1\n", context, 99, 99, 99)
    rendered = [sourced.piece for sourced in render_fim(prompt, card.fim, roles, bos=None)]

    expected = [*context_pieces("c.py", chunks), *contiguous_spm("def f():\n", "    ret", "\n\nx = 1\n")]

    assert [piece.token if isinstance(piece, TokenPiece) else text_of(piece) for piece in rendered] == expected


def text_of(piece: object) -> str:
    assert isinstance(piece, TextPiece)
    return piece.text


def test_product_divides_the_prefix_at_the_line_as_training_does() -> None:
    text = "import a\n\ndef f():\n    return a."
    plan = plan_prompt(
        CompletionRequest("", "c.py", "python", 1, text, len(text)), None,
        model="m", budget=PromptBudget.of(1000), context=list, now=0.0,
    )  # fmt: skip

    assert (plan.prompt.head, plan.prompt.tail) == ("import a\n\ndef f():\n", "    return a.")


def test_cuts_lie_within_the_text_and_are_of_every_kind() -> None:
    rng = random.Random(5)
    starts = [start for start in range(len(SOURCE)) if SOURCE[start - 1] == "\n" and SOURCE[start] not in "\n"]
    cuts = [cut_at(SOURCE, rng.choice(starts), rng) for _ in range(500)]
    middles = [SOURCE[cut.start : cut.end] for cut in cuts]

    assert all(0 <= cut.start < cut.end <= len(SOURCE) for cut in cuts)
    assert 50 < sum("\n" in middle for middle in middles) < 300
    assert sum(middle.startswith("\n") for middle in middles) > 5
    assert all(cut.end - cut.start <= 1200 for cut in cuts)


def test_names_change_everywhere_alike_and_the_language_stays() -> None:
    common = "isinstance(value, str)\n"
    renamer = Renamer([common + f"special_name_{number} = other_name_{number}" for number in range(200)])
    text = "my_own_name = first_value(my_own_name, isinstance)\n"
    renamed = {renamer.renaming([text, text], random.Random(seed))(text) for seed in range(20)}
    names = [IDENTIFIER.findall(one) for one in renamed]

    assert len(renamed) > 3
    assert {(first == again, last) for first, _, again, last in names} == {(True, "isinstance")}


@pytest.mark.parametrize("n_tokens", [513, 1281])
def test_windows_have_the_length_asked_for_and_depend_on_their_number_alone(n_tokens: int) -> None:
    """Resuming exactly needs no more than the number of the next window."""
    windows = source().windows(range(30), n_tokens)

    assert {len(window) for window in windows} == {n_tokens}
    assert source().window(17, n_tokens) == windows[17]
    assert source(seed=2).window(17, n_tokens) != windows[17]


def test_most_windows_ask_in_the_product_order_and_teach_to_end() -> None:
    windows = [read(window) for window in source().windows(range(300), 513)]
    n_spm = sum("<|fim_suffix|>" in window.partition("<|fim_prefix|>")[0] for window in windows)
    n_psm = sum("<|fim_middle|>" in window for window in windows)

    assert n_spm > 4 * n_psm > 0
    assert sum("<|endoftext|>" in window for window in windows) > 150
    assert all(window.startswith(("<|file_sep|>", "<|repo_name|>project\n")) for window in windows)


def test_text_that_spells_a_special_token_is_text() -> None:
    """Issue: user text that spells a special token is never taken for one."""
    spelled = [FIRST_BYTE + byte for byte in b"<|fim_prefix|>"]
    windows = source().windows(range(60), 513)

    assert any(spelled == window[place : place + len(spelled)] for window in windows for place in range(500))
