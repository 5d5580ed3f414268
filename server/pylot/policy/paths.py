"""Where a path leads, judged by its components, after all links are followed (T6)."""

from __future__ import annotations

import os
import re
import stat
import unicodedata
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from pylot.policy.protected import protected_part
from pylot.policy.situation import Situation
from pylot.workspace.exclusion import Exclusion, Purpose

LONGEST_PATH = 4096

_KERNEL = ("proc", "sys", "dev")
_DEVICE = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(?:\..*)?", re.IGNORECASE)
_UNFIT = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


class Kind(Enum):
    """What is at the end of a path now."""

    FILE = "file"
    FOLDER = "folder"
    NOTHING = "nothing"
    SPECIAL = "special"


@dataclass(frozen=True, slots=True)
class Place:
    """A path and all that a decision needs to know about it.

    `resolved` has no links; `root` is the workspace folder it lies in, None outside all of them.
    `protected` is the part that protects it, `odd` says what is unusual about its spelling.
    """

    named: str
    resolved: Path
    root: Path | None
    kind: Kind
    protected: str | None = None
    exclusion: Exclusion | None = None
    odd: str | None = None
    links: int = 1
    is_own: bool = False

    @property
    def inside(self) -> bool:
        """Whether it lies in the workspace."""
        return self.root is not None

    @property
    def shown(self) -> str:
        """The path as the user knows it."""
        if self.root is None or self.resolved == self.root:
            return str(self.resolved)
        return self.resolved.relative_to(self.root).as_posix()


@dataclass(frozen=True, slots=True)
class NoPlace:
    """Say why a path can mean nothing here, as the end of a sentence about it."""

    why: str


def place_of(path: str, situation: Situation, folder: Path | None = None) -> Place | NoPlace:
    """Return where a path leads from `folder`, by default the first workspace folder; only links and stat are read."""
    if (why := _unfit(path)) is not None:
        return NoPlace(why)
    base = folder or (situation.roots[0] if situation.roots else None)
    if base is None and not Path(path).is_absolute():
        return NoPlace("is relative, and there is no workspace folder")
    named = Path(path) if base is None else base / path
    try:
        resolved = Path(os.path.realpath(named))
        kind, links = _kind(resolved)
    except (OSError, ValueError, RuntimeError):
        return NoPlace("cannot be followed to its end")
    return _judged(path, named, resolved, kind, links, situation)


def is_within(path: Path, folders: tuple[Path, ...]) -> bool:
    """Tell whether a resolved path is one of some folders or lies in one, whatever its case."""
    parts = _folded(path)
    return any(parts[: len(own)] == own for own in (_folded(Path(os.path.realpath(folder))) for folder in folders))


def _judged(path: str, named: Path, resolved: Path, kind: Kind, links: int, situation: Situation) -> Place:
    root = situation.resolved_roots.containing(resolved)
    lexical = Path(os.path.normpath(named))
    if _is_kernel(lexical) or _is_kernel(resolved):
        # What /proc shows through its links is another file for every process that looks.
        root = None
    exclusion = situation.exclusions().decide(str(named), None, purpose=Purpose.DISK)
    return Place(
        named=path,
        resolved=resolved,
        root=root,
        kind=kind,
        protected=_protected(resolved, root) or _protected(lexical, _lexical_root(lexical, situation)),
        exclusion=None if exclusion is Exclusion.OUTSIDE_WORKSPACE else exclusion,
        odd=_oddity(path),
        links=links,
        is_own=is_within(resolved, situation.own_folders),
    )


def _unfit(path: str) -> str | None:
    if not path or not path.strip():
        return "is empty"
    if len(path) > LONGEST_PATH:
        return "is too long"
    if any(unicodedata.category(character) in _UNFIT for character in path):
        return "holds characters that cannot be seen"
    if path.startswith("~"):
        return "begins with ~, which is not expanded here; give it in full"
    if re.match(r"[a-z][a-z0-9+.\-]+://", path, re.IGNORECASE):
        return "is an address and not a path"
    return None


def _oddity(path: str) -> str | None:
    for part in Path(path).parts:
        if part in (".", "..", "/") or part == Path(path).anchor:
            continue
        if ":" in part:
            return "a colon, which names a hidden stream of a file on Windows"
        if part != part.rstrip(". "):
            return "a dot or a space at the end of a name, which Windows passes over"
        if _DEVICE.fullmatch(part):
            return "the name of a device on Windows"
        if "\\" in part:
            return "a backslash"
        if unicodedata.normalize("NFKC", part) != unicodedata.normalize("NFC", part):
            return "letters that look like others"
    return None


def _kind(resolved: Path) -> tuple[Kind, int]:
    try:
        found = resolved.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return Kind.NOTHING, 1
    if stat.S_ISREG(found.st_mode):
        return Kind.FILE, found.st_nlink
    return (Kind.FOLDER, 1) if stat.S_ISDIR(found.st_mode) else (Kind.SPECIAL, 1)


def _is_kernel(path: Path) -> bool:
    return len(path.parts) > 1 and path.parts[1] in _KERNEL


def _protected(path: Path, root: Path | None) -> str | None:
    parts = path.relative_to(root).parts if root else path.parts[1:]
    return protected_part(parts)


def _lexical_root(lexical: Path, situation: Situation) -> Path | None:
    return next((root for root in situation.roots if lexical.is_relative_to(root)), None) or (
        situation.resolved_roots.containing(lexical)
    )


def _folded(path: Path) -> tuple[str, ...]:
    return tuple(unicodedata.normalize("NFC", part).casefold() for part in path.parts)
