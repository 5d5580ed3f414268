from __future__ import annotations

import pytest

from pylot.text.positions import PositionEncoding, code_points, splits_character, units

UTF8, UTF16, UTF32 = PositionEncoding


@pytest.mark.parametrize(
    ("text", "n_units", "encoding", "expected"),
    [
        ("abc", 2, UTF16, 2),
        ("abc", 9, UTF16, 3),
        ("abc", -1, UTF16, 0),
        ("a😀b", 1, UTF16, 1),
        ("a😀b", 2, UTF16, 1),
        ("a😀b", 3, UTF16, 2),
        ("a😀b", 99, UTF16, 3),
        ("é😀b", 1, UTF8, 0),
        ("é😀b", 2, UTF8, 1),
        ("é😀b", 5, UTF8, 1),
        ("é😀b", 6, UTF8, 2),
        ("é😀b", 99, UTF8, 3),
        ("é😀b", 2, UTF32, 2),
        ("\ud83dx", 1, UTF16, 1),
        ("\ud83d\ude00x", 1, UTF16, 1),
        ("\ud83dx", 3, UTF8, 1),
    ],
)
def test_units_become_code_points(text: str, n_units: int, encoding: PositionEncoding, expected: int) -> None:
    assert code_points(text, n_units, encoding) == expected


@pytest.mark.parametrize(("encoding", "expected"), [(UTF8, 10), (UTF16, 5), (UTF32, 4)])
def test_length_in_units(encoding: PositionEncoding, expected: int) -> None:
    assert units("é😀\ud83dx", encoding) == expected


@pytest.mark.parametrize(
    ("n_units", "encoding", "expected"),
    [(1, UTF16, False), (2, UTF16, True), (3, UTF16, False), (9, UTF16, False), (2, UTF8, True), (2, UTF32, False)],
)
def test_places_inside_a_character_are_known(n_units: int, encoding: PositionEncoding, expected: bool) -> None:
    assert splits_character("a😀", n_units, encoding) is expected
