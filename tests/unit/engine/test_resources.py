"""A model that does not fit is refused before memory is touched (I10, I11)."""

from __future__ import annotations

import pytest

from pylot.engine.gguf_header import read_header
from pylot.engine.resources import check_fits, estimate, free_memory
from pylot.kernel.errors import ModelTooLargeError
from pylot.models.door import SHIPPED_MODELS

HEADER = read_header(SHIPPED_MODELS["pylot-tiny"])


def test_the_cache_grows_with_the_context() -> None:
    assert estimate(HEADER, 4096).kv_cache == 2 * estimate(HEADER, 2048).kv_cache
    assert estimate(HEADER, 2048).total > HEADER.file_bytes


def test_too_large_is_one_sentence_with_a_next_step() -> None:
    with pytest.raises(ModelTooLargeError, match=r"pylot-tiny.* needs about .* GB .* smaller model"):
        check_fits(HEADER, 4096, free_bytes=1_000_000)


def test_what_fits_passes() -> None:
    assert check_fits(HEADER, 4096, free_bytes=1 << 30).total < 1 << 30


def test_free_memory_is_known() -> None:
    assert free_memory() > 0
