"""Whoever waits for gigabytes sees how long it will take, on a terminal and in a log (I13)."""

from __future__ import annotations

import io

from pylot.cli.progress_bar import ProgressBar
from pylot.kernel.clock import ManualClock

MB = 1_000_000


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_on_a_terminal_one_line_is_drawn_again() -> None:
    stream, clock = Terminal(), ManualClock()
    bar = ProgressBar(stream, clock)
    bar.update(0, 100 * MB)
    clock.advance(0.01)
    bar.update(5 * MB, 100 * MB)
    clock.advance(9.99)
    bar.update(50 * MB, 100 * MB)
    bar.update(100 * MB, 100 * MB)
    bar.end()
    bar.end()
    lines = stream.getvalue().split("\r\x1b[2K")[1:]

    # The second figure came too soon after the first to be worth drawing.
    assert len(lines) == 3
    assert " 50% of 100 MB, 5.0 MB/s, 0:10 left" in lines[1]
    assert lines[1].count("#") == lines[1].count(".", 0, lines[1].index("]"))
    assert lines[2].endswith("0:00 left\n")


def test_elsewhere_there_is_a_line_for_every_tenth() -> None:
    stream, clock = io.StringIO(), ManualClock()
    bar = ProgressBar(stream, clock)
    for percent in range(101):
        clock.advance(60.0)
        bar.update(percent * MB, 100 * MB)
    bar.end()
    lines = stream.getvalue().splitlines()

    assert len(lines) == 11
    assert lines[5].startswith(" 50% of 100 MB")
    assert lines[1].endswith("1:30:00 left")


def test_without_a_known_whole_there_is_no_share() -> None:
    stream, clock = Terminal(), ManualClock()
    bar = ProgressBar(stream, clock)
    bar.update(0, 0)
    clock.advance(2.0)
    bar.update(6 * MB, 0)
    bar.end()

    assert stream.getvalue().endswith("6.0 MB, 3.0 MB/s\n")


def test_what_came_before_does_not_count_as_speed() -> None:
    stream, clock = Terminal(), ManualClock()
    bar = ProgressBar(stream, clock)
    bar.update(80 * MB, 100 * MB)
    clock.advance(1.0)
    bar.update(81 * MB, 100 * MB)
    # The server had another file: it begins again.
    clock.advance(1.0)
    bar.update(0, 100 * MB)
    clock.advance(1.0)
    bar.update(2 * MB, 100 * MB)

    assert "1.0 MB/s" in stream.getvalue()
    assert stream.getvalue().endswith("2.0 MB/s, 0:49 left")
