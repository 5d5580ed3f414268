"""docs/configuration.md says what the settings models say (M2); `make docs` writes it."""

from __future__ import annotations

from pathlib import Path

from pylot.app.sections import SECTIONS
from pylot.config.reference import render_reference

PAGE = Path(__file__).parents[3] / "docs" / "configuration.md"


def test_the_page_is_what_the_models_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == render_reference(SECTIONS), "run `make docs`"
