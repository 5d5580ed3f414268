"""What the built-in tools take from a model, as small schemas (reference T10)."""

from __future__ import annotations

import shlex
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field


class Arguments(BaseModel):
    """Arguments of a tool; unknown ones are an error that names them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @classmethod
    def schema_for_models(cls) -> dict[str, Any]:
        """Return the JSON Schema without titles and defaults of nothing, which only cost tokens."""
        schema = _without_titles(cls.model_json_schema())
        definitions = schema.pop("$defs", {})
        plain = _inlined(schema, definitions)
        assert isinstance(plain, dict)
        return plain


class ReadFileArguments(Arguments):
    """Read a file, or some of its lines."""

    path: str = Field(description="A path, relative to the workspace.")
    start_line: int | None = Field(default=None, ge=1, description="The first line to read, counted from 1.")
    end_line: int | None = Field(default=None, ge=1, description="The last line to read.")


class OutlineArguments(Arguments):
    """See what a file defines."""

    path: str = Field(description="A path, relative to the workspace.")


class RenameArguments(Arguments):
    """Rename what has a name in one file."""

    path: str = Field(description="A path, relative to the workspace.")
    line: int = Field(ge=1, description="A line that names it, counted from 1.")
    name: str = Field(min_length=1, description="The name as it is.")
    new_name: str = Field(min_length=1, description="The name that it gets.")


class ExtractArguments(Arguments):
    """Give a piece of code a name of its own."""

    path: str = Field(description="A path, relative to the workspace.")
    start_line: int = Field(ge=1, description="The first line of it, counted from 1.")
    end_line: int | None = Field(default=None, ge=1, description="Its last line, where there are several.")
    code: str = Field(default="", description="The expression as it stands in these lines; without it, whole lines.")
    into: Literal["variable", "function"] = Field(description="`function` makes a method where its object is needed.")
    name: str = Field(min_length=1, description="The name that it gets.")
    everywhere: bool = Field(default=False, description="Also where the same code stands again.")


class InlineArguments(Arguments):
    """Do without a variable or a function that is called once."""

    path: str = Field(description="A path, relative to the workspace.")
    line: int = Field(ge=1, description="A line that names it, counted from 1.")
    name: str = Field(min_length=1, description="Its name.")


class SymbolArguments(Arguments):
    """One function or class."""

    path: str = Field(description="A path, relative to the workspace.")
    name: str = Field(min_length=1, description="Its name, such as `parse` or `Reader.parse`.")
    line: int | None = Field(default=None, ge=1, description="A line of it, where several have the name.")


class WriteFileArguments(Arguments):
    """Make a file or replace all of it."""

    path: str = Field(description="A path, relative to the workspace.")
    content: str = Field(description="The whole new text of the file.")


class EditBlock(Arguments):
    """One replacement."""

    search: str = Field(description="Text as it stands in the file, with enough lines around it to be unique.")
    replace: str = Field(description="What takes its place.")


class EditFileArguments(Arguments):
    """Change parts of a file."""

    path: str = Field(description="A path, relative to the workspace.")
    edits: tuple[EditBlock, ...] = Field(min_length=1, description="Replacements; all of them are made, or none.")


class DeleteFileArguments(Arguments):
    """Remove a file."""

    path: str = Field(description="A path, relative to the workspace.")


class ListFolderArguments(Arguments):
    """List a folder."""

    path: str = Field(default=".", description="A folder, relative to the workspace.")


class SearchArguments(Arguments):
    """Search the workspace."""

    query: str = Field(min_length=1, description="What to look for.")
    mode: Literal["text", "regex", "semantic"] = Field(
        default="text", description="`text` for words as they stand, `regex`, or `semantic` for a question."
    )
    path: str | None = Field(default=None, description="Only below this folder.")


class ShellArguments(Arguments):
    """Run a command."""

    command: str = Field(min_length=1, description="A plain command line; pipes, && and || work.")
    cwd: str = Field(default=".", description="The folder to run it in.")
    timeout_s: float = Field(default=60.0, gt=0, le=3600, description="Seconds after which it is ended.")
    network: bool = Field(default=False, description="Whether it needs the network, which has to be allowed.")
    sudo: bool = Field(default=False, description="Whether it has to run as root, which has to be allowed.")


def _split(value: object) -> object:
    """Take a line where a list of words is wanted."""
    if not isinstance(value, str):
        return value
    try:
        return shlex.split(value)
    except ValueError:
        return value


Words = Annotated[tuple[str, ...], BeforeValidator(_split)]


class RunTestsArguments(Arguments):
    """Run the project's tests."""

    targets: Words = Field(default=(), description="Only these test files or names; all tests by default.")
    timeout_s: float = Field(default=600.0, gt=0, le=3600, description="Seconds after which they are ended.")


class GitArguments(Arguments):
    """Ask git."""

    args: Words = Field(
        min_length=1,
        description='A subcommand that only reads, and its words, such as ["log", "--oneline", "-n", "5"].',
    )
    cwd: str = Field(default=".", description="The folder to ask in.")


def _without_titles(node: Any) -> Any:
    if isinstance(node, dict):
        kept = {name: value for name, value in node.items() if name != "title" or not isinstance(value, str)}
        return {
            name: _without_titles(value)
            for name, value in kept.items()
            if not (name == "default" and value is None) and not (name == "description" and "properties" in node)
        }
    return [_without_titles(each) for each in node] if isinstance(node, list) else node


def _inlined(node: Any, definitions: dict[str, Any]) -> Any:
    """Put definitions in the place of references, and the one sensible type in that of `X or null`."""
    if isinstance(node, list):
        return [_inlined(each, definitions) for each in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        return _inlined(definitions[node["$ref"].rpartition("/")[2]], definitions)
    if "anyOf" in node:
        real = [each for each in node["anyOf"] if each.get("type") != "null"]
        if len(real) == 1:
            rest = {name: value for name, value in node.items() if name != "anyOf"}
            return _inlined({**real[0], **rest}, definitions)
    return {name: _inlined(value, definitions) for name, value in node.items()}
