"""What is staged for a commit, as far as a model may see it; the repository gets to run nothing."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pylot.kernel.errors import ActionRefusedError
from pylot.policy.git import GIT_ENVIRONMENT, git_argv
from pylot.workspace.exclusion import ExclusionGate, Purpose

_SECONDS = 20.0
_MOST_BYTES = 4 << 20
_MOST_FILES = 500
_DIFF = ("diff", "--cached", "--no-renames")


@dataclass(frozen=True, slots=True)
class StagedChanges:
    """A diff without files that no model may see, the subjects of the last commits, and how many files it lacks."""

    diff: str
    log: str
    files: tuple[str, ...]
    n_left_out: int


async def staged_changes(root: Path, gate: ExclusionGate) -> StagedChanges:
    """Return what is staged in the repository of a folder.

    Raises:
        ActionRefusedError: there is no git, no repository, or nothing that is staged may be seen.
    """
    top = (await _git(root, ["rev-parse", "--show-toplevel"])).strip("\n")
    if not top:
        raise ActionRefusedError("This folder is in no git repository.")
    names = [name for name in (await _git(Path(top), [*_DIFF, "--name-only", "-z"])).split("\0") if name]
    if not names:
        raise ActionRefusedError("Nothing is staged: `git add` what the commit is to hold.")
    seen = await asyncio.to_thread(_visible, Path(top), names, gate)
    if not seen:
        raise ActionRefusedError("All files that are staged are excluded from what models may see.")
    diff = await _git(Path(top), [*_DIFF, "--", *seen[:_MOST_FILES]])
    log = await _git(Path(top), ["log", "--no-merges", "--format=%s", "-n", "10"])
    files = tuple(str(Path(top) / name) for name in seen)
    return StagedChanges(gate.masked(diff), gate.masked(log), files, len(names) - len(seen))


def _visible(top: Path, names: Sequence[str], gate: ExclusionGate) -> list[str]:
    return [name for name in names if gate.decide(str(top / name), None, purpose=Purpose.CONTEXT) is None]


async def _git(folder: Path, arguments: Sequence[str]) -> str:
    """Return what git prints, empty where it fails; raises where there is no git or it does not end."""
    program = shutil.which("git")
    if program is None:
        raise ActionRefusedError("There is no git on this machine.")
    process = await asyncio.create_subprocess_exec(
        *git_argv(program, arguments),
        cwd=folder, env=_clean(os.environ), stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        async with asyncio.timeout(_SECONDS):
            out, _ = await process.communicate()
    except TimeoutError:
        raise ActionRefusedError("Git did not answer in time.") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return out[:_MOST_BYTES].decode("utf-8", "replace") if process.returncode == 0 else ""


def _clean(environment: Mapping[str, str]) -> dict[str, str]:
    """Return an environment in which nothing tells git what to run or where to look."""
    kept = {name: value for name, value in environment.items() if not name.startswith("GIT_")}
    return {**kept, **GIT_ENVIRONMENT, "GIT_LITERAL_PATHSPECS": "1"}
