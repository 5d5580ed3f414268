"""`pylot index` and `pylot search` at a terminal (L3)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
CODE = "def {0}():\n    pass\n"


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    (tmp_path / ".gitignore").write_text("*.log\n")
    (tmp_path / "a.log").touch()
    (tmp_path / "fruit.py").write_text(CODE.format("banana"))
    (tmp_path / "other.py").write_text(CODE.format("banana_split"))
    return tmp_path


def pylot(workspace: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    own = {"PYTHONPATH": str(ROOT / "server"), "PYLOT_INDEX__IDLE_SECONDS": "5", "PYLOT_INDEX__ENABLED": "true"}
    command = [sys.executable, "-m", "pylot", *arguments]
    environment = {**os.environ, **own, "PYLOT_INDEX__VECTORS": "false"}
    return subprocess.run(
        command, cwd=workspace, env=environment, capture_output=True, text=True, timeout=120, check=False
    )


def test_a_workspace_is_indexed_and_asked(workspace: Path) -> None:
    indexed = pylot(workspace, "index", "--json")
    skipped = pylot(workspace, "index", "--skipped")
    found = pylot(workspace, "search", "banana", "--json")
    like = pylot(workspace, "search", "--like", "fruit.py:1-2", "--json")
    unknown = pylot(workspace, "search", "banana", "--language", "klingon")
    spelled_otherwise = pylot(workspace, "search", "banana", "--language", "Python", "--json")
    unlike = pylot(workspace, "search", "--like", "fruit.py:9-1")
    nothing = pylot(workspace, "search", "zeppelin")
    refused = pylot(workspace, "search", "banana", "--limit", "0")

    status = json.loads(indexed.stdout)
    assert (status["phase"], status["files"], status["skipped"]) == ("current", 3, {"gitignored": 1})
    assert skipped.stdout == "a.log: The file is ignored by git.\n"
    assert [hit["path"] for hit in json.loads(found.stdout)["hits"]] == ["fruit.py", "other.py"]
    assert [hit["path"] for hit in json.loads(like.stdout)["hits"]] == ["other.py"]
    assert unknown.stderr == "pylot: Pylot knows no language klingon.\n"
    assert len(json.loads(spelled_otherwise.stdout)["hits"]) == 2
    assert unlike.stderr == "pylot: There is no code in the lines 9-1 of fruit.py.\n"
    assert (nothing.returncode, nothing.stdout) == (1, "Nothing was found.\n")
    # On a busy machine its progress comes first.
    assert (refused.returncode, "\npylot: The question cannot be used: limit" in f"\n{refused.stderr}") == (1, True)


def test_a_workspace_is_outlined(workspace: Path) -> None:
    (workspace / "user.py").write_text("from fruit import banana\n\nbanana()\n")
    drawn = pylot(workspace, "map", "--near", "user.py", "--json")
    nothing = pylot(workspace, "map", "--root", str(workspace / "none"))

    assert json.loads(drawn.stdout)["known"] == 2
    assert "def banana()" in json.loads(drawn.stdout)["text"].partition("other.py")[0]
    assert (nothing.returncode, nothing.stderr.startswith("pylot: ")) == (1, True)
    assert "one token at least" in pylot(workspace, "map", "--budget", "0").stderr
