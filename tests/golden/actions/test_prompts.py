"""What a model is asked by each code action, whole (K4, L4, L5).

One file per template; `UPDATE_GOLDEN=1` writes the files anew.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from pylot.actions.by_model.catalogue import TASKS
from pylot.actions.by_model.commit_message import commit_ask
from pylot.actions.by_model.task import Around, Ask
from pylot.actions.offer import Finding
from pylot.config.prompts import Prompts
from tests.support.code_places import FileTree, offer_at, place_in

FOLDER = Path(__file__).parent

AREA = (
    "import os\nfrom .units import Length, scaled as scale\n\n\n"
    'def area(w: Length, h):\n    """Return the area, with scale."""\n    ‸pass\n\n\nprint(area(1, 2))\n'
)
UNITS = (
    'class Length:\n    """A length.\n\n    In metres.\n    """\n\n    metres: float = 0.0\n\n'
    "    def doubled(self) -> Length:\n        return self\n\n\n"
    "def scaled(by: float, *, up=True) -> float:\n    return by\n"
)
CASES = {
    "write-body": AREA,
    "write-from-comment": "import re\n\n# Return the words of a text,‸ ${sorted}.\n\nx = 1\n",
    "write-missing": "def f(a):\n    return half‸(a)\n",
    "write-method": "class A:\n    def f(self, a):\n        return self.half‸(a)\n",
    "implement": "class A:\n    def f(self, a: int) -> str:\n        raise NotImplementedError\n\n\n"
    "class B‸(A):\n    def g(self):\n        return 1\n",
    "fill-branches": "class C(Enum):\n    A = 1\n    B = 2\n\n\nmatch‸ c:\n    case C.A:\n        print(1)\n",
    "document": "def area(w: int, h: int) -> int:\n    ‸if w < 0:\n        raise ValueError\n    return w * h\n",
    "document-module": "‸import os\n\n\ndef f():\n    return os.sep\n",
    "write-tests": "def half(a):\n    ‸return a / 2\n",
    "fix": "def f(a):\n    return a + ‸b\n",
    "explain": "x = 1\n‸y = x + 1\n‸z = 2\n",
    "review": "x = 1\n‸y = x / 0‸\n",
}


def ask_of(task: str) -> Ask:
    text = CASES[task]
    at = text.index("‸")
    finding = Finding(at, at + 1, "undefined name 'b'", "pyflakes", "F821")
    place = place_in(text, path="geo/shapes.py", findings=[finding] if task == "fix" else [])
    sample = "import pytest\n\n\ndef test_b():\n    assert 1\n"
    project = FileTree("geo/shapes.py", {"geo/__init__.py": "", "geo/units.py": UNITS, "tests/test_b.py": sample})
    return TASKS[task].ask(place, offer_at(place, task), Around(project))


def spelled(ask: Ask) -> str:
    messages = Prompts().messages(ask.template, ask.values)
    schema = f"=== schema\n{json.dumps(ask.schema, indent=1)}\n" if ask.schema else ""
    return "".join(f"=== {each.role}\n{each.text}\n" for each in messages) + schema


def check(name: str, text: str) -> None:
    path = FOLDER / f"{name}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(text, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text


@pytest.mark.parametrize("task", list(CASES))
def test_the_prompt_of_a_task(task: str) -> None:
    check(task, spelled(ask_of(task)))


def test_the_prompt_of_a_commit_message() -> None:
    diff = "diff --git a/a.py b/a.py\n--- a/a.py\n+++ b/a.py\n@@ -1 +1 @@\n-a = 1\n+a = 2\n"
    check("commit-message", spelled(commit_ask(diff, "Add a\nRemove b\n", 4_000)))


def test_every_shipped_template_has_a_golden_file() -> None:
    # What agents are told first is held in `tests/golden/agent`.
    of_actions = [name for name in Prompts().names() if not name.startswith("agent-")]
    assert of_actions == sorted(path.stem for path in FOLDER.glob("*.txt"))
    assert set(CASES) == set(TASKS)
