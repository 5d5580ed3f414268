"""Commands as policy has read them, run in the workspace's sandbox."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pylot.execution.beneath import Target
from pylot.execution.environment import command_environment
from pylot.execution.launching import NO_SANDBOX, Sandbox, Steps
from pylot.execution.outcome import Outcome
from pylot.execution.processes import CommandResult, run_command
from pylot.execution.sandbox.profile import Profile, hidden_paths, settings_of
from pylot.execution.sudo import MaskedInput, sudo_environment
from pylot.kernel.errors import ExecutionError
from pylot.kernel.shown_text import unhidden
from pylot.policy.command_line import CommandLine, Opaque, When
from pylot.storage.directories import make_private_folder
from pylot.workspace.roots import Roots

_OPERATORS: dict[When, str] = {"always": ";", "success": "&&", "failure": "||"}


@dataclass(frozen=True)
class CommandPlace:
    """Where commands of one workspace run.

    `scratch` and `artefacts` are folders of Pylot's own, `own` what of Pylot's a command may not see, `environ` the
    environment that this process was started with.
    """

    roots: Roots
    sandbox: Sandbox
    scratch: Path
    artefacts: Path
    own: tuple[Path, ...] = ()
    environ: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    home: Path = field(default_factory=Path.home)

    def scratch_of(self, task_id: str) -> Path:
        """Make and return the private folder that takes the place of the user's home and of `/tmp` for a task."""
        folder = make_private_folder(self.scratch / _plain(task_id)).resolve()
        for name in ("home", "tmp"):
            (folder / name).mkdir(exist_ok=True)
        return folder


def outputs_of(artefacts: Path, task_id: str) -> Path:
    """Return the folder below `artefacts` for the long outputs of a task's commands."""
    return artefacts / _plain(task_id)


def forget_scratch(scratch: Path, task_id: str) -> None:
    """Remove what the commands of a task have left in its folder below `scratch`."""
    shutil.rmtree(scratch / _plain(task_id), ignore_errors=True)


async def run_in(
    place: CommandPlace,
    command: CommandLine | Opaque,
    *,
    cwd: Target,
    task_id: str,
    name: str,
    timeout_s: float,
    network: bool = False,
    writes: bool = True,
    git_writable: bool = False,
    shown: Sequence[tuple[Path, bytes]] = (),
    more: Mapping[str, str] | None = None,
) -> CommandResult:
    """Run a command; with `writes` false it may change nothing but its scratch folder.

    `git_writable` lets it change the repository, as git with the user's own configuration does. `shown` are files
    with the content that it sees in them, if the sandbox can do that.

    Raises ExecutionError for a folder that is not there, and where the sandbox cannot be made.
    """
    _check_folder(cwd)
    scratch = place.scratch_of(task_id)
    roots = place.roots.folders if writes else ()
    home = place.home.resolve()
    if any(home != root and home.is_relative_to(root) for root in roots):
        raise ExecutionError("The workspace holds whole homes, so no command runs in it: open a folder further down.")
    return await run_command(
        steps_of(command),
        sandbox=place.sandbox,
        profile=Profile(
            roots,
            scratch,
            hidden_paths(place.home, place.own, place.roots.folders),
            network,
            git_writable,
            tuple(_instead(scratch, shown)),
            settings_of(home) if home in roots else (),
        ),
        cwd=cwd.path,
        environment=command_environment(
            place.environ,
            home=place.home,
            scratch=scratch,
            roots=place.roots.folders,
            more=more if not git_writable else {"GIT_CONFIG_GLOBAL": str(place.home / ".gitconfig")},
        ),
        timeout_s=timeout_s,
        artefact=outputs_of(place.artefacts, task_id) / f"{_plain(name)}.txt",
    )


async def run_with_sudo(
    place: CommandPlace,
    command: CommandLine | Opaque,
    ask: MaskedInput,
    *,
    cwd: Target,
    task_id: str,
    name: str,
    timeout_s: float,
) -> CommandResult:
    """Run one program as root, outside every sandbox; the password goes from the user to sudo and nowhere else.

    Raises ExecutionError for anything but one program, and where there is no sudo.
    """
    _check_folder(cwd)
    if not isinstance(command, CommandLine) or len(command.programs) != 1:
        raise ExecutionError("Only a single program can be run with sudo.")
    scratch = place.scratch_of(task_id)
    environment = command_environment(place.environ, home=place.home, scratch=scratch, roots=place.roots.folders)
    async with sudo_environment(ask, command.programs[0], environment) as (sudo, environment):
        return await run_command(
            [("", [[*sudo, *command.programs[0]]], command.pipelines[0].redirections)],
            sandbox=NO_SANDBOX,
            profile=Profile(place.roots.folders, scratch, network=True),
            cwd=cwd.path,
            environment=environment,
            timeout_s=timeout_s,
            artefact=outputs_of(place.artefacts, task_id) / f"{_plain(name)}.txt",
        )


def _instead(scratch: Path, shown: Sequence[tuple[Path, bytes]]) -> Iterator[tuple[Path, Path]]:
    """Write what is to be seen in files into the scratch folder, and yield both paths."""
    folder = scratch / "shown"
    folder.mkdir(exist_ok=True)
    for number, (path, content) in enumerate(shown):
        instead = folder / str(number)
        instead.write_bytes(content)
        instead.chmod(path.stat().st_mode & 0o777)
        yield path, instead


def is_git(command: CommandLine | Opaque) -> bool:
    """Tell whether a command is git and nothing but git."""
    return isinstance(command, CommandLine) and all(argv[0] == "git" for argv in command.programs)


def steps_of(command: CommandLine | Opaque) -> Steps:
    """Return what the launcher runs; only what nobody but a shell can read is given to one."""
    if isinstance(command, Opaque):
        return [("", [["bash", "--noprofile", "--norc", "-c", command.line]], ())]
    return [(_OPERATORS[pipeline.when], pipeline.programs, pipeline.redirections) for pipeline in command.pipelines]


def outcome_of(result: CommandResult, timeout_s: float) -> Outcome:
    """Return what the model reads of a command."""
    if result.exit_code is None:
        error = f"The command was ended after {timeout_s:g} seconds."
    else:
        error = "" if result.ok else f"The command ended with exit code {result.exit_code}."
    status = "ended at its limit" if result.exit_code is None else f"exit code {result.exit_code}"
    kept = f"; the whole output is in {result.artefact}" if result.artefact else ""
    # A carriage return alone is how progress bars begin their line anew.
    printed = unhidden(result.output.replace("\r\n", "\n").replace("\r", "\n").rstrip())
    metadata = {"exit_code": result.exit_code, "sandbox": result.level, "timed_out": result.exit_code is None}
    return Outcome(
        ok=result.ok,
        text=f"{printed}\n[{status}; sandbox: {result.level}{kept}]".lstrip("\n"),
        error=error,
        metadata=metadata,
        truncated=result.truncated,
        artefact=str(result.artefact or ""),
    )


def _check_folder(cwd: Target) -> None:
    if not cwd.path.is_dir():
        raise ExecutionError(f"There is no folder {cwd.shown()} to run a command in.")


def _plain(name: str) -> str:
    kept = "".join(letter for letter in name if letter.isalnum() or letter in "-_")
    return kept[:80] or "x"
