"""What keeps a table of the chunk store fast and small: its indices, and old versions that go away."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path
from typing import Any

FEWEST_VECTORS_OF_INDEX = 20_000
"""Fewer vectors are compared one by one."""

_WORDS_INDEX = "words_idx"
_VECTOR_INDEX = "vector_idx_"
_STALE_ROWS, _STALE_SHARE, _VERSIONS = 2000, 0.25, 200
_STALE_ROWS_IDLE, _VERSIONS_IDLE = 200, 8
_FOREVER = timedelta(days=365)
_AT_ONCE = timedelta(milliseconds=1)


def make_lexical_indices(table: Any) -> None:
    """Make the indices of the table of chunks, or make them anew; words are split already."""
    from lancedb.index import FTS, BTree

    words = FTS(
        base_tokenizer="whitespace", stem=False, remove_stop_words=False, lower_case=False, ascii_folding=False,
        max_token_length=None, with_position=False, num_workers=1,
    )  # fmt: skip
    table.create_index("words", config=words, name=_WORDS_INDEX)
    table.create_index("id", config=BTree())
    table.create_index("path", config=BTree())


def make_vector_indices(table: Any) -> None:
    """Make the indices of a table of vectors, or make them anew: that of the vectors where there are enough."""
    from lancedb.index import BTree

    table.create_index("id", config=BTree())
    table.create_index("path", config=BTree())
    for name in _vector_indices(table):
        table.drop_index(name)
    _make_vector_index(table, table.count_rows())


def has_vector_index(table: Any) -> bool:
    """Tell whether vectors are found through an index."""
    return bool(_vector_indices(table))


def tend(table: Any, idle: bool, none_at_work: Callable[[], AbstractContextManager[None]]) -> None:
    """Bring indices up to date and clean old versions, where enough has changed to be worth it."""
    if "vector" in table.schema.names:
        _tend_vector_index(table)
    rows, stale, versions = table.count_rows(), _stale_rows(table), _count_versions(table)
    if idle:
        # Every time all rows are written anew, 5 s for 100,000: a few saved files are not worth that.
        is_due = stale >= max(_STALE_ROWS_IDLE, rows // 300) or versions >= max(_VERSIONS_IDLE, rows // 2000)
    else:
        is_due = stale >= max(_STALE_ROWS, _STALE_SHARE * rows) or versions >= _VERSIONS
    if is_due:
        # Old versions are kept until the new one is there; then no search uses them any more.
        table.optimize(cleanup_older_than=_FOREVER)
        with none_at_work():
            table.optimize(cleanup_older_than=_AT_ONCE, delete_unverified=True)


def _tend_vector_index(table: Any) -> None:
    """Make the index anew each time the rows have doubled, so that its parts stay small."""
    rows, found = table.count_rows(), _vector_indices(table)
    if _doublings(rows) > max(map(_doublings_of, found), default=0):
        _make_vector_index(table, rows)
        for name in found:
            table.drop_index(name)


def _make_vector_index(table: Any, rows: int) -> None:
    from lancedb.index import IvfRq

    if doublings := _doublings(rows):
        config = IvfRq(distance_type="dot")
        table.create_index("vector", config=config, name=f"{_VECTOR_INDEX}{doublings}", replace=True)


def _doublings(rows: int) -> int:
    return (rows // FEWEST_VECTORS_OF_INDEX).bit_length()


def _doublings_of(index: str) -> int:
    return int(index.removeprefix(_VECTOR_INDEX))


def _vector_indices(table: Any) -> list[str]:
    return [index.name for index in table.list_indices() if index.name.startswith(_VECTOR_INDEX)]


def _stale_rows(table: Any) -> int:
    """Return how many rows the index does not know yet that is asked most: such rows are read one by one."""
    names = [index.name for index in table.list_indices() if index.name.startswith((_WORDS_INDEX, _VECTOR_INDEX))]
    stats = [table.index_stats(name) for name in names]
    return max((found.num_unindexed_rows for found in stats if found), default=0)


def _count_versions(table: Any) -> int:
    return sum(1 for _ in Path(table.uri, "_versions").glob("*.manifest"))
