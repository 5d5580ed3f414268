"""Whatever a model answers, only what was offered changes, and what parsed still parses (K4)."""

from __future__ import annotations

import ast
import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from pylot.actions.by_model.catalogue import TASKS
from pylot.actions.by_model.task import Answer, Around
from pylot.actions.edits import applied
from pylot.actions.offer import Finding, Offer, Place
from pylot.kernel.errors import PylotError
from tests.support.code_places import FileTree, place_in

HEAD = "from enum import Enum\n\nKEEP = 1\n\n\n"
TAIL = "\n\ndef other(a):\n    return a\n"
COLOR = "class C(Enum):\n    A = 1\n    B = 2\n\n\n"
PLACES = {
    "write-body": "def area(w, h):\n    ‸pass\n",
    "write-from-comment": "# Add two ‸numbers and more.\n\n",
    "write-missing": "def f(a):\n    return half‸(a)\n",
    "write-method": "class A:\n    def f(self, a):\n        return self.half‸(a)\n",
    "implement": "class A:\n    def f(self):\n        raise NotImplementedError\n\n\nclass B‸(A):\n    pass\n",
    "fill-branches": f"{COLOR}match‸ c:\n    case C.A:\n        print(1)\n",
    "document": "def area(w, h):\n    ‸return w * h\n",
    "fix": "def area(w, h):\n    return w * ‸b\n",
    "write-tests": "def area(w, h):\n    ‸return w * h\n",
    "explain": "def area(w, h):\n    ‸return w * h\n",
}
PIECES = [
    *(
        f"{line}\n"
        for line in [
            "```python",
            "```",
            "def area(w, h):",
            "    return w * h",
            "def half(a):",
            "    pass",
            "return 1",
            "class B(A):",
            "    def f(self):",
            "        return 1",
            "match c:",
            "    case C.B:",
            "        print(2)",
            "KEEP = 2",
            "def other(a):",
            "<<<<<<< SEARCH",
            "=======",
            ">>>>>>> REPLACE",
            "    return a",
            "    return w * b",
            "import os",
            "# Add two numbers and more.",
            "Sure!",
            "def test_area():",
            "    assert area(1, 2) == 2",
        ]
    ),
    *("```", "(", "}", '"""', "'", "\\", "\u202e", "\x00", "\r\n", "\t", "<think>", "</think>", "é😀"),
]
WORDS = st.text(st.sampled_from("ab \"\\\n'*/@#`é\u202e"), min_size=1, max_size=12)


def place_of(task: str) -> Place:
    marked = HEAD + PLACES[task] + TAIL
    at = marked.index("‸")
    return place_in(marked, findings=[Finding(at, at + 1, "undefined name")] if task == "fix" else [])


def offer_of(place: Place) -> Offer:
    data = {"start": place.start, "end": place.start + 1, "message": "undefined name"}
    return Offer("", "", "", data)


def check(task: str, answer: Answer) -> None:
    place = place_of(task)
    try:
        plan = TASKS[task].plan(place, offer_of(place), answer, Around(FileTree("a.py", {})))
    except PylotError as error:
        assert error.sentence.endswith(".")
        return
    after = applied(place.text, plan.edits)
    assert after.startswith(HEAD)
    assert after.endswith(TAIL)
    ast.parse(after)
    for other in plan.others:
        assert other.path == "/project/tests/test_a.py"
        ast.parse(applied(other.text or "", other.edits))
    assert not {"\u202e", "\x00"} & set(after)


@settings(deadline=None)
@given(task=st.sampled_from(sorted(PLACES)), pieces=st.lists(st.sampled_from(PIECES), max_size=14))
def test_an_answer_changes_what_was_offered_or_nothing(task: str, pieces: list[str]) -> None:
    check(task, Answer("".join(pieces)))


@settings(deadline=None)
@given(summary=WORDS, w=WORDS, h=WORDS, returns=WORDS)
def test_sentences_stay_in_their_comment(summary: str, w: str, h: str, returns: str) -> None:
    value: Any = {"summary": summary, "parameters": {"w": w, "h": h}, "returns": returns}

    check("document", Answer(value=json.loads(json.dumps(value))))
