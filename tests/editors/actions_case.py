"""What the tests of code actions have in common in every editor: a file, and what a scripted model writes for it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from tests.support.agent_model import AgentModel
from tests.support.editor import LEAVE_AT_ONCE, Home

TEXT = "def area(width: int, height: int) -> int:\n    return width * height + width * height\n"
NO_ANSWER = "No."
WORDS: Mapping[str, object] = {
    "summary": "Return the area twice.",
    "parameters": {"width": "How wide it is.", "height": "How high it is."},
    "returns": "Twice the area.",
}
ANSWER = json.dumps(WORDS)
DOCUMENTED = TEXT.replace(
    "int:\n",
    'int:\n    """Return the area twice.\n\n    Args:\n        width: How wide it is.\n'
    '        height: How high it is.\n\n    Returns:\n        Twice the area.\n    """\n',
    1,
)


def prepare(own_home: Path, model: AgentModel) -> Path:
    """Configure a model and return the file."""
    work = own_home / "work"
    work.mkdir(exist_ok=True)
    Home(own_home / "home").configure(f"{LEAVE_AT_ONCE}{model.settings}")
    file = work / "area.py"
    file.write_text(TEXT, encoding="utf-8")
    return file
