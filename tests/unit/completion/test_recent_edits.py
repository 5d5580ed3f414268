from __future__ import annotations

import random
from itertools import pairwise

from pylot.completion.recent_edits import RecentEdits

TEN = [f"line {number}" for number in range(10)]


def edited(*versions: list[str], path: str = "a.py") -> RecentEdits:
    edits = RecentEdits()
    for time, (before, after) in enumerate(pairwise(versions)):
        edits.record(path, "\n".join(before), "\n".join(after), float(time))
    return edits


def bursts(edits: RecentEdits) -> list[tuple[int, str, str]]:
    return [(edit.line, edit.before, edit.after) for edit in edits.recent()]


def changed(lines: list[str], **by_number: str) -> list[str]:
    return [by_number.get(f"at_{number}", line) for number, line in enumerate(lines)]


def test_typing_is_one_burst() -> None:
    edits = edited(TEN, changed(TEN, at_4="line 4!"), changed(TEN, at_4="line 4!?"))

    assert bursts(edits) == [(4, "line 4", "line 4!?")]


def test_neighboring_lines_are_one_burst_with_the_line_between() -> None:
    first = changed(TEN, at_4="four")
    edits = edited(TEN, first, changed(first, at_6="six"))

    assert bursts(edits) == [(4, "line 4\nline 5\nline 6", "four\nline 5\nsix")]


def test_distant_lines_are_two_bursts_newest_first() -> None:
    first = changed(TEN, at_2="two")
    edits = edited(TEN, first, changed(first, at_6="six"))

    assert bursts(edits) == [(6, "line 6", "six"), (2, "line 2", "two")]


def test_lines_inserted_above_move_a_burst() -> None:
    first = changed(TEN, at_8="eight")
    edits = edited(TEN, first, ["new", "newer", *first])

    assert [line for line, _, _ in bursts(edits)] == [0, 10]


def test_what_is_taken_back_is_no_edit() -> None:
    assert bursts(edited(TEN, changed(TEN, at_4="four"), TEN)) == []


def test_large_edits_are_not_reported() -> None:
    assert bursts(edited(TEN, [*TEN, *(f"more {number}" for number in range(20))])) == []


def test_excluded_and_forgotten_files() -> None:
    edits = edited(TEN, changed(TEN, at_4="four"))

    assert edits.recent(allowed=lambda path: path != "a.py") == ()
    edits.forget("a.py")
    assert edits.recent() == ()


def test_only_the_last_bursts_are_kept() -> None:
    many = [f"line {number}" for number in range(100)]
    versions = [many]
    for number in range(0, 100, 10):
        versions.append(changed(versions[-1], **{f"at_{number}": "x"}))

    assert [line for line, _, _ in bursts(edited(*versions))] == [90, 80, 70, 60, 50, 40, 30, 20]


def test_random_edits_always_report_what_stands_there() -> None:
    """Whatever the order of edits, `after` is the text of its lines."""
    generator = random.Random(1)
    lines = list(TEN)
    edits = RecentEdits()
    for time in range(500):
        before = "\n".join(lines)
        at = generator.randrange(len(lines))
        lines[at : at + generator.randrange(3)] = [f"new {time}"] * generator.randrange(3)
        lines = lines or ["line"]
        edits.record("a.py", before, "\n".join(lines), float(time))
        for edit in edits.recent():
            n_lines = edit.after.count("\n") + 1
            assert "\n".join(lines[edit.line : edit.line + n_lines]) == edit.after
