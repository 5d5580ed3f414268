"""What makes an action this one and no other, as canonical JSON and its hash (T2)."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from pydantic import JsonValue

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
from pylot.policy.command_line import CommandLine, Opaque, Pipeline
from pylot.policy.decision import Scope
from pylot.policy.executables import deciding_files, executable_of, hash_of
from pylot.policy.git import git_argv
from pylot.policy.git_content import git_question
from pylot.policy.paths import NoPlace, place_of
from pylot.policy.patterns import command_in
from pylot.policy.rules import loose_words
from pylot.policy.situation import Situation
from pylot.workspace.roots import Roots

POLICY_VERSION = 1
"""Goes up when the same action would come to mean more; every grant of an earlier version is void then."""

Json = dict[str, JsonValue]


def normalised(action: Action, situation: Situation) -> Json:
    """Return everything that decides what an action does, with absolute paths and nothing of why it is wanted."""
    known: Json = {
        "policy_version": POLICY_VERSION,
        "workspace_id": situation.workspace_id,
        "kind": action.kind,
    }
    return known | _specific(action, situation)


def canonical_hash(value: Mapping[str, JsonValue]) -> str:
    """Return the SHA-256 of a value's canonical JSON, in hexadecimal."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def grant_hashes(action: Action, exact: Json, situation: Situation) -> dict[Scope, str]:
    """Return what grants of the wider scopes store where that is not the exact action.

    For the user it is the action in whatever workspace; for a task and an edit it is the file, whatever the new text.
    A file that is never to be deleted may hold anything.
    """
    lasting = _without(exact, "before_hash") if isinstance(action, DeleteFile) else exact
    hashes: dict[Scope, str] = {"user": canonical_hash(_anywhere(lasting))}
    if isinstance(action, WriteFile):
        hashes["task"] = canonical_hash(_without(exact, "before_hash", "text_hash") | {"any_text": True})
    return hashes


def folder_of(cwd: str, situation: Situation) -> Path | None:
    """Return the resolved folder of a command, None where the path can mean nothing."""
    place = place_of(cwd, situation)
    return None if isinstance(place, NoPlace) else place.resolved


def _specific(action: Action, situation: Situation) -> Json:
    match action:
        case RunCommand() | RunTests():
            return _command(action, situation)
        case ReadGit():
            return _git(action, situation)
        case WriteFile():
            text_hash = hashlib.sha256(action.text.encode("utf-8", "surrogatepass")).hexdigest()
            return _path(action.path, situation) | {"before_hash": action.before_hash, "text_hash": text_hash}
        case DeleteFile():
            return _path(action.path, situation) | {"before_hash": action.before_hash}
        case ReadFile() | ListFolder():
            return _path(action.path, situation)
        case SearchFiles():
            where = _path(action.path if action.path is not None else ".", situation)
            return where | {"query": action.query, "mode": action.mode}
        case CallTool() | Delegate():
            return action.model_dump(mode="json", exclude={"kind"})


def _path(path: str, situation: Situation) -> Json:
    place = place_of(path, situation)
    return {"no_path": path} if isinstance(place, NoPlace) else {"path": str(place.resolved)}


def _command(action: RunCommand | RunTests, situation: Situation) -> Json:
    line = command_in(action, situation)
    value: Json = {
        "sandbox": situation.sandbox_level,
        "timeout_s": action.timeout_s,
        "network": isinstance(action, RunCommand) and action.network,
        "sudo": isinstance(action, RunCommand) and action.sudo,
    }
    if isinstance(line, Opaque):
        folder = folder_of(action.cwd, situation)
        named = dict(_named_files(line, folder, situation)) if folder else {}
        return value | {"line": line.line, "cwd": _text(folder), "runs": named}
    return value | {
        "pipelines": [_pipeline(pipeline, situation) for pipeline in line.pipelines],
        "runs": dict(_hashes(line, situation)),
    }


def _pipeline(pipeline: Pipeline, situation: Situation) -> Json:
    folder = folder_of(pipeline.cwd, situation)
    programs: list[JsonValue] = []
    for argv in pipeline.programs:
        found = executable_of(argv[0], folder, situation.search_path) if folder else None
        target = os.path.realpath(found) if found else None
        programs.append({"argv": list(argv), "program": _text(found), "executable": target})
    redirections: list[JsonValue] = [list(each) for each in pipeline.redirections]
    redirected: Json = {"redirections": redirections} if redirections else {}
    return {"cwd": _text(folder), "when": pipeline.when, "programs": programs} | redirected


def _hashes(line: CommandLine, situation: Situation) -> dict[str, JsonValue]:
    hashes: dict[str, JsonValue] = {}
    roots = situation.resolved_roots
    for pipeline in line.pipelines:
        folder = folder_of(pipeline.cwd, situation)
        for argv in pipeline.programs if folder else ():
            for path in _deciding(argv, folder or Path(), situation, roots):
                hashes[str(path)] = hash_of(path)
    return hashes


def _named_files(line: Opaque, folder: Path, situation: Situation) -> Iterator[tuple[str, JsonValue]]:
    """Yield the files of the workspace that a line may name, and run, as far as that can be seen."""
    roots = situation.resolved_roots
    for word in loose_words(line.line):
        try:
            path = Path(os.path.realpath(folder / word))
            is_file = path.is_file()
        except (OSError, ValueError):
            continue
        if is_file and roots.containing(path) is not None:
            yield str(path), hash_of(path)


def _deciding(argv: Sequence[str], folder: Path, situation: Situation, roots: Roots) -> Iterator[Path]:
    def is_inside(path: Path) -> bool:
        return roots.containing(path) is not None

    yield from deciding_files(argv, folder, is_inside)
    program = executable_of(argv[0], folder, situation.search_path)
    if program is not None and is_inside(Path(os.path.realpath(program))):
        yield program


def _git(action: ReadGit, situation: Situation) -> Json:
    folder = folder_of(action.cwd, situation)
    executable = _text(executable_of("git", folder, situation.search_path)) if folder else None
    asked = git_question(action.args, folder, situation).args if folder else action.args
    argv = list(git_argv(executable or "git", asked))
    return {"cwd": _text(folder), "argv": [*argv], "sandbox": situation.sandbox_level}


def _without(exact: Json, *names: str) -> Json:
    return {name: value for name, value in exact.items() if name not in names}


def _anywhere(exact: Json) -> Json:
    return exact | {"workspace_id": "*"}


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path)
