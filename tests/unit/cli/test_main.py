"""What the user is told where the system refuses (house rule: one clear sentence)."""

from __future__ import annotations

import errno
import sys
from pathlib import Path

import pytest

from pylot.cli.main import main


@pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps a folder that somebody is in")
def test_a_folder_that_is_gone_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "gone"
    folder.mkdir()
    monkeypatch.chdir(folder)
    folder.rmdir()

    assert main(["config", "check"]) == 1
    assert capsys.readouterr().err == "pylot: The folder that you are in is gone.\n"


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "The system refuses: No space left on device."),
        (PermissionError(errno.EACCES, "Permission denied", "/a"), "/a: Permission denied."),
    ],
)
def test_a_refusal_of_the_system_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: OSError, expected: str
) -> None:
    def refuse(_: object) -> int:
        raise error

    monkeypatch.setattr("pylot.cli.commands.status.run", refuse)

    assert main(["status"]) == 1
    assert capsys.readouterr().err == f"pylot: {expected}\n"
