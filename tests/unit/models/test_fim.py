"""The parts of a prompt that no family's golden file shows."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from pylot.engine.jobs import TextPiece, TokenPiece
from pylot.models.cards import FimFormat
from pylot.models.fim import SourcedPiece, render_fim, tokens_by_source
from pylot.models.values import ContextChunk, FimPrompt

IDS = {"prefix": 1, "suffix": 2, "middle": 3}


def text_of(pieces: Sequence[SourcedPiece]) -> str:
    return "".join(
        piece.piece.text if isinstance(piece.piece, TextPiece) else f"«{piece.piece.token}»"
        for piece in pieces
        if isinstance(piece.piece, TextPiece | TokenPiece)
    )


def test_suffix_first_with_a_middle() -> None:
    prompt = FimPrompt(path="a.py", head="h", tail="t", suffix="s")

    assert text_of(render_fim(prompt, FimFormat(order="spm"), IDS, None)) == "«2»s«1»h«3»t"


@pytest.mark.parametrize(
    ("path", "line"), [("a.py", "# a.py"), ("a.hs", "-- a.hs"), ("a.rs", "// a.rs"), ("{path}", "// {path}")]
)
def test_a_file_in_the_prefix_is_named_in_its_own_comments(path: str, line: str) -> None:
    prompt = FimPrompt(path="b.py", head="h", tail="t", suffix="s", context=(ContextChunk("x", path, "code\n\n", 9),))

    assert text_of(render_fim(prompt, FimFormat(order="plain"), {}, None)) == f"{line}\ncode\n\nht"


def test_tokens_are_added_up_by_source() -> None:
    pieces = [SourcedPiece(TokenPiece(1), source) for source in ("template", "prefix", "template", "typed")]

    assert tokens_by_source(pieces, [1, 40, 1, 3]) == {"template": 2, "prefix": 40, "typed": 3}
    assert tokens_by_source(pieces, []) == {}
