"""A model of 7 billion parameters in 4 bits runs within 16 GB (I4, S4)."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from pylot.engine.free_memory import free_memory
from pylot.engine.process import EngineOptions
from tests.support.full_size_gguf import SIZES, write_full_size_gguf
from tests.support.limited_engine import start_within

LIMIT = 16_000_000_000


@pytest.mark.skipif(sys.platform != "linux", reason="the limit is not kept elsewhere")
def test_seven_b_in_four_bits_within_16_gb(own_home: Path, tmp_path: Path) -> None:
    if free_memory() < 12e9 or shutil.disk_usage(tmp_path).free < 8e9:
        pytest.skip("needs 12 GB of free memory and 8 GB of disk")
    (run := own_home / "run").mkdir(mode=0o700)
    model = write_full_size_gguf(tmp_path / "7B-Q4_K_M.gguf", SIZES["7B"], "Q4_K_M")
    answer = start_within(LIMIT, EngineOptions(model, n_ctx=8192, idle_seconds=1.0), run)
    model.unlink()

    assert (answer["n_ctx"], answer["notes"]) == (8192, [])
    assert answer["done"] in ("length", "end")
    assert answer["peak"] < 10_000_000_000
