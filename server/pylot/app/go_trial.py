"""Tests of Go, which belong to the folder of their package: the compiler is told that they lie there (`-overlay`)."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from pylot.actions.by_model.trying import TriedTests
from pylot.app.trials import Trial, WrittenTests, tried_tests

_TEST = re.compile(r"^func (Test\w*)\(", re.MULTILINE)
_RESULT = re.compile(r"^--- (PASS|FAIL): (\w+) ", re.MULTILINE)
# The first compilation has nothing to build on, since only the cache of the user has what was compiled before.
_SECONDS = 180.0


def go_trial(tests: WrittenTests) -> Trial | None:
    """Return how tests of Go are run; None outside of modules, or where there is no Go."""
    go, names = tests.find_program("go"), _TEST.findall(tests.text)
    folders = [each for each in tests.path.parents if each.is_relative_to(tests.root)]
    if go is None or not names or not any((each / "go.mod").is_file() for each in folders):
        return None
    written, overlay = tests.scratch / "written_test.go", tests.scratch / "overlay.json"
    written.write_text(tests.text, encoding="utf-8")
    overlay.write_text(json.dumps({"Replace": {str(tests.path): str(written)}}), encoding="utf-8")
    only = f"^({'|'.join(names)})$"
    return Trial(
        (go, "test", "-overlay", str(overlay), "-count=1", "-vet=off", "-v", "-run", only, "."),
        tests.path.parent,
        lambda output: read_go_results(output, tests.path.name, names),
        # Nothing is fetched, no other Go either.
        {"GOPROXY": "off", "GOTOOLCHAIN": "local", "GOTELEMETRY": "off", "GOFLAGS": "", "GOENV": "off"},
        _SECONDS,
    )


def read_go_results(output: str, file: str, names: Sequence[str]) -> TriedTests | None:
    """Return the tests that `go test -v` tells of; None where it tells of none.

    All of a file have failed where that file is what does not compile.
    """
    if "[build failed]" in output and re.search(rf"^\S*\b{re.escape(file)}:\d+:\d+: ", output, re.MULTILINE):
        return TriedTests((), tuple(names))
    return tried_tests((name, mark == "PASS") for mark, name in _RESULT.findall(output))
