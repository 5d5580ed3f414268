"""Tests go where the project keeps them, in its framework, and only if they test something (L4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from pylot.actions.by_model.catalogue import TASKS
from pylot.actions.by_model.places_of_tests import find_test_place, import_line, python_module
from pylot.actions.by_model.task import Around
from pylot.actions.by_model.trying import TriedTests, tried
from pylot.actions.edits import TextEdit, applied
from pylot.actions.offer import OtherFile, Plan
from pylot.kernel.errors import ActionRefusedError, ModelAnswerError
from tests.support.code_places import FileTree, offer_at, place_in, plan_at

PYTEST = "import pytest\n"
UNITTEST = "import unittest\n\n\nclass T(unittest.TestCase): ...\n"
WHERE = [
    ("python", "a.py", {}, "tests/test_a.py", "pytest"),
    ("python", "p/a.py", {"tests/test_b.py": PYTEST}, "tests/test_a.py", "pytest"),
    ("python", "p/a.py", {"tests/p/test_b.py": UNITTEST, "tests/test_c.py": PYTEST}, "tests/p/test_a.py", "unittest"),
    ("python", "src/p/q/a.py", {"tests/unit/q/test_b.py": PYTEST}, "tests/unit/q/test_a.py", "pytest"),
    ("python", "p/a.py", {"p/test_b.py": UNITTEST}, "p/test_a.py", "unittest"),
    ("python", "p/a.py", {"p/tests/test_b.py": PYTEST}, "p/tests/test_a.py", "pytest"),
    ("python", "p/a.py", {"setup.py": "test_suite='unittest'"}, "tests/test_a.py", "unittest"),
    ("python", "p/_a.py", {"tests/test_x.py": PYTEST, "tests/sub/test_a.py": PYTEST}, "tests/test_a.py", "pytest"),
    ("typescript", "src/a.ts", {"package.json": '{"devDependencies": {"vitest": "1"}}'}, "src/a.test.ts", "Vitest"),
    ("typescript", "src/a.ts", {"src/b.spec.ts": "jest.fn()", "package.json": "{}"}, "src/a.spec.ts", "Jest"),
    ("javascript", "a.js", {"__tests__/b.test.js": "expect(1)"}, "__tests__/a.test.js", "Jest"),
    ("javascript", "a.js", {}, "a.test.js", "node:test and node:assert"),
    ("python", "p/__init__.py", {}, "tests/test_p.py", "pytest"),
    ("typescript", "x/src/a.ts", {"x/test/b.test.ts": "from 'node:test'", "x/package.json": '"jest"'},
     "x/test/a.test.ts", "node:test and node:assert"),
    ("typescript", "x/src/a.ts", {"x/package.json": '{"mocha": 1}', "package.json": '{"jest": 1}'},
     "x/src/a.test.ts", "Mocha with node:assert"),
    ("go", "p/a.go", {}, "p/a_test.go", "testing"),
]  # fmt: skip


@pytest.mark.parametrize(("language", "path", "files", "expected", "framework"), WHERE)
def test_the_place_and_framework_are_the_projects(
    language: str, path: str, files: Mapping[str, str], expected: str, framework: str
) -> None:
    found = find_test_place(FileTree(path, {path: "", **files}), language)

    assert (found.path, found.framework) == (expected, framework)


IMPORTS = [
    ("python", "p/q/a.py", {"p/__init__.py": "", "p/q/__init__.py": ""}, "", "from p.q.a import f"),
    ("python", "src/p/a.py", {"src/p/__init__.py": ""}, "", "from p.a import f"),
    ("python", "a.py", {}, "", "from a import f"),
    ("typescript", "src/a.ts", {}, "export function f() {}", 'import { f } from "./a";'),
    ("javascript", "src/a.js", {"test/b.test.js": ""}, "export default function f() {}", 'import f from "../src/a";'),
    ("typescript", "src/a.ts", {"test/unit/b.test.ts": "import { b } from '../../src/b.ts';"}, "export class f {}",
     'import { f } from "../../src/a.ts";'),
    ("javascript", "a.js", {}, "module.exports = { f };", 'const { f } = require("./a");'),
    ("go", "a.go", {}, "", ""),
]  # fmt: skip


@pytest.mark.parametrize(("language", "path", "files", "text", "expected"), IMPORTS)
def test_a_test_imports_what_it_tests(
    language: str, path: str, files: Mapping[str, str], text: str, expected: str
) -> None:
    project = FileTree(path, {path: text, **files})

    assert import_line(project, find_test_place(project, language), language, "f", text) == expected


def test_a_package_is_imported_by_its_own_name() -> None:
    assert python_module(FileTree("p/__init__.py", {"p/__init__.py": ""})) == "p"


SOURCE = "def half(a):\n    ‸return a / 2\n"
ANSWER = """Here are the tests:

