"""What questions may be restricted to, and what is stored of a chunk (L3)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pylot.index.chunk_rows import Filters, is_whole, rows_of
from pylot.syntax.chunks import Chunk

ADMITTED = {
    ("*.py",): ["a.py", "src/a.py", "src/deep/a.py"],
    ("src/*.py",): ["src/a.py"],
    ("src/**/*.py",): ["src/a.py", "src/deep/a.py"],
    ("src/",): ["src/a.py", "src/deep/a.py", "src/b[1].ts"],
    ("/a.py", "**/b*"): ["a.py", "src/b[1].ts"],
    ("!src/",): ["a.py"],
    ("*.py", "!**/deep/**"): ["a.py", "src/a.py"],
    ("b[[]?].ts",): ["src/b[1].ts"],
    ("[ab].py",): ["a.py", "src/a.py", "src/deep/a.py"],
    ("",): ["a.py", "src/a.py", "src/deep/a.py", "src/b[1].ts"],
}
PATHS = ["a.py", "src/a.py", "src/deep/a.py", "src/b[1].ts"]


@pytest.mark.parametrize(("globs", "admitted"), ADMITTED.items(), ids=map(str, ADMITTED))
def test_globs_read_as_in_ignore_files(globs: tuple[str, ...], admitted: list[str]) -> None:
    assert [path for path in PATHS if Filters(paths=globs).admits(path)] == admitted


def test_a_row_that_was_damaged_is_known() -> None:
    (row,) = rows_of("a.py", "python", [Chunk(0, 1, "read", "function", "def read(): ...")])

    assert is_whole(row)
    assert not is_whole(replace(row, text="def reed(): ..."))
