"""The shipped catalogue is complete, consistent with the model cards, and honest about memory (I13)."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from pylot.config.shipped import shipped_folder
from pylot.models.cards import load_cards
from pylot.models.catalogue.entries import KnownModel, load_known_models

KNOWN = load_known_models(shipped_folder() / "catalogue.yaml")
CARDS = load_cards(shipped_folder() / "models.yaml")


def test_there_is_something_for_every_machine() -> None:
    needs = sorted(known.memory(4096) for known in KNOWN.values() if known.fim)

    assert needs[0] < 1.5e9
    assert sum(need < 4e9 for need in needs) >= 4
    assert any(8e9 < need < 16e9 for need in needs)


def test_they_are_listed_from_small_to_large() -> None:
    sizes = [known.megabytes for known in KNOWN.values()]

    assert sizes == sorted(sizes)


@pytest.mark.parametrize("name", KNOWN)
def test_an_entry_is_usable(name: str) -> None:
    known = KNOWN[name]

    assert CARDS.get(known.card) is not None
    assert known.licence
    assert known.note.endswith(".")


def test_a_shorter_context_of_its_own_needs_less() -> None:
    granite = KNOWN["granite-code-3b"]

    assert granite.memory(100_000) == granite.memory(granite.context)


@pytest.mark.parametrize(
    "change",
    [
        {"repository": "https://example.invalid/x"},
        {"file": "../x.gguf"},
        {"file": "x.bin"},
        {"sha256": "short"},
        {"megabytes": 0},
        {"extra": 1},
    ],
)
def test_a_wrong_entry_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        KnownModel.model_validate({**KNOWN["codestral-22b"].model_dump(), **change})


def test_a_broken_catalogue_is_a_broken_installation(tmp_path: Path) -> None:
    (tmp_path / "catalogue.yaml").write_text("models: {a: {title: A}}\n")
    with pytest.raises(ValidationError):
        load_known_models(tmp_path / "catalogue.yaml")
