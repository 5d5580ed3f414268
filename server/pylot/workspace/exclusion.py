"""The one gate: may Pylot look at this file (design section 8)?"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TypeVar

from pathspec import GitIgnoreSpec

from pylot.kernel.clock import Clock, SystemClock
from pylot.workspace.git_pathspecs import kept_back_pathspecs, secret_pathspecs
from pylot.workspace.ignore import (
    FolderRules,
    IgnoredBy,
    IgnoreRules,
    Signatures,
    compile_patterns,
    is_repository,
    repository_top,
)
from pylot.workspace.path_guard import is_inside
from pylot.workspace.roots import Roots
from pylot.workspace.secret_content import is_key_file, secret_spans
from pylot.workspace.secret_files import is_secret_file
from pylot.workspace.secret_memory import SecretMemory
from pylot.workspace.settings import WorkspaceSettings

_MOST_DECISIONS = 4096
_RECHECK_SECONDS = 1.0

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


class Purpose(Enum):
    """What the text is wanted for; each purpose is at least as strict as the one before."""

    CURRENT = "the document that the user types in"
    CONTEXT = "an open document beside it"
    DISK = "a file read from disk"


class Exclusion(Enum):
    """Why a file is not looked at."""

    GITIGNORED = "gitignored"
    PYLOTIGNORED = "pylotignored"
    SECRET_FILE = "secret_file"
    SECRET_CONTENT = "secret_content"
    BINARY = "binary"
    TOO_LARGE = "too_large"
    EXCLUDED_BY_SETTING = "excluded_by_setting"
    OUTSIDE_WORKSPACE = "outside_workspace"

    @property
    def sentence(self) -> str:
        """The reason as one sentence for the user."""
        return _SENTENCES[self]


_SENTENCES = {
    Exclusion.GITIGNORED: "The file is ignored by git.",
    Exclusion.PYLOTIGNORED: "The file is named in .pylotignore.",
    Exclusion.SECRET_FILE: "The file's name says that it holds secrets.",
    Exclusion.SECRET_CONTENT: "The file holds what looks like a secret.",
    Exclusion.BINARY: "The file is not text.",
    Exclusion.TOO_LARGE: "The file is larger than workspace.max_file_bytes.",
    Exclusion.EXCLUDED_BY_SETTING: "The file is excluded by workspace.exclude.",
    Exclusion.OUTSIDE_WORKSPACE: "The file lies outside the workspace.",
}


@dataclass(slots=True)
class _PathDecision:
    exclusion: Exclusion | None
    checked: float
    resolved: Path | None = None
    top: Path | None = None
    signatures: Signatures = ()

    def unchanged(self, rules: IgnoreRules) -> bool:
        if self.resolved is None or self.top is None:
            return False
        return rules.signatures(self.resolved, self.top) == self.signatures


class ExclusionGate:
    """Decide about files and texts; every source of text asks here first.

    Decisions about a path are kept while the ignore files stay as they are, which is looked up once a second at most.
    """

    def __init__(self, roots: Roots, settings: WorkspaceSettings, clock: Clock | None = None) -> None:
        self._roots = roots
        self._settings = settings
        self._clock = clock or SystemClock()
        self._rules = IgnoreRules()
        self._excluded = compile_patterns(list(settings.exclude))
        self._paths: OrderedDict[str, _PathDecision] = OrderedDict()
        self._texts: OrderedDict[Hashable, Exclusion | None] = OrderedDict()
        self._secrets = SecretMemory()

    def decide(
        self,
        path: str | None,
        text: str | None,
        *,
        purpose: Purpose = Purpose.CURRENT,
        version: Hashable = None,
    ) -> Exclusion | None:
        """Return why a file may not be looked at, or None if it may.

        Either argument may be None where there is none (an untitled document, a file not read yet).
        `version` names the text's content (such as a document's URI and version); a repeated one costs nothing.
        Secrets in a document that the user types in do not exclude it: `masked` hides them from the prompt.
        """
        if path:
            exclusion = self._decide_path(path)
            if exclusion is not None:
                return exclusion
            if purpose is Purpose.DISK and not is_inside(Path(path), self._roots):
                return Exclusion.OUTSIDE_WORKSPACE
        return None if text is None else self._decide_text(text, purpose, version)

    def masked(self, text: str) -> str:
        """Return the text of a document with what looks like a secret hidden, letter for letter."""
        return self._secrets.masked(text)

    def excludes_folder(self, folder: Path) -> bool:
        """Tell whether nothing below an absolute folder may be read from disk, so that it need not be entered."""
        if folder.name == ".git":
            return True
        top = repository_top(folder / "file") or self._roots.containing(folder) or folder.parent
        if folder == top:
            return False
        if self._rules.ignored_by(folder, top, is_folder=True) is not None:
            return True
        base = self._roots.containing(folder) or top
        return base != folder and self._excluded.match_file(f"{folder.relative_to(base).as_posix()}/")

    def pathspecs(self, top: Path, folder: Path) -> tuple[str, ...]:
        """Return what makes git leave out what is kept back by its name, asked in a folder of the repository `top`.

        Of the files `.pylotignore` those count that lie from `top` to `folder` and in the workspace folders.
        """
        above = [place for place in (folder, *folder.parents) if place.is_relative_to(top)]
        roots = [root for root in self._roots.folders if root.is_relative_to(top)]
        root = self._roots.containing(folder)
        kept_back = kept_back_pathspecs(top, dict.fromkeys([*above, *roots]), self._settings.exclude, root)
        return (*secret_pathspecs(), *kept_back)

    def in_folder(self, folder: Path) -> FolderGate:
        """Return the decisions about the entries of a resolved folder that may be entered.

        They are those of `decide` and `excludes_folder` at a tenth of the price, as long as no ignore file changes.
        """
        top = self._top(folder / "file")
        base = self._roots.containing(folder) or top
        prefix = "" if folder == base else f"{folder.relative_to(base).as_posix()}/"
        return FolderGate(folder, self._rules.in_folder(folder, top), self._excluded, prefix)

    def _decide_path(self, path: str) -> Exclusion | None:
        known = self._paths.get(path)
        now = self._clock.monotonic()
        if known is not None:
            if 0 <= now - known.checked < _RECHECK_SECONDS:
                return known.exclusion
            if known.unchanged(self._rules):
                known.checked = now
                return known.exclusion
        decision = self._judge_path(Path(path), now)
        _remember(self._paths, path, decision)
        return decision.exclusion

    def _judge_path(self, path: Path, now: float) -> _PathDecision:
        resolved = _resolve(path)
        if is_secret_file(path) or is_secret_file(resolved):
            return _PathDecision(Exclusion.SECRET_FILE, now)
        if not resolved.is_absolute():
            return _PathDecision(None, now)
        top = self._top(resolved)
        signatures = self._rules.signatures(resolved, top)
        ignored = self._rules.ignored_by(resolved, top)
        exclusion = None
        if ignored is not None:
            exclusion = Exclusion.GITIGNORED if ignored is IgnoredBy.GIT else Exclusion.PYLOTIGNORED
        elif self._excluded.match_file(resolved.relative_to(self._roots.containing(resolved) or top).as_posix()):
            exclusion = Exclusion.EXCLUDED_BY_SETTING
        return _PathDecision(exclusion, now, resolved, top, signatures)

    def _top(self, path: Path) -> Path:
        return repository_top(path) or self._roots.containing(path) or path.parent

    def _decide_text(self, text: str, purpose: Purpose, version: Hashable) -> Exclusion | None:
        # What is too long or no text is so for every purpose.
        exclusion = self._remembered((version, None), lambda: self._judge_form(text))
        return exclusion or self._remembered((version, purpose), lambda: self._judge_content(text, purpose))

    def _remembered(
        self, key: tuple[Hashable, Purpose | None], judge: Callable[[], Exclusion | None]
    ) -> Exclusion | None:
        if key[0] is None:
            return judge()
        if key not in self._texts:
            _remember(self._texts, key, judge())
        return self._texts[key]

    def _judge_form(self, text: str) -> Exclusion | None:
        if _is_larger(text, self._settings.max_file_bytes):
            return Exclusion.TOO_LARGE
        return Exclusion.BINARY if "\0" in text else None

    def _judge_content(self, text: str, purpose: Purpose) -> Exclusion | None:
        match purpose:
            case Purpose.CURRENT:
                has_secret = is_key_file(text)
            case Purpose.CONTEXT:
                has_secret = bool(self._secrets.spans(text))
            case Purpose.DISK:
                # Nobody types in it, so the next one has nothing to learn from it.
                has_secret = bool(secret_spans(text))
        return Exclusion.SECRET_CONTENT if has_secret else None


class FolderGate:
    """Decide about the entries of one folder by their names; no entry is followed if it is a link."""

    def __init__(self, folder: Path, rules: FolderRules, excluded: GitIgnoreSpec, prefix: str) -> None:
        self._folder = folder
        self._rules = rules
        self._excluded = excluded
        self._prefix = prefix

    def file(self, name: str) -> Exclusion | None:
        """Return why a file may not be read, or None if it may, as far as its name tells."""
        if is_secret_file(self._folder / name):
            return Exclusion.SECRET_FILE
        return self._excluded_by_rules(name)

    def is_ignored_by_git(self, name: str, *, is_folder: bool = False) -> bool:
        """Tell whether git passes over an entry, whatever else excludes it."""
        return self._rules.ignored_by(name, is_folder=is_folder) is IgnoredBy.GIT

    def subfolder(self, name: str) -> Exclusion | None:
        """Return why nothing below a folder may be read, or None if it may be entered."""
        if name != ".git" and is_repository(self._folder / name):
            # A repository of its own has rules of its own.
            return None
        return self._excluded_by_rules(name, is_folder=True)

    def _excluded_by_rules(self, name: str, *, is_folder: bool = False) -> Exclusion | None:
        ignored = self._rules.ignored_by(name, is_folder=is_folder)
        if ignored is not None:
            return Exclusion.GITIGNORED if ignored is IgnoredBy.GIT else Exclusion.PYLOTIGNORED
        end = "/" if is_folder else ""
        return Exclusion.EXCLUDED_BY_SETTING if self._excluded.match_file(f"{self._prefix}{name}{end}") else None


def _resolve(path: Path) -> Path:
    try:
        return path.resolve() if path.is_absolute() else path
    except (OSError, RuntimeError, ValueError):
        return path


def _is_larger(text: str, limit: int) -> bool:
    if len(text) > limit:
        return True
    return len(text) * 4 > limit and not text.isascii() and len(text.encode("utf-8", "surrogatepass")) > limit


def _remember(cache: OrderedDict[_Key, _Value], key: _Key, value: _Value) -> None:
    cache[key] = value
    cache.move_to_end(key)
    while len(cache) > _MOST_DECISIONS:
        cache.popitem(last=False)
