"""What there is to say about asking git."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from pylot.policy.actions import ReadGit
from pylot.policy.executables import is_of_the_system
from pylot.policy.file_checks import excluded, no_place
from pylot.policy.finding import ONCE, TASK, Finding, Stage, finding
from pylot.policy.git import odd_settings, understood_git
from pylot.policy.git_content import git_question
from pylot.policy.paths import NoPlace, Place, place_of
from pylot.policy.rule_checks import command_rule_findings
from pylot.policy.situation import Situation
from pylot.workspace.path_guard import read_regular

_LARGEST_CONFIG = 1 << 18
_LARGEST_HEAD = 4096
_HEAD = re.compile(rb"(?:ref: refs/[\x21-\x7e]+|[0-9a-f]{40}|[0-9a-f]{64})\n?")


def check_git(action: ReadGit, situation: Situation) -> Iterator[Finding]:
    """Git is asked without asking the user when the question is on the list and the repository is an ordinary one."""
    place = place_of(action.cwd, situation)
    if isinstance(place, NoPlace):
        yield no_place(action.cwd, place)
        return
    yield from command_rule_findings(situation.rules, [("git", *action.args)], lambda argv: False)
    unknown = understood_git(action.args)
    if unknown is not None:
        sentence = f"git {action.args[0]} is only known to be harmless with other arguments than {unknown.argument!r}."
        yield finding(Stage.BUILT_IN, "deny", "git_argument", sentence)
    else:
        yield from _content(action, place, situation)
    if not is_of_the_system("git", place.resolved, situation.search_path, situation.resolved_roots):
        yield finding(Stage.DEFAULT, "ask", "program", "git is no program of the system here.", risk="high")
    yield from _repository(place.resolved, situation)


def _content(action: ReadGit, folder: Place, situation: Situation) -> Iterator[Finding]:
    """Yield what speaks against showing what is kept back, where git cannot be told to leave it out."""
    question = git_question(action.args, folder.resolved, situation)
    yield from (excluded(place, situation) for place in question.kept_back)
    if question.unlimited is not None:
        sentence = f"With {question.unlimited} git may show what is kept back, such as secrets of earlier commits."
        if situation.remote_model:
            yield finding(Stage.BUILT_IN, "deny", "git_content", sentence, risk="high")
        else:
            yield finding(Stage.PROTECTED, "ask", "git_content", sentence, risk="high")


def _repository(folder: Path, situation: Situation) -> Iterator[Finding]:
    top = next((parent for parent in (folder, *folder.parents) if (parent / ".git").exists()), None)
    if top is None:
        yield finding(Stage.DEFAULT, "ask", "no_repository", f"{folder} is in no git repository.", scopes=ONCE)
    elif situation.resolved_roots.containing(top) is None:
        sentence = f"The repository begins at {top}, outside the workspace."
        yield finding(Stage.DEFAULT, "ask", "outside_workspace", sentence, scopes=TASK)
    elif not (top / ".git").is_dir() or (top / ".git").is_symlink() or (top / ".git" / "commondir").exists():
        sentence = f"The repository of {top} is kept in another place."
        yield finding(Stage.DEFAULT, "ask", "linked_repository", sentence, scopes=TASK)
    else:
        if not _is_repository(top / ".git") or any(map(_is_bare, _between(folder, top))):
            # Git would pass over the one, or stop at the other, and take settings that nobody has looked at.
            sentence = f"It is not plain which repository git would find from {folder}."
            yield finding(Stage.NOT_PLAIN, "ask", "odd_repository", sentence, risk="high")
        yield from _settings(top / ".git" / "config")


def _between(folder: Path, top: Path) -> Iterator[Path]:
    yield from (place for place in (folder, *folder.parents) if place.is_relative_to(top))


def _is_bare(folder: Path) -> bool:
    return (folder / "HEAD").exists() and (folder / "objects").exists()


def _is_repository(folder: Path) -> bool:
    """Tell whether git takes a folder for a repository (gitrepository-layout(5)); stricter than git in doubt."""
    head = folder / "HEAD"
    says = b"" if head.is_symlink() else read_regular(head, _LARGEST_HEAD) or b""
    return bool(_HEAD.fullmatch(says)) and all((folder / name).is_dir() for name in ("objects", "refs"))


def _settings(path: Path) -> Iterator[Finding]:
    data = read_regular(path, _LARGEST_CONFIG)
    if data is None or len(data) > _LARGEST_CONFIG:
        yield finding(Stage.NOT_PLAIN, "ask", "git_config", "The repository's configuration cannot be read.")
        return
    odd = odd_settings(data.decode("utf-8", "replace"))
    if odd:
        sentence = f"The repository's configuration sets {', '.join(odd[:3])}, which may make git run something."
        yield finding(Stage.NOT_PLAIN, "ask", "git_config", sentence, risk="high")
    else:
        yield finding(Stage.DEFAULT, "allow", "git_reader", "It only asks git.", risk="low")
