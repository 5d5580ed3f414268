"""The built-in tools: what each is called, and the action that a call stands for (C1 to C5)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from pylot.actions.edit_ladder import SearchReplace, plan_replacements
from pylot.actions.edits import applied
from pylot.kernel.errors import ActionRefusedError
from pylot.policy.actions import (
    Action,
    DeleteFile,
    ListFolder,
    ReadFile,
    ReadGit,
    RunCommand,
    RunTests,
    SearchFiles,
    WriteFile,
)
from pylot.policy.git import as_read_git
from pylot.text.file_encoding import content_hash
from pylot.tools.arguments import (
    Arguments,
    DeleteFileArguments,
    EditFileArguments,
    ExtractArguments,
    GitArguments,
    InlineArguments,
    ListFolderArguments,
    OutlineArguments,
    ReadFileArguments,
    RenameArguments,
    RunTestsArguments,
    SearchArguments,
    ShellArguments,
    SymbolArguments,
    WriteFileArguments,
)
from pylot.tools.code_tools import extract_code, inline_symbol, rename_symbol
from pylot.tools.model_tools import generate_docs, generate_tests
from pylot.tools.spec import ToolSpec
from pylot.tools.suite_command import find_test_command
from pylot.tools.surroundings import Surroundings


@dataclass(frozen=True, slots=True)
class BuiltIn:
    """One built-in tool."""

    id: str
    description: str
    arguments: type[Arguments]
    to_action: Callable[[Any, Surroundings], Awaitable[Action]]
    reads_only: bool = False

    @property
    def spec(self) -> ToolSpec:
        """The tool as the registry lists it."""
        return ToolSpec(
            id=self.id,
            name=self.id.replace("_", " "),
            description=self.description,
            input_schema=self.arguments.schema_for_models(),
            target=self.id,
            reads_only=self.reads_only,
        )


async def _read(call: ReadFileArguments, around: Surroundings) -> Action:
    return ReadFile(path=call.path, start_line=call.start_line, end_line=call.end_line)


async def _outline(call: OutlineArguments, around: Surroundings) -> Action:
    return ReadFile(path=call.path, view="outline")


async def _write(call: WriteFileArguments, around: Surroundings) -> Action:
    now = await around.files.read(call.path)
    text = now.encoding.with_its_line_endings(call.content) if now else call.content
    return WriteFile(path=call.path, before_hash=now.content_hash if now else None, text=text)


async def _edit(call: EditFileArguments, around: Surroundings) -> Action:
    """Work the whole new text out before anybody is asked, so that what is shown is what will be written (T11)."""
    now = await around.file_to_change(call.path)
    blocks = [SearchReplace(block.search, block.replace) for block in call.edits]
    text = applied(now.text, plan_replacements(now.text, blocks))
    if text == now.text:
        raise ActionRefusedError("The edits change nothing.")
    return WriteFile(path=call.path, before_hash=now.content_hash, text=text)


async def _delete(call: DeleteFileArguments, around: Surroundings) -> Action:
    data = await around.files.bytes_of(call.path)
    return DeleteFile(path=call.path, before_hash=content_hash(data) if data is not None else None)


async def _list(call: ListFolderArguments, around: Surroundings) -> Action:
    return ListFolder(path=call.path)


async def _search(call: SearchArguments, around: Surroundings) -> Action:
    return SearchFiles(query=call.query, mode=call.mode, path=call.path)


async def _shell(call: ShellArguments, around: Surroundings) -> Action:
    action = RunCommand(
        line=call.command, cwd=call.cwd, timeout_s=call.timeout_s, network=call.network, sudo=call.sudo
    )  # fmt: skip
    # A question to git is asked in the way that keeps the repository from acting, however it was put.
    return as_read_git(action) or action


async def _tests(call: RunTestsArguments, around: Surroundings) -> Action:
    argv = find_test_command(around.root, call.targets)
    if argv is None:
        raise ActionRefusedError("No way to run this project's tests was found: use shell_exec_safe.")
    return RunTests(argv=argv, timeout_s=call.timeout_s)


async def _git(call: GitArguments, around: Surroundings) -> Action:
    args = call.args[1:] if call.args[0] == "git" and len(call.args) > 1 else call.args
    return ReadGit(args=args, cwd=call.cwd)


BUILT_IN = (
    BuiltIn("file_read", "Read a text file, or a range of its lines.", ReadFileArguments, _read, reads_only=True),
    BuiltIn("list_dir", "List the files and folders in a folder.", ListFolderArguments, _list, reads_only=True),
    BuiltIn("search_files", "Search the workspace's files and get lines with their places.", SearchArguments, _search,
            reads_only=True),
    BuiltIn("code_outline", "See what a file of code defines and imports, with lines.", OutlineArguments, _outline,
            reads_only=True),
    BuiltIn("rename_symbol", "Rename a local, parameter or private name in one file, everywhere it is meant.",
            RenameArguments, rename_symbol),
    BuiltIn("extract_code", "Make a variable, a function or a method of code in a file, with what flows in and out.",
            ExtractArguments, extract_code),
    BuiltIn("inline_symbol", "Put the value of a variable, or a function's body, where it is used, and remove it.",
            InlineArguments, inline_symbol),
    BuiltIn("generate_tests", "Let a model write tests for a function or class, where the project keeps them.",
            SymbolArguments, generate_tests),
    BuiltIn("generate_docs", "Let a model document a function or class, in the project's style.", SymbolArguments,
            generate_docs),
    BuiltIn("edit_file", "Change parts of a file by search and replace; the rest stays as it is.", EditFileArguments,
            _edit),
    BuiltIn("file_write", "Make a new file, or replace a whole one.", WriteFileArguments, _write),
    BuiltIn("file_delete", "Remove a file.", DeleteFileArguments, _delete),
    BuiltIn("shell_exec_safe", "Run a command line in a sandbox without network.", ShellArguments, _shell),
    BuiltIn("run_tests", "Run the project's tests and get their figures.", RunTestsArguments, _tests),
    BuiltIn("git_read", "Ask git what changes nothing: status, diff, log, show, blame. Contents of files that may "
            "hold secrets are left out.", GitArguments, _git,
            reads_only=True),
)  # fmt: skip
