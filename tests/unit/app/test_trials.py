"""How tests that a model has written are run, found from what the project has installed (L4)."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from pylot.actions.by_model.trying import TriedTests
from pylot.app.go_trial import go_trial, read_go_results
from pylot.app.script_trial import read_jest_report, read_tap_results, script_trial
from pylot.app.trials import Trial, WrittenTests


@pytest.fixture
def written(tmp_path: Path) -> Callable[[str, str, dict[str, str]], WrittenTests]:
    def make(path: str, text: str, files: dict[str, str]) -> WrittenTests:
        root, scratch = tmp_path / "root", tmp_path / "scratch"
        scratch.mkdir()
        for name, content in {"keep": "", **files}.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(content)
        return WrittenTests(root, root / path, text, scratch, lambda name: f"/bin/{name}")

    return make


VITEST = {"node_modules/vitest/package.json": '{"bin": {"vitest": "./v.mjs"}}', "node_modules/vitest/v.mjs": ""}
JEST = {"node_modules/jest/package.json": '{"bin": "./bin/j.js"}', "node_modules/jest/bin/j.js": ""}
TSX = {"node_modules/tsx/package.json": '{"bin": "./t.mjs"}', "node_modules/tsx/t.mjs": ""}


@pytest.mark.parametrize(
    ("path", "text", "files", "expected"),
    [
        ("a.test.js", "'node:test'", {}, "--test-reporter=tap"),
        ("a.test.ts", "'node:test'", {}, "--experimental-strip-types --test-reporter=tap"),
        ("a.test.ts", "'node:test'", TSX, "--import tsx --test-reporter=tap"),
        ("a.test.tsx", "'node:test'", TSX, None),
        ("a.test.ts", "from 'vitest'", VITEST | JEST, "v.mjs run"),
        (
            "a.test.js",
            "expect(1)",
            VITEST | JEST | {"package.json": '{"devDependencies": {"jest": "29"}}'},
            "j.js --ci",
        ),
        ("p/q/a.test.js", "expect(1)", JEST | {"p/package.json": '{"jest": {}}'}, "j.js --ci"),
        ("a.test.js", "expect(1)", {"package.json": '{"devDependencies": {"jest": "29"}}'}, None),
        ("a.test.js", "expect(1)", {"node_modules/jest/package.json": "[]", "package.json": '"jest"'}, None),
    ],
)
def test_the_runner_is_the_one_of_the_project(
    written: Callable[[str, str, dict[str, str]], WrittenTests],
    path: str,
    text: str,
    files: dict[str, str],
    expected: str | None,
) -> None:
    trial = script_trial(written(path, text, files))

    assert (trial and expected in " ".join(trial.argv[1:])) if expected else trial is None


def test_a_project_of_links_holds_the_tests(written: Callable[[str, str, dict[str, str]], WrittenTests]) -> None:
    """Settings are copies, so that programs take the copy for the project; nothing else is read."""
    files = {
        "p/package.json": '{"jest": {}}',
        "p/src/a.js": "a",
        "p/src/b/c.js": "c",
        "jest.config.js": "",
        ".npmrc": "t",
    }
    tests = written("p/src/a.test.js", "jest", JEST | files)
    trial = required(script_trial(tests))
    project = tests.scratch / "project"

    assert trial.cwd == project / "p"
    assert (project / "p/src/a.test.js").read_text() == "jest"
    assert [
        path.is_symlink() for path in map(project.joinpath, ("p/src/a.js", "p/src/b", "node_modules/jest", ".npmrc"))
    ]
    assert not any((project / name).is_symlink() for name in ("p", "p/src", "node_modules", "jest.config.js"))
    assert not (tests.root / "p/src/a.test.js").exists()


def test_go_is_told_where_the_tests_lie(written: Callable[[str, str, dict[str, str]], WrittenTests]) -> None:
    text = "package a\n\nfunc TestA(t *testing.T) {\n}\n\nfunc TestB(t *testing.T) {\n}\n"
    tests = written("a/b_test.go", text, {"go.mod": "module m", "a/b.go": "package a"})
    trial = required(go_trial(tests))
    [(path, replacement)] = json.loads((tests.scratch / "overlay.json").read_text())["Replace"].items()

    assert (path, Path(replacement).read_text()) == (str(tests.path), text)
    assert trial.argv[-3:] == ("-run", "^(TestA|TestB)$", ".")
    assert trial.cwd == tests.path.parent


def test_go_outside_of_modules_is_not_run(written: Callable[[str, str, dict[str, str]], WrittenTests]) -> None:
    assert go_trial(written("a/b_test.go", "func TestA(t *testing.T) {}", {"a/b.go": ""})) is None


TAP = """TAP version 13
# Subtest: half
    # Subtest: adds \\\\ \\# 1
    ok 1 - adds \\\\ \\# 1
    not ok 2 - twice
    ok 3 - twice
    ok 4 - later # TODO
not ok 1 - half
"""
REPORT = [{"name": "/p/a.test.js", "assertionResults": [{"title": "one", "status": "passed"},
          {"title": "two", "status": "failed"}, {"title": "three", "status": "pending"}]},
          {"name": "/p/b.test.js", "assertionResults": [{"title": "four", "status": "passed"}]}]  # fmt: skip


def test_reports_are_read() -> None:
    read = [
        read_tap_results(TAP),
        read_jest_report(json.dumps({"testResults": REPORT}), "a.test.js"),
        read_go_results("=== RUN   TestA\n--- PASS: TestA (0.00s)\n--- FAIL: TestB (0.00s)\n", "a_test.go", ("TestA",)),
        read_go_results("# m\n./a_test.go:3:2: undefined: x\nFAIL\tm [build failed]\n", "a_test.go", ("TestA",)),
    ]

    assert read == [
        TriedTests(("adds \\ # 1",), ("twice", "half")),
        TriedTests(("one",), ("two",)),
        TriedTests(("TestA",), ("TestB",)),
        TriedTests((), ("TestA",)),
    ]


@pytest.mark.parametrize("report", ["", "[]", "{}", '{"testResults": [1]}', '{"testResults": []}'])
def test_a_report_of_something_else_says_nothing(report: str) -> None:
    assert read_jest_report(report, "a.test.js") is None
    assert read_tap_results(report) is None
    assert read_go_results("./a.go:1:1: x\nFAIL m [build failed]", "a_test.go", ("TestA",)) is None


def required(trial: Trial | None) -> Trial:
    assert trial is not None
    return trial
