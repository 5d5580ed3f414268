"""What a file holds, in one value (L1)."""

from __future__ import annotations

import pytest

from pylot.syntax.languages import detected_language
from pylot.syntax.parsed_code import read_code

BRANCHES = """\
def outer(a):
    if a and b or c:
        return [x for x in a if x]
    def inner():
        while True:
            pass
    return a if b else c
"""


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("python", BRANCHES, {"outer": 7, "outer.inner": 2}),
        ("typescript", "function f(a) { return a && b ? c : d }\nclass C { m() { for (;;) {} } }", {"f": 3, "C.m": 2}),
        ("go", "package p\nfunc f() { for { if a || b { } } }", {"f": 4}),
    ],
)
def test_complexity_counts_the_ways_through_a_function(language: str, text: str, expected: dict[str, int]) -> None:
    found = read_code(text, language).complexity

    assert {each.qualified: n_ways for each, n_ways in found.items()} == expected


def test_broken_code_gives_what_is_left() -> None:
    code = read_code("import os\ndef f(:\n    pass\n", "python")

    assert [one.module for one in code.symbols.imports] == ["os"]
    assert code.problems


@pytest.mark.parametrize(("language", "state"), [("cobol", "no grammar"), ("", "no grammar")])
def test_the_state_says_why_there_is_nothing(language: str, state: str) -> None:
    assert read_code("x", language).state == state


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("a.py", "", "python"),
        ("tool", "#!/usr/bin/env python3.12\n", "python"),
        ("tool", "#!/bin/sh -e\n", "bash"),
        ("tool", "#!/usr/bin/env -S node --x\n", "javascript"),
        ("tool", "x = 1\n", ""),
    ],
)
def test_a_language_that_nobody_names_is_detected(path: str, text: str, expected: str) -> None:
    assert detected_language(path, text) == expected
