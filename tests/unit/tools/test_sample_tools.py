"""The two tools that docs/tools.md hands out work as they are (C14, C17)."""

from __future__ import annotations

import shutil
import tomllib
from pathlib import Path

import pytest

from pylot.tools.python_tools import call_python_tool, describe_python_tool
from pylot.tools.settings import PythonToolSettings

ROOT = Path(__file__).parents[3]
SAMPLES = ROOT / "docs" / "examples" / "tools"


async def test_the_samples_are_found_described_and_called(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = tomllib.loads((SAMPLES / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    installed, workspace = tmp_path / "installed", tmp_path / "work"
    info = installed / "sample_tools-1.0.dist-info"
    info.mkdir(parents=True)
    (workspace / "site").mkdir(parents=True)
    (workspace / "site" / "package.json").touch()
    shutil.copy(SAMPLES / "sample_tools.py", installed)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n")
    [(group, points)] = project["entry-points"].items()
    (info / "entry_points.txt").write_text(f"[{group}]\n" + "".join(f"{n} = {at}\n" for n, at in points.items()))
    monkeypatch.setenv("PYTHONPATH", f"{installed}:{ROOT / 'server'}")
    context = {"workspace": str(workspace), "task_id": "task-1"}
    projects, followup = (PythonToolSettings(entry_point=name) for name in points)

    assert "List the projects" in (await describe_python_tool("projects", projects)).description
    assert '"file": "package.json"' in (await call_python_tool(projects, {}, context)).text
    assert (await call_python_tool(followup, {"text": "Rename\nit"}, context)).text == "Rename it"
    assert (workspace / "FOLLOWUPS.md").read_text() == "- [ ] Rename it\n"
    assert (await call_python_tool(followup, {"text": " "}, context)).error == "There is nothing to note."
