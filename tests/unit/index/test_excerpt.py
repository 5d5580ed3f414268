"""An excerpt shows why a chunk was found (L3)."""

from __future__ import annotations

import pytest

from pylot.index.chunk_rows import rows_of
from pylot.index.excerpt import Excerpt, excerpt_of, matched_words
from pylot.syntax.chunks import Chunk

LINES = [f"line {number}" for number in range(30)]
LINES[20] = "    retries = config.read_retries()"
(ROW,) = rows_of("http/client.py", "python", [Chunk(100, 129, "Client.send", "method", "\n".join(LINES))])


@pytest.mark.parametrize(("words", "start"), [(["retr"], 13), ([], 0), (["line"], 0), (["config", "27"], 20)])
def test_the_lines_with_most_of_the_words_are_shown(words: list[str], start: int) -> None:
    assert excerpt_of(ROW, words) == Excerpt(100 + start, "\n".join(LINES[start : start + 8]))


def test_words_of_path_and_name_count_as_well() -> None:
    assert matched_words(ROW, ["http", "send", "retr", "paint"]) == ["http", "send", "retr"]
