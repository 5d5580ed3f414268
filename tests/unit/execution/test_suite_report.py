"""What test runners say."""

from __future__ import annotations

import pytest

from pylot.execution.suite_report import SuiteReport, read_suite_report

PYTEST = """
..F.E
=========================== short test summary info ============================
FAILED tests/test_a.py::test_one - assert 1 == 2
FAILED tests/test_a.py::test_two[a b] - ValueError
ERROR tests/test_b.py::test_three
========= 2 failed, 3 passed, 1 skipped, 2 warnings, 1 error in 0.12s ==========
"""
PYTEST_QUIET = "FAILED test_a.py::test_one - boom\n1 failed, 2 passed in 0.10s\n"
UNITTEST = """
F.s
======================================================================
FAIL: test_a (test_x.T.test_a)
----------------------------------------------------------------------
Ran 3 tests in 0.001s

FAILED (failures=1, skipped=1)
"""
GO = """
=== RUN   TestA
--- PASS: TestA (0.00s)
=== RUN   TestB
    b_test.go:7: wrong
--- FAIL: TestB (0.00s)
FAIL
"""
CARGO = """
test tests::one ... ok
test tests::two ... FAILED

test result: FAILED. 1 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out
"""
JEST = """
  ● sum › adds

Tests:       1 failed, 4 passed, 5 total
"""
NODE = """
not ok 2 - subtracts
# pass 3
# fail 1
# skipped 0
"""

OUTPUTS = {
    "pytest": (
        PYTEST,
        SuiteReport(
            3, 2, 1, 1, ("tests/test_a.py::test_one", "tests/test_a.py::test_two[a", "tests/test_b.py::test_three")
        ),
    ),
    "pytest, quiet": (PYTEST_QUIET, SuiteReport(2, 1, 0, 0, ("test_a.py::test_one",))),
    "unittest": (UNITTEST, SuiteReport(1, 1, 0, 1, ("test_a (test_x.T.test_a)",))),
    "go": (GO, SuiteReport(1, 1, 0, 0, ("TestB",))),
    "cargo": (CARGO, SuiteReport(1, 1, 0, 0, ("tests::two",))),
    "jest": (JEST, SuiteReport(4, 1, 0, 0, ("sum › adds",))),
    "node": (NODE, SuiteReport(3, 1, 0, 0, ("subtracts",))),
    "something else": ("make: *** [Makefile:3: test] Error 2\n", None),
    "nothing": ("", None),
}


@pytest.mark.parametrize("name", OUTPUTS)
def test_figures_and_failures_are_read(name: str) -> None:
    output, report = OUTPUTS[name]

    assert read_suite_report(output) == report
