"""`pylot tools`: what agents can call (C8, C10, C12, C15, S9)."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.support.editor import Home

SERVER = Path(__file__).parents[2] / "support" / "mcp_server.py"


def pylot(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "pylot", *arguments], capture_output=True, text=True, timeout=60)


def test_tools_are_listed_and_a_changed_server_is_accepted(own_home: Path) -> None:
    changed = own_home / "changed"
    Home(own_home / "home").configure(
        f"[tools.mcp.math]\ncommand = '{sys.executable}'\nargs = ['-I', '{SERVER}']\nenv = {{CHANGED = '{changed}'}}\n"
        "[agents.main]\ntools = ['file_read', 'math_*']\n"
    )
    listed = json.loads(pylot("tools", "list", "--json").stdout)
    agents = {tool["id"]: tool["agents"] for tool in listed["tools"]}
    changed.touch()
    after = pylot("tools", "list")
    accepted = pylot("tools", "accept", "math")

    assert listed["notes"] == []
    assert (agents["math_add"], agents["file_write"], agents["file_read"]) == (["main"], [], ["main", "coder"])
    assert (after.returncode, "The tools of the server math have changed" in after.stderr) == (1, True)
    assert (accepted.returncode, pylot("tools", "list").returncode) == (0, 0)
    assert pylot("tools", "accept", "other").returncode == 1
