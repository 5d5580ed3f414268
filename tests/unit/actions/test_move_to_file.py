"""A definition moves with the imports that it needs, or not at all (L2, K5)."""

from __future__ import annotations

import pytest

from pylot.actions.move_to_file import MoveToFile
from pylot.kernel.errors import ActionRefusedError
from tests.support.marked_code import other_files, result

PYTHON = """\
from __future__ import annotations
import os, sys
from zoo import keep, lion as cat
import requests

# A house.
class ‸BigHouse:
    def f(self):
        return os.path, cat(), requests


def g():
    return BigHouse(), keep, sys
"""


def test_python() -> None:
    [file] = other_files(MoveToFile(), PYTHON)

    assert (file.path, file.text) == ("/project/big_house.py", None)
    assert file.edits[0].text == (
        "from __future__ import annotations\n\nimport os\n\nimport requests\nfrom zoo import lion as cat\n\n\n"
        "# A house.\nclass BigHouse:\n    def f(self):\n        return os.path, cat(), requests\n"
    )
    assert result(MoveToFile(), PYTHON) == (
        "from __future__ import annotations\nimport os, sys\nfrom zoo import keep, lion as cat\nimport requests\n"
        "from big_house import BigHouse\n\ndef g():\n    return BigHouse(), keep, sys\n"
    )


def test_typescript() -> None:
    text = "import { a, b as c } from './m';\n\nexport function ‸f() { return c(); }\n\nf();\n"
    [file] = other_files(MoveToFile(), text, "typescript")

    assert file.path == "/project/f.ts"
    assert file.edits[0].text == "import { b as c } from './m';\n\nexport function f() { return c(); }\n"
    assert result(MoveToFile(), text, "typescript") == (
        "import { a, b as c } from './m';\nimport { f } from './f';\nexport { f };\n\nf();\n"
    )


@pytest.mark.parametrize(
    ("language", "marked", "reason"),
    [
        ("python", "x = 1\ndef ‸f(): return x\n", "needs x, which stays"),
        ("python", "from a import *\ndef ‸f(): return x\n", "import of everything"),
        ("python", "def ‸f(): return __file__\n", "file that it is in"),
        ("python", "def ‸json(): ...\n", "hide another"),
        ("javascript", "function ‸f() {}\nf();\n", "Only a module"),
        ("javascript", "export default function ‸f() {}\n", "by default"),
    ],
)
def test_what_needs_its_file_stays(language: str, marked: str, reason: str) -> None:
    with pytest.raises(ActionRefusedError) as refused:
        result(MoveToFile(), marked, language)

    assert reason in refused.value.sentence