```python
import pytest
from wrong import half

def test_half():
    assert half(4) == 2

def test_nothing():
    assert True

def test_else():
    assert 1 + 1 == 2

# Zero is no error.
def test_zero():
    result = half(0)
    assert result == 0
```"""


def after(project: FileTree, plan: Plan) -> dict[str, str]:
    return {other.path.removeprefix("/project/"): applied(other.text or "", other.edits) for other in plan.others}


def test_a_new_file_has_the_tests_that_test_something_and_the_right_import() -> None:
    project = FileTree("p/a.py", {"p/__init__.py": ""})
    plan = plan_at(place_in(SOURCE, path="p/a.py"), "write-tests", ANSWER, Around(project))

    assert plan.edits == ()
    assert plan.label == "Write 2 tests for half, not run yet"
    assert after(project, plan) == {
        "tests/test_a.py": "import pytest\nfrom p.a import half\n\n\ndef test_half():\n    assert half(4) == 2\n\n\n"
        "# Zero is no error.\ndef test_zero():\n    result = half(0)\n    assert result == 0\n"
    }


def test_a_file_that_is_there_is_added_to() -> None:
    old = "import pytest\n\n\ndef test_zero():\n    assert True\n"
    project = FileTree("a.py", {"tests/test_a.py": old})
    plan = plan_at(place_in(SOURCE), "write-tests", ANSWER, Around(project))

    assert after(project, plan) == {
        "tests/test_a.py": "import pytest\nfrom a import half\n\n\ndef test_zero():\n    assert True\n\n\n"
        "def test_half():\n    assert half(4) == 2\n"
    }


@dataclass
class Runner:
    outcome: TriedTests | None

    async def run(self, path: str, text: str) -> TriedTests | None:
        assert path == "/project/tests/test_a.py"
        assert "def test_half" in text
        return self.outcome


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        (None, "not run yet"),
        (TriedTests(("test_half", "test_zero"), ()), "all pass"),
        (TriedTests(("test_half", "test_old"), ("test_zero", "evil")), "1 of 2 pass, not test_zero"),
        (TriedTests(("test_old",), ()), "not run yet"),
    ],
)
async def test_tests_that_were_run_say_how_it_went(outcome: TriedTests | None, said: str) -> None:
    plan = plan_at(place_in(SOURCE), "write-tests", ANSWER, Around(FileTree("a.py", {})))

    assert (await tried(plan, Runner(outcome))).label == f"Write 2 tests for half, {said}"


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ('describe("half", () => { it.only("halves", f); test(\'a "b"\', g); });', "1 of 2 pass, not halves"),
        ('test.each([1])(`halves`, f); test("half", f);', "1 of 2 pass, not halves"),
        ('describe("halves", f);', "not run yet"),
    ],
)
async def test_a_group_of_tests_is_no_test(written: str, said: str) -> None:
    other = OtherFile("/project/a.test.js", None, (TextEdit(0, 0, written),))
    plan = Plan((), "Write tests, not run yet", (other,))
    outcome = TriedTests(('a "b"', "half"), ("halves",))

    assert (await tried(plan, Told(outcome))).label == f"Write tests, {said}"


@dataclass
class Told:
    outcome: TriedTests

    async def run(self, path: str, text: str) -> TriedTests | None:
        return self.outcome


SCRIPT = """```ts
import { describe, expect, it } from "vitest";

describe("half", () => {
  it("halves", () => {
    expect(half(4)).toBe(2);
  });
});
it("is empty", () => {});
```"""
GO = """```go
package other

import "testing"

func TestHalf(t *testing.T) {
	if Half(4) != 2 {
		t.Errorf("no")
	}
}

func TestNothing(t *testing.T) { t.Fatal() }
```"""


def test_tests_of_scripts() -> None:
    project = FileTree("src/a.ts", {"package.json": '{"vitest": 1}'})
    place = place_in("export function half(a: number) {\n  ‸return a / 2;\n}\n", "typescript", "src/a.ts")

    assert after(project, plan_at(place, "write-tests", SCRIPT, Around(project))) == {
        "src/a.test.ts": 'import { describe, expect, it } from "vitest";\nimport { half } from "./a";\n\n'
        'describe("half", () => {\n  it("halves", () => {\n    expect(half(4)).toBe(2);\n  });\n});\n'
    }


def test_tests_of_go_are_of_the_same_package() -> None:
    project = FileTree("p/a.go", {})
    place = place_in("package math\n\nfunc Half(a int) int {\n\t‸return a / 2\n}\n", "go", "p/a.go")

    assert after(project, plan_at(place, "write-tests", GO, Around(project))) == {
        "p/a_test.go": 'package math\n\nimport "testing"\n\nfunc TestHalf(t *testing.T) {\n\tif Half(4) != 2 {\n'
        '\t\tt.Errorf("no")\n\t}\n}\n'
    }


@pytest.mark.parametrize(
    "answer",
    ["", "I cannot.", "```python\ndef test_a(:\n```", "```python\ndef test_a():\n    assert True\n```",
     "```python\ndef test_a():\n    half(1)\n```", "```python\ndef half(a):\n    assert a\n```"],
)  # fmt: skip
def test_tests_of_nothing_are_an_error(answer: str) -> None:
    with pytest.raises(ModelAnswerError):
        plan_at(place_in(SOURCE), "write-tests", answer, Around(FileTree("a.py", {})))


def test_a_file_outside_of_all_folders_has_no_place_for_tests() -> None:
    place = place_in(SOURCE)
    with pytest.raises(ActionRefusedError, match="no workspace folder"):
        TASKS["write-tests"].ask(place, offer_at(place, "write-tests"), Around())


def test_a_test_file_that_may_not_be_read_is_not_made_anew() -> None:
    project = FileTree("a.py", {"tests/test_a.py": None})
    with pytest.raises(ActionRefusedError, match="excluded"):
        plan_at(place_in(SOURCE), "write-tests", ANSWER, Around(project))


def test_no_tests_are_offered_for_tests() -> None:
    with pytest.raises(StopIteration):
        offer_at(place_in("def test_a():\n    ‸assert 1\n", path="tests/test_a.py"), "write-tests")
