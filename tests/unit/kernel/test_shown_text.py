from __future__ import annotations

import pytest

from pylot.kernel.shown_text import hidden_characters, shortened, shown_command, unhidden, visible


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ls -la\n\tx", "ls -la\n\tx"),
        ("a\x1b[31mb", "a⟨U+001B⟩[31mb"),
        ("a\x1b]52;c;eA==\x07b", "a⟨U+001B⟩]52;c;eA==⟨U+0007⟩b"),
        ("\x9b2J", "⟨U+009B⟩2J"),
        ("rm\r", "rm⟨U+000D⟩"),
        ("a\u202eb\u2066c", "a⟨U+202E⟩b⟨U+2066⟩c"),
        ("a\u200bb\ufeffc\u00ad", "a⟨U+200B⟩b⟨U+FEFF⟩c⟨U+00AD⟩"),
        ("a\U000e0041b", "a⟨U+E0041⟩b"),
        ("a\u3164b\u2800", "a⟨U+3164⟩b⟨U+2800⟩"),
        ("a\u00a0b\u2003", "a⟨U+00A0⟩b⟨U+2003⟩"),
        ("a\u2028b", "a⟨U+2028⟩b"),
        ("x\U000e0101", "x⟨U+E0101⟩"),
        ("❤\ufe0f", "❤\ufe0f"),
        ("e\u0301", "e\u0301"),
        ("e" + "\u0301" * 5, "e" + "\u0301" * 3 + "⟨U+0301⟩" * 2),
        ("сat README", "с⟨U+0441⟩at README"),
        ("ср a b", "с⟨U+0441⟩р⟨U+0440⟩ a b"),
        ("Привет, мир", "Привет, мир"),
        ("print('привет')", "print('привет')"),
        ("naïve café", "naïve café"),
        ("\ud800", "⟨U+D800⟩"),
    ],
)
def test_nothing_is_hidden(text: str, expected: str) -> None:
    """T25."""
    assert visible(text) == expected


@pytest.mark.parametrize(
    ("text", "expected", "hidden"),
    [
        ("a\tb\nc", "a\tb\nc", ""),
        ("a\x1b[0m\r\n", "a⟨U+001B⟩[0m⟨U+000D⟩\n", "\x1b\r"),
        ("\u202ex\u3164\U000e0101\u2028", "⟨U+202E⟩x⟨U+3164⟩⟨U+E0101⟩⟨U+2028⟩", "\u202e\u3164\U000e0101\u2028"),
        # What only looks like something else is the business of whoever writes it.
        ("α + β, сат\u00a0README \ue0b0 ❤\ufe0f", "α + β, сат\u00a0README \ue0b0 ❤\ufe0f", ""),
    ],
)
def test_code_and_output_keep_what_can_be_seen(text: str, expected: str, hidden: str) -> None:
    """T25."""
    assert (unhidden(text), hidden_characters(text)) == (expected, set(hidden))


def test_a_line_end_is_shown_where_it_would_break_a_line() -> None:
    assert visible("a\nb", line_ends=False) == "a⟨U+000A⟩b"


def test_what_is_left_out_is_said() -> None:
    assert shortened("abcdefghijkl", 6) == "abcd⟨… 6 characters left out …⟩kl"
    assert shortened("abc", 3) == "abc"


def test_a_command_is_shown_as_it_runs() -> None:
    assert shown_command(("rm", "-rf", "a b", "it's", "\x1b[2K", "")) == "rm -rf 'a b' 'it'\\''s' '⟨U+001B⟩[2K' ''"
