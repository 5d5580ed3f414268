from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from pylot.storage.atomic_file import write_text


def test_the_new_text_is_private_to_the_user(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text("old")

    write_text(path, "new é")

    assert path.read_bytes() == "new é".encode()
    if os.name == "posix":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_full_disk_leaves_the_old_file_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """T17: no half-written file."""
    path = tmp_path / "a"
    path.write_text("old")

    def fail(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="No space"):
        write_text(path, "new")

    assert [file.name for file in tmp_path.iterdir()] == ["a"]
    assert path.read_text() == "old"
