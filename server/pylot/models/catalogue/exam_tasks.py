"""What a model is asked in an exam: five gaps to fill."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pylot.models.values import FimPrompt


@dataclass(frozen=True, slots=True)
class FimTask:
    """A gap whose first line has few right answers, told by a pattern; spaces do not count."""

    name: str
    prompt: FimPrompt
    answer: re.Pattern[str]

    def is_right(self, text: str) -> bool:
        """Whether the first line of an answer fills the gap."""
        first = text.lstrip("\n").split("\n", 1)[0]
        return self.answer.fullmatch(re.sub(r"\s+", "", first)) is not None


def _task(path: str, before: str, after: str, answer: str) -> FimTask:
    return FimTask(path, FimPrompt(path, before, "", after), re.compile(answer))


FIM_TASKS = (
    _task(
        "total.py",
        "def total(prices):\n    # Return the sum of all prices.\n    result = 0\n    for price in prices:\n        ",
        "\n    return result\n",
        r"result(\+=price|=result\+price|=price\+result);?(#.*)?",
    ),
    _task(
        "point.py",
        "class Point:\n    def __init__(self, x, y):\n        self.x = x\n        ",
        "\n\n    def is_origin(self):\n        return self.x == 0 and self.y == 0\n",
        r"self\.y=y(#.*)?",
    ),
    _task(
        "even.js",
        "function isEven(number) {\n  return ",
        "\n}\n\nconsole.log(isEven(2)); // true\nconsole.log(isEven(3)); // false\n",
        r"\(?number%2={2,3}0\)?;?(//.*)?",
    ),
    _task(
        "max.go",
        "package main\n\nfunc max(a int, b int) int {\n\tif a > b {\n\t\treturn a\n\t}\n\t",
        "\n}\n",
        r"returnb(//.*)?",
    ),
    _task(
        "read.py",
        "import json\n\n\ndef read_settings(path):\n    with open(path) as file:\n        return ",
        "\n\n\nsettings = read_settings('settings.json')\nprint(settings['name'])\n",
        r"json\.loads?\(file(\.read\(\))?\)(#.*)?",
    ),
)
