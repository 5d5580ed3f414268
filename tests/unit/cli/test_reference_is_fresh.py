"""docs/configuration.md says what the settings models say (M2); `make docs` writes it."""

from __future__ import annotations

import re
from pathlib import Path

from pylot.app.sections import SECTIONS
from pylot.config.reference import render_reference

PAGE = Path(__file__).parents[3] / "docs" / "configuration.md"


def test_the_page_is_what_the_models_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == render_reference(SECTIONS), "run `make docs`"


def test_the_page_on_security_names_what_no_editor_may_set() -> None:
    """Whoever trusts that list must be able to (P3)."""
    reference = PAGE.read_text(encoding="utf-8")
    own = {
        name
        for name, body in re.findall(r"^### `([a-z_.]+)`\n(.*?)(?=^##)", reference + "\n##", re.M | re.S)
        if "- Set by: your own file, the environment and the command line only" in body
    }
    said = (PAGE.parent / "security.md").read_text(encoding="utf-8")
    [listed] = re.findall(r"So it cannot set (.*)\.\n", said)

    assert set(re.findall(r"`([^`]+)`", listed)) == {"agents" if it.startswith("agents.") else it for it in own}
