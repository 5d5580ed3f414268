"""Text of strangers as people may see it: nothing hidden, nothing that moves a cursor, nothing cut unseen (T25)."""

from __future__ import annotations

import re
import unicodedata

# All else is looked at one by one.
_MAY_HIDE = re.compile(r"[^ -~\t\n]")
_INVISIBLE_LETTERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
# What typefaces draw as they like, or not at all.
_UNKNOWN = frozenset({"Co", "Cn"})
_MOST_MARKS = 3
_WORD = re.compile(r"[^\W\d_]+")

# Letters that most typefaces draw as a Latin one.
_LATIN_TWINS = frozenset(
    "аеорсухіјѕԁԛԝһҽґӏАВЕЗКМНОРСТХІЈЅҮԌ" + "οναρυκιτωγΑΒΕΖΗΙΚΜΝΟΡΤΥΧ" + "աօսցհոզղԼՏՍՕ" + "ꓐꓑꓒꓓꓖꓗꓙꓚꓜ" + "ıɑɡɩʋ"
)


def visible(text: str, *, line_ends: bool = True) -> str:
    """Return a text with every character that cannot be seen, or passes for another, written out as `⟨U+202E⟩`.

    That are, beside those of `hidden_characters`, unusual spaces, characters that typefaces need not have, marks beyond
    what writing needs, and letters that only look Latin inside a Latin word.
    Tabs and line ends stay, unless `line_ends` is off.
    """
    shown: list[str] = []
    marks = 0
    twins = _twins(text)
    for index, character in enumerate(text):
        marks = marks + 1 if unicodedata.category(character) in ("Mn", "Me") else 0
        if _is_seen(character, marks, line_ends):
            shown.append(character)
            if index in twins:
                shown.append(_code(character))
        else:
            shown.append(_code(character))
    return "".join(shown)


def unhidden(text: str) -> str:
    """Return a text with only its `hidden_characters` written out: for code, output and what is meant to be foreign."""
    return _MAY_HIDE.sub(lambda found: _code(found[0]) if _is_hidden(found[0]) else found[0], text)


def hidden_characters(text: str) -> set[str]:
    """Return the characters of a text that nobody sees.

    That are control characters and with them all escape sequences, but no tabs and no line feeds; marks of direction,
    joiners, fillers and selectors of no width, tags, halves of characters.
    """
    return {character for character in set(_MAY_HIDE.findall(text)) if _is_hidden(character)}


def shortened(text: str, limit: int) -> str:
    """Return at most about `limit` characters of a text: its beginning, how much is left out, and its end."""
    if len(text) <= limit:
        return text
    head = max(1, limit * 2 // 3)
    tail = max(0, limit - head)
    left_out = len(text) - head - tail
    return f"{text[:head]}⟨… {left_out} characters left out …⟩{text[len(text) - tail :]}"


def shown_command(argv: tuple[str, ...]) -> str:
    """Return a command as one line that a person can read, each argument quoted where it needs to be, all visible."""
    return " ".join(_quoted(visible(word, line_ends=False)) for word in argv)


def _is_seen(character: str, marks: int, line_ends: bool) -> bool:
    if character in "\n\t":
        return line_ends
    category = unicodedata.category(character)
    if category in _UNKNOWN or _is_hidden(character):
        return False
    if category == "Zs":
        return character == " "
    # U+FE0F makes one emoji of a sign.
    return marks <= (_MOST_MARKS if character != "\ufe0f" else 1)


def _is_hidden(character: str) -> bool:
    # Selectors of variants, all but that for emoji, only hide data.
    is_selector = "\ufe00" <= character <= "\ufe0e" or "\U000e0100" <= character <= "\U000e01ef"
    return is_selector or character in _INVISIBLE_LETTERS or unicodedata.category(character) in _HIDDEN


def _twins(text: str) -> frozenset[int]:
    """Return where a letter only looks Latin: in words that mix, and in all words of a text that is Latin otherwise."""
    if text.isascii():
        return frozenset()
    is_foreign = any(not letter.isascii() and letter.isalpha() and letter not in _LATIN_TWINS for letter in text)
    found: list[int] = []
    for word in _WORD.finditer(text):
        places = [index for index in range(*word.span()) if text[index] in _LATIN_TWINS]
        if places and (any(letter.isascii() for letter in word.group()) or not is_foreign):
            found += places
    return frozenset(found)


def _quoted(word: str) -> str:
    if re.fullmatch(r"[\w@%+=:,./\-^]+", word, re.ASCII):
        return word
    return "'" + word.replace("'", "'\\''") + "'"


def _code(character: str) -> str:
    return f"⟨U+{ord(character):04X}⟩"
