"""What an agent may want to do, as plain values that are decided about, stored and performed exactly as they are."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, JsonValue, TypeAdapter, model_validator


class _Wish(BaseModel):
    """Never changes, and knows no fields but its own; the model's reasons are kept elsewhere (T2)."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ReadFile(_Wish):
    """Read one file; relative paths count from the first workspace folder, here and in every action.

    `start_line` and `end_line`, counted from 1, narrow it to some of its lines; the `outline` shows its definitions.
    """

    kind: Literal["read_file"] = "read_file"
    path: str
    start_line: int | None = None
    end_line: int | None = None
    view: Literal["text", "outline"] = "text"


class ListFolder(_Wish):
    """List what a folder holds, as far as the exclusion gate lets it be seen."""

    kind: Literal["list_folder"] = "list_folder"
    path: str = "."


class SearchFiles(_Wish):
    """Search the workspace's files by words, by a regular expression or by meaning; `path` narrows it to a folder."""

    kind: Literal["search_files"] = "search_files"
    query: str
    mode: Literal["text", "regex", "semantic"] = "text"
    path: str | None = None


class WriteFile(_Wish):
    """Replace the whole text of a file, or create it.

    `before_hash` is the SHA-256 of the bytes that are replaced, in hexadecimal; None says that there is no file yet.
    `note` is what Pylot says of the change to whoever is asked, and to the model; nothing is decided by it.
    """

    kind: Literal["write_file"] = "write_file"
    path: str
    before_hash: str | None
    text: str
    note: str = ""


class DeleteFile(_Wish):
    """Delete one file; `before_hash` is the SHA-256 of its bytes on disk, in hexadecimal, None where there is none."""

    kind: Literal["delete_file"] = "delete_file"
    path: str
    before_hash: str | None = None


class RunCommand(_Wish):
    """Run a program by its `argv`, or a `line` as in a shell: exactly one of the two.

    `cwd` is a folder, `timeout_s` are seconds.
    """

    kind: Literal["run_command"] = "run_command"
    argv: tuple[str, ...] | None = None
    line: str | None = None
    cwd: str = "."
    timeout_s: float = Field(default=60.0, gt=0, le=3600)
    network: bool = False
    sudo: bool = False

    @model_validator(mode="after")
    def _says_one_thing(self) -> RunCommand:
        if (self.argv is None) == (self.line is None):
            raise ValueError("give either argv or line")
        if self.argv is not None and not self.argv:
            raise ValueError("argv names no program")
        return self


class RunTests(_Wish):
    """Run the project's tests by the command that was found for them."""

    kind: Literal["run_tests"] = "run_tests"
    argv: tuple[str, ...] = Field(min_length=1)
    cwd: str = "."
    timeout_s: float = Field(default=600.0, gt=0, le=3600)


class ReadGit(_Wish):
    """Ask git something that changes nothing; `args` begin with the subcommand."""

    kind: Literal["read_git"] = "read_git"
    args: tuple[str, ...] = Field(min_length=1)
    cwd: str = "."


class CallTool(_Wish):
    """Call a tool that is not built in, with its arguments after validation and defaults.

    The registry fills in what it knows of the tool, never the model: who runs it, whether the user's configuration
    calls it harmless (`reads_only`), the `pin`, a hash of its definition that makes a changed tool another one, and
    whether its server `has_changed` since it was first seen.
    """

    kind: Literal["call_tool"] = "call_tool"
    tool_id: str
    arguments: dict[str, JsonValue] = Field(default_factory=dict)
    executor: Literal["python", "http", "mcp"] = "python"
    reads_only: bool = False
    pin: str = ""
    has_changed: bool = False


class Delegate(_Wish):
    """Give a part of the work to another agent, whose own actions are decided about one by one."""

    kind: Literal["delegate"] = "delegate"
    agent_id: str
    prompt: str


Action: TypeAlias = Annotated[
    ReadFile
    | ListFolder
    | SearchFiles
    | WriteFile
    | DeleteFile
    | RunCommand
    | RunTests
    | ReadGit
    | CallTool
    | Delegate,
    Field(discriminator="kind"),
]
ACTION: TypeAdapter[Action] = TypeAdapter(Action)
"""Reads a stored action back: `ACTION.validate_python(value)`, or `validate_json`."""
