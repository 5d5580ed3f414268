"""Nothing leaves the machine, neither from the server nor from the engine: the issue's eighth point."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.child_environment import offline_environment
from tests.support.editor import PYLOT_LSP, Editor, Home

WITHOUT_NETWORK = ("unshare", "--user", "--map-root-user", "--net")


def has_namespaces() -> bool:
    if shutil.which("unshare") is None:
        return False
    return subprocess.run([*WITHOUT_NETWORK, "true"], capture_output=True).returncode == 0


def complete(editor: Editor) -> None:
    editor.start()
    editor.show("file:///project/a.py", "import os\n\nvalues = [1, 2]\n‸\n")
    assert editor.ghost_texts(invoked=True)
    editor.type("for value in ")
    editor.ghost_texts()
    assert editor.engine()["state"] == "ready"
    editor.leave()


def test_no_connection_leaves_loopback(home: Home, tmp_path: Path) -> None:
    """Both processes run under a guard that would record and refuse it (P1, T28)."""
    log = tmp_path / "attempts.log"
    with Editor(environment=offline_environment(log)) as editor:
        complete(editor)

    assert not log.exists() or log.read_text(encoding="utf-8") == ""


def test_ghost_text_without_any_network_interface(home: Home) -> None:
    """In a network namespace of its own, where not even loopback is up."""
    if not has_namespaces():
        pytest.skip("this system gives no network namespaces")
    with Editor(command=(*WITHOUT_NETWORK, *PYLOT_LSP)) as editor:
        complete(editor)
