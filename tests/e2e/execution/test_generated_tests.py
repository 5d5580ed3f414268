"""Tests that a model has written are run where they can do no harm, or not at all (L4)."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from pylot.actions.by_model.trying import TriedTests
from pylot.app.generated_tests import SandboxedTests
from pylot.app.python_trial import read_python_results
from pylot.execution.sandbox.detection import find_sandbox
from pylot.storage.directories import find_directories
from pylot.workspace.roots import Roots

TESTS = """import socket
import unittest

from shapes import half


class Half(unittest.TestCase):
    def test_half(self):
        self.assertEqual(half(4), 2)

    def test_wrong(self):
        self.assertEqual(half(4), 3)

    def test_writes(self):
        with open({path!r}, "w") as file:
            file.write("x")

    def test_connects(self):
        socket.create_connection(("127.0.0.1", {port}), 1)
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = (tmp_path / "work").resolve()
    (folder / "tests").mkdir(parents=True)
    (folder / "shapes.py").write_text("def half(a):\n    return a / 2\n")
    (folder / "tests" / "test_old.py").write_text("import unittest\n")
    return folder


@pytest.mark.skipif(sys.platform != "linux", reason="the sandboxes are Linux's")
async def test_what_passes_is_known_and_nothing_else_happens(own_home: Path, root: Path) -> None:
    directories = find_directories()
    if (await find_sandbox(directories.cache)).level == "none":
        pytest.skip("this machine has no sandbox")
    trap = root / "written"
    runner = SandboxedTests(lambda: Roots([root]), directories, lambda: True)
    outcome = await runner.run(str(root / "tests" / "test_shapes.py"), TESTS.format(path=str(trap), port=9))

    assert outcome is not None
    assert outcome.passed == ("test_half",)
    assert set(outcome.failed) == {"test_wrong", "test_writes", "test_connects"}
    assert not trap.exists()
    assert sorted(path.name for path in root.rglob("*") if path.is_file()) == ["shapes.py", "test_old.py"]


@pytest.mark.parametrize("name", ["a.test.ts", "a_test.go"])
async def test_what_cannot_be_run_is_not(own_home: Path, root: Path, name: str) -> None:
    runner = SandboxedTests(lambda: Roots([root]), find_directories(), lambda: True)
    unwanted = SandboxedTests(lambda: Roots([root]), find_directories(), lambda: False)

    assert await runner.run(str(root / name), "x") is None
    assert await runner.run("/elsewhere/test_a.py", "x") is None
    assert await unwanted.run(str(root / "tests" / "test_a.py"), TESTS) is None


SCRIPT = """import assert from "node:assert";
import fs from "node:fs";
import test, { describe, it } from "node:test";
import { half } from "../src/shapes.js";

test("halves", () => assert.equal(half(4), 2));
describe("half", () => {
  it("is wrong", () => assert.equal(half(4), 3));
  it("writes", () => fs.writeFileSync(new URL("../src/shapes.js", import.meta.url), "x"));
  it("connects", async () => { await fetch("http://127.0.0.1:9/"); });
});
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the sandboxes are Linux's")
@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
async def test_a_script_is_tested_as_if_its_tests_lay_where_they_belong(own_home: Path, root: Path) -> None:
    directories = find_directories()
    if (await find_sandbox(directories.cache)).level == "none":
        pytest.skip("this machine has no sandbox")
    (root / "src").mkdir()
    (root / "package.json").write_text('{"type": "module"}')
    (root / "src" / "shapes.js").write_text('export { half } from "./half.js";\n')
    (root / "src" / "half.js").write_text("export const half = (a) => a / 2;\n")
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    runner = SandboxedTests(lambda: Roots([root]), directories, lambda: True)
    outcome = await runner.run(str(root / "test" / "shapes.test.js"), SCRIPT)

    assert outcome == TriedTests(("halves",), ("is wrong", "writes", "connects", "half"))
    assert {path: path.read_bytes() for path in root.rglob("*") if path.is_file()} == before


OUTPUTS = [
    ("PASSED test_a.py::test_one\nFAILED test_a.py::T::test_two - assert\nERROR test_a.py::test_three[x-1] - E\n",
     TriedTests(("test_one",), ("test_two", "test_three"))),
    ("test_one (test_a.T.test_one) ... ok\ntest_two (test_a.T)\nSays it. ... FAIL\n",
     TriedTests(("test_one",), ("test_two",))),
    ("ERROR test_a.py\nModuleNotFoundError\n", None),
    ("No module named pytest", None),
]  # fmt: skip


@pytest.mark.parametrize(("output", "expected"), OUTPUTS)
def test_results_are_read(output: str, expected: TriedTests | None) -> None:
    assert read_python_results(output) == expected
