"""What an engine really took is known the next time (I11)."""

from __future__ import annotations

from pathlib import Path

import pytest

from pylot.engine.measured_peaks import MeasuredPeaks
from pylot.engine.resources import LoadOptions

OPTIONS = LoadOptions(4096)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "a.gguf"
    path.write_bytes(b"a")
    return path


def test_kept_by_file_and_options(model: Path, tmp_path: Path) -> None:
    MeasuredPeaks(tmp_path / "data").record(model, OPTIONS, 5)
    known = MeasuredPeaks(tmp_path / "data").for_model(model)
    (other := tmp_path / "b.gguf").write_bytes(b"a")

    assert known(OPTIONS) == 5
    assert known(LoadOptions(4096, "q8_0")) is None
    assert MeasuredPeaks(tmp_path / "data").for_model(other)(OPTIONS) is None


def test_another_file_of_the_same_name_is_another_model(model: Path, tmp_path: Path) -> None:
    MeasuredPeaks(tmp_path).record(model, OPTIONS, 5)
    model.write_bytes(b"longer")

    assert MeasuredPeaks(tmp_path).for_model(model)(OPTIONS) is None


def test_the_largest_peak_stays(model: Path, tmp_path: Path) -> None:
    for peak in (5, 9, 7):
        MeasuredPeaks(tmp_path).record(model, OPTIONS, peak)

    assert MeasuredPeaks(tmp_path).for_model(model)(OPTIONS) == 9


def test_the_file_does_not_grow_for_ever(model: Path, tmp_path: Path) -> None:
    peaks = MeasuredPeaks(tmp_path)
    for n_ctx in range(1, 211):
        peaks.record(model, LoadOptions(n_ctx), n_ctx)
    known = peaks.for_model(model)

    assert (known(LoadOptions(1)), known(LoadOptions(11)), known(LoadOptions(210))) == (None, 11, 210)


@pytest.mark.parametrize("damage", ["", "[", "[]", "null", '{"a": "b"}', "[" * 100_000])
def test_a_damaged_file_is_as_good_as_none(damage: str, model: Path, tmp_path: Path) -> None:
    (tmp_path / "memory.json").write_text(damage)
    peaks = MeasuredPeaks(tmp_path)
    before = peaks.for_model(model)(OPTIONS)
    peaks.record(model, OPTIONS, 5)

    assert (before, peaks.for_model(model)(OPTIONS)) == (None, 5)


def test_no_place_to_keep_it_is_no_failure(model: Path) -> None:
    MeasuredPeaks(model / "data").record(model, OPTIONS, 5)
