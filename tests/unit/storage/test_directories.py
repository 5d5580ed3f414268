from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from pylot.kernel.errors import ConfigError
from pylot.storage.directories import find_directories, make_private_folder

posix_only = pytest.mark.skipif(os.name != "posix", reason="Unix permissions and socket paths")


def test_one_home_holds_everything() -> None:
    found = find_directories({"PYLOT_HOME": "/h"})

    assert found.config == Path("/h/config").absolute()
    assert found.models == Path("/h/data/models").absolute()
    assert found.runtime == Path("/h/run").absolute()


def test_the_runtime_folder_moves_alone() -> None:
    assert find_directories({"PYLOT_HOME": "/h", "PYLOT_RUNTIME_DIR": "/r"}).runtime == Path("/r").absolute()


def test_the_platform_decides_otherwise() -> None:
    found = find_directories({})

    assert found.config.name == "pylot"
    assert "pylot" in found.runtime.name


@posix_only
def test_a_long_runtime_folder_is_replaced_by_a_short_one() -> None:
    """A Unix socket's path has room for about a hundred bytes."""
    first, second = (find_directories({"PYLOT_HOME": f"/{'x' * 90}/{n}"}).runtime for n in (1, 2))

    assert len(str(first)) <= 90
    assert first != second


@posix_only
def test_a_private_folder_is_private(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir(mode=0o755)

    make_private_folder(folder)

    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@posix_only
def test_a_folder_that_is_a_link_or_somebody_elses_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "link").symlink_to(tmp_path)

    (tmp_path / "file").touch()

    for name in ("link", "file"):
        with pytest.raises(ConfigError, match="not a folder of its own"):
            make_private_folder(tmp_path / name)
    with pytest.raises(ConfigError, match="cannot be made: Not a directory"):
        make_private_folder(tmp_path / "file" / "run")
    monkeypatch.setattr(os, "getuid", lambda: 12345)
    with pytest.raises(ConfigError, match="another user"):
        make_private_folder(tmp_path)
