"""Copies are mixed into the model's distribution token by token (issue 4)."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest

from pylot.engine.copy_mixture import CopyMixture, PromptText
from pylot.engine.copy_sources import CopySource, CopySources, History
from pylot.engine.jobs import PromptPiece, TemplatePiece, TextPiece, TokenPiece

WEIGHTS = ((4, 0.2), (8, 0.6))
UNIFORM = np.zeros(256, dtype=np.float32)


def mixture(history: str, elsewhere: str = "", *sources: str) -> CopyMixture:
    """Return a mixture whose tokens are the codes of characters."""
    made = [CopySource(source.encode(), CopySources.WIDTH) for source in sources]
    return CopyMixture(PromptText(history, elsewhere), made, WEIGHTS, lambda text: [ord(it) % 256 for it in text])


def copied(mixed: np.ndarray) -> dict[str, float]:
    """Return what stands out of a uniform distribution."""
    base = float(np.exp(mixed).min())
    return {chr(token): float(np.exp(value)) for token, value in enumerate(mixed) if np.exp(value) > 1.5 * base}


@pytest.mark.parametrize(
    ("history", "elsewhere", "sources", "expected"),
    [
        ("x = name", "name_of", (), {"_": 0.2}),
        ("x = self.name", "self.name_of", (), {"_": 0.6}),
        ("name_of; name", "", (), {"_": 0.2}),
        ("x = self.name", "", ("y = self.name_of",), {"_": 0.6}),
        ("x = nam", "", ("y = name",), {}),
        ("x = name", "", ("x = name",), {}),
        ("abc", "", ("abc",), {}),
        ("", "", ("",), {}),
    ],
)
def test_the_longest_agreement_decides_the_share(
    history: str, elsewhere: str, sources: tuple[str, ...], expected: dict[str, float]
) -> None:
    mixed = mixture(history, elsewhere, *sources).mix(UNIFORM)
    one_place = 1 / 1.3

    assert float(np.exp(mixed).sum()) == pytest.approx(1.0, abs=1e-5)
    assert copied(mixed) == {
        token: pytest.approx(share * one_place + (1 - share * one_place) / 256, rel=1e-4)
        for token, share in expected.items()
    }


def test_what_was_generated_goes_on_the_agreement() -> None:
    copying = mixture("value = ", "value = compute(x)")
    text = ""
    for _ in range(10):
        token = int(copying.mix(UNIFORM).argmax())
        text += chr(token)
        copying.extend(bytes([token]))

    assert text == "compute(x)"


def test_nearer_places_say_more() -> None:
    mixed = copied(mixture("name = ", "name = a\nname = b\nname = b\n").mix(UNIFORM))

    assert mixed["b"] > mixed["a"]


def test_places_are_those_that_a_search_finds() -> None:
    generator = random.Random(3)
    for width in (4, 8):
        for _ in range(200):
            text = bytes(generator.choices(b"ab", k=generator.randrange(120)))
            history = bytes(generator.choices(b"ab", k=generator.randrange(20)))
            history += text[: generator.randrange(120)] if generator.random() < 0.5 else b""
            agreement, places = CopySource(text, width).places_after(History(history), width)
            lengths = {place: agreement_of(text[:place], history) for place in range(len(text))}
            longest = max(lengths.values(), default=0)

            assert agreement == (longest if longest >= width else 0)
            assert places.tolist() == [it for it, length in lengths.items() if length == longest >= width]


def agreement_of(left: bytes, right: bytes) -> int:
    return next((n for n in range(min(len(left), len(right), 48), 0, -1) if left[-n:] == right[-n:]), 0)


def test_the_history_is_what_follows_the_last_special_token() -> None:
    pieces: list[PromptPiece] = [
        TokenPiece(1),
        TextPiece("below"),
        TokenPiece(2),
        TemplatePiece("a.py\n"),
        TextPiece("ab"),
        TextPiece("c"),
    ]

    assert PromptText.of(pieces) == PromptText("abc", "\0below\0")


def test_texts_leave_when_there_is_no_room() -> None:
    sources = CopySources(max_bytes=20)
    for digest in "abc":
        sources.put(digest, digest * 10)
        sources.get(["a"])
    found, missing = sources.get(["a", "b", "c"])

    assert ([source.n_bytes for source in found], missing) == ([10, 10], ["b"])
    assert math.isclose(float(np.exp(mixture("x").mix(UNIFORM)).sum()), 1.0, abs_tol=1e-5)
