"""What a terminal is given of names and code that anybody may have written (T25)."""

from __future__ import annotations

import io
import json
import sys

import pytest

from pylot.cli.terminal import paint, print_json, print_lines, print_sentence

ESCAPES = "\x1b[8mhidden\x1b]0;title\x07 \u202edcba\x9b31m"
SHOWN = "⟨U+001B⟩[8mhidden⟨U+001B⟩]0;title⟨U+0007⟩ ⟨U+202E⟩dcba⟨U+009B⟩31m"


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def test_a_terminal_obeys_nothing_but_our_own_colors(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    monkeypatch.setattr(sys, "stderr", terminal)
    print_lines(f"{paint('a.py', 'cyan')}  {ESCAPES}", paint(ESCAPES, "dim"))
    print_sentence(f"There is no file {ESCAPES}.", "red")

    assert terminal.getvalue().splitlines() == [
        f"\x1b[36ma.py\x1b[0m  {SHOWN}",
        f"\x1b[2m{SHOWN}\x1b[0m",
        f"\x1b[31mpylot: There is no file {SHOWN}.\x1b[0m",
    ]


def test_where_there_are_no_colors_even_those_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    print_lines("\x1b[31mred\x1b[0m\ttab")

    assert capsys.readouterr().out == "⟨U+001B⟩[31mred⟨U+001B⟩[0m\ttab\n"


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_json_can_be_read_in_every_encoding(monkeypatch: pytest.MonkeyPatch, encoding: str) -> None:
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding=encoding, errors="backslashreplace"))
    value = {"path": "é→\udcff.py"}
    print_json(value)
    sys.stdout.flush()

    assert json.loads(written.getvalue()) == value
