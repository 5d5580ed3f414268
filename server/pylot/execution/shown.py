"""Actions and files in words: for the log, for the audit and for the model."""

from __future__ import annotations

import shlex

from pylot.execution.files import FileContent
from pylot.execution.outcome import Outcome
from pylot.policy.actions import (
    Action,
    CallTool,
    Delegate,
    DeleteFile,
    ListFolder,
    ReadFile,
    ReadGit,
    RunCommand,
    RunTests,
    SearchFiles,
    WriteFile,
)
from pylot.syntax.languages import detected_language
from pylot.syntax.symbols import read_symbols
from pylot.text.lines import split_lines

PAGE_CHARACTERS = 48_000


def summary_of(action: Action) -> str:
    """Return what an action does in one line, whole; the caller makes it fit to be shown."""
    match action:
        case ReadFile() | ListFolder() | WriteFile() | DeleteFile():
            return f"{action.kind.replace('_', ' ')} {action.path}"
        case SearchFiles():
            return f"search files by {action.mode}: {action.query}"
        case RunCommand():
            line = action.line if action.line is not None else shlex.join(action.argv or ())
            return f"sudo {line}" if action.sudo else line
        case RunTests():
            return shlex.join(action.argv)
        case ReadGit():
            return shlex.join(("git", *action.args))
        case CallTool():
            return f"call {action.tool_id}"
        case Delegate():
            return f"delegate to {action.agent_id}"


def outline_of(content: FileContent) -> Outcome:
    """Return what a file defines and imports, each with its line, without the bodies (L1, C18)."""
    shown = content.target.shown()
    symbols = read_symbols(content.text, detected_language(shown, content.text))
    lines = [(each.line + 1, f"import {each.module}") for each in symbols.imports]
    lines += [
        (each.start_line + 1, "  " * each.qualified.count(".") + (each.signature or each.name))
        for each in symbols.definitions
    ]
    text = "\n".join(f"{number}: {line}" for number, line in sorted(lines))
    metadata = {"path": shown, "content_hash": content.content_hash, "source": content.source}
    return Outcome(
        True, text[:PAGE_CHARACTERS] or "Nothing is defined there, as far as Pylot can read it.", metadata=metadata,
        truncated=len(text) > PAGE_CHARACTERS,
    )  # fmt: skip


def page_of(content: FileContent, action: ReadFile) -> Outcome:
    """Return the lines of a file that were asked for, as many as fit, and how to read on."""
    lines = split_lines(content.text)
    if len(lines) > 1 and not lines[-1]:
        lines.pop()
    first = max(1, action.start_line or 1)
    last = min(len(lines), action.end_line or len(lines))
    size, end = 0, first - 1
    while end < last and (size == 0 or size + len(lines[end]) <= PAGE_CHARACTERS):
        size += len(lines[end])
        end += 1
    text = "".join(lines[first - 1 : end])[:PAGE_CHARACTERS]
    truncated = end < last or size > PAGE_CHARACTERS
    if truncated or first > 1 or last < len(lines):
        more = f"; read on with start_line={end + 1}" if end < len(lines) else ""
        text = f"{text.rstrip()}\n[lines {first} to {end} of {len(lines)}{more}]"
    metadata = {"path": content.target.shown(), "content_hash": content.content_hash, "source": content.source}
    return Outcome(True, text, metadata={**metadata, "n_lines": len(lines)}, truncated=truncated)
