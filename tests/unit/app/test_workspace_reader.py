"""The workspace is read in the background, nearest first, and only what passes the gate (issue 4, P4)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from pylot.app.workspace_reader import WorkspaceReader
from pylot.completion.line_index import LineIndex
from pylot.kernel.clock import ManualClock, SystemClock
from pylot.workspace.exclusion import ExclusionGate
from pylot.workspace.roots import Roots
from pylot.workspace.settings import WorkspaceSettings

CODE = "def shared_line(argument):\n    return {}\n"
# In two parts, so that no scanner takes this file for a leak.
SECRET = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
FILES = {
    "app/near.py": CODE.format(1),
    "app/deep/below.py": CODE.format(2),
    "far/other.py": CODE.format(3),
    "build/made.py": CODE.format(4),
    "private/notes.py": CODE.format(5),
    ".git/hooks/hook.py": CODE.format(6),
    "app/leak.py": CODE.format(7) + f"key = '{SECRET}'\n",
    "app/data.txt": CODE.format(8),
    "gen/out.py": CODE.format(9),
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / ".gitignore").write_text("build/\n", encoding="utf-8")
    (tmp_path / ".pylotignore").write_text("/private/\n", encoding="utf-8")
    (tmp_path / "app" / "link").symlink_to(tmp_path / "far")
    return tmp_path.resolve()


@asynccontextmanager
async def reading(root: Path, index: LineIndex) -> AsyncIterator[WorkspaceReader]:
    roots = Roots([root])
    gate = ExclusionGate(roots, WorkspaceSettings(exclude=("gen/",)))
    reader = WorkspaceReader(index, roots, gate, SystemClock())
    task = asyncio.create_task(reader.run())
    reader.begin_near(str(root / "app" / "current.py"))
    await reader.finished.wait()
    yield reader
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def found(index: LineIndex, root: Path) -> list[str]:
    return [Path(path).relative_to(root).as_posix() for path in index.paths_like("def shared_line(argument):\n")]


async def test_what_passes_the_gate_is_read_nearest_first(root: Path) -> None:
    index = LineIndex()
    async with reading(root, index):
        assert found(index, root) == ["app/near.py", "app/deep/below.py", "far/other.py"]


async def test_files_that_change_are_read_again(root: Path) -> None:
    index = LineIndex()
    (root / "gone").mkdir()
    (root / "gone" / "inside.py").write_text(CODE.format(1), encoding="utf-8")
    async with reading(root, index) as reader:
        assert "gone/inside.py" in found(index, root)
        (root / "far" / "other.py").write_text("nothing = 1\n", encoding="utf-8")
        (root / "far" / "new.py").write_text(CODE.format(0), encoding="utf-8")
        (root / "app" / "near.py").unlink()
        (root / "gone").rename(root / "elsewhere.txt")
        (root / "app" / "deep" / "below.py").write_text(CODE.format(2) + f"key = '{SECRET}'\n", encoding="utf-8")
        for name in ("gone", "far/other.py", "app/near.py", "build/made.py", "app/deep/below.py", "far/new.py"):
            reader.file_changed(str(root / name))
        while "far/new.py" not in found(index, root):
            await asyncio.to_thread(lambda: None)

        assert found(index, root) == ["far/new.py"]


def test_whoever_types_goes_first(root: Path) -> None:
    """Issue 5: on a busy machine a thread that reads holds the interpreter while it is interrupted."""
    clock, roots = ManualClock(), Roots([root])
    reader = WorkspaceReader(LineIndex(), roots, ExclusionGate(roots, WorkspaceSettings()), clock)
    rests = [reader._rest_seconds]
    reader.give_way()
    rests.append(reader._rest_seconds)
    clock.advance(2)
    rests.append(reader._rest_seconds)

    assert rests[0] == rests[2] < rests[1] / 5
