"""What `.gitignore`, `.git/info/exclude` and `.pylotignore` say about a file."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from enum import Enum
from pathlib import Path

from pathspec import GitIgnoreSpec
from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

from pylot.workspace.path_guard import read_regular

_LARGEST_IGNORE_FILE = 1 << 20
_MOST_SPECS = 512

Signature = tuple[int, int] | None
Signatures = tuple[tuple[Path, Signature], ...]


class IgnoredBy(Enum):
    """Whose rule matched."""

    GIT = ".gitignore"
    PYLOT = ".pylotignore"


class IgnoreRules:
    """Answer from the ignore files between a file and the top of its repository.

    Parsed files are kept until they change, at most 512 of them.
    """

    def __init__(self) -> None:
        self._specs: OrderedDict[Path, tuple[Signature, GitIgnoreSpec]] = OrderedDict()

    def ignored_by(self, path: Path, top: Path, *, is_folder: bool = False) -> IgnoredBy | None:
        """Tell whether an absolute path below the folder `top` is ignored, and by whom."""
        parts = path.relative_to(top).parts
        if ".git" in parts or self._excludes(top, parts, is_folder, ".gitignore", (_info_exclude(top),)):
            return IgnoredBy.GIT
        if self._excludes(top, parts, is_folder, ".pylotignore", ()):
            return IgnoredBy.PYLOT
        return None

    def in_folder(self, folder: Path, top: Path) -> FolderRules:
        """Return the rules for the entries of a folder that is not ignored itself, all its ignore files read."""
        parts = folder.relative_to(top).parts
        return FolderRules(self._prefixed(top, parts, ".gitignore"), self._prefixed(top, parts, ".pylotignore"))

    def _prefixed(self, top: Path, parts: tuple[str, ...], file_name: str) -> list[tuple[str, GitIgnoreSpec]]:
        found = []
        if file_name == ".gitignore" and (spec := self._spec(_info_exclude(top))):
            found.append(("".join(f"{part}/" for part in parts), spec))
        for depth in range(len(parts) + 1):
            if spec := self._spec(top.joinpath(*parts[:depth]) / file_name):
                found.append(("".join(f"{part}/" for part in parts[depth:]), spec))
        return found[::-1]

    def signatures(self, path: Path, top: Path) -> Signatures:
        """Return what changes when a rule that could concern `path` changes."""
        return tuple((file, _signature(file)) for file in _rule_files(path, top))

    def _excludes(
        self, top: Path, parts: tuple[str, ...], last_is_folder: bool, file_name: str, lowest: tuple[Path, ...]
    ) -> bool:
        specs: list[tuple[int, GitIgnoreSpec]] = [(0, spec) for file in lowest if (spec := self._spec(file))]
        folder = top
        for depth, part in enumerate(parts):
            if spec := self._spec(folder / file_name):
                specs.append((depth, spec))
            is_folder = last_is_folder or depth < len(parts) - 1
            # A file below an ignored folder cannot be included again (gitignore, "PATTERN FORMAT").
            if _last_word(specs, parts[: depth + 1], is_folder):
                return True
            folder /= part
        return False

    def _spec(self, file: Path) -> GitIgnoreSpec | None:
        signature = _signature(file)
        if signature is None:
            self._specs.pop(file, None)
            return None
        known = self._specs.get(file)
        if known is None or known[0] != signature:
            known = (signature, _parse(file))
            self._specs[file] = known
            while len(self._specs) > _MOST_SPECS:
                self._specs.popitem(last=False)
        self._specs.move_to_end(file)
        return known[1]


class FolderRules:
    """What the ignore files say about the entries of one folder, as long as none of them changes."""

    def __init__(self, git: list[tuple[str, GitIgnoreSpec]], pylot: list[tuple[str, GitIgnoreSpec]]) -> None:
        self._by = ((IgnoredBy.GIT, git), (IgnoredBy.PYLOT, pylot))

    def ignored_by(self, name: str, *, is_folder: bool = False) -> IgnoredBy | None:
        """Tell whether an entry is ignored, and by whom."""
        if name == ".git":
            return IgnoredBy.GIT
        end = "/" if is_folder else ""
        for who, specs in self._by:
            # The nearest file that says anything has the last word.
            verdicts = (spec.check_file(f"{prefix}{name}{end}").include for prefix, spec in specs)
            if next((verdict for verdict in verdicts if verdict is not None), False):
                return who
        return None


def repository_top(path: Path) -> Path | None:
    """Return the nearest folder above a file that holds `.git`."""
    return next((folder for folder in path.parents if is_repository(folder)), None)


def is_repository(folder: Path) -> bool:
    """Whether a folder holds `.git`; where the system refuses an answer (no permission), it does not."""
    try:
        return (folder / ".git").exists()
    except (OSError, ValueError):
        return False


def _last_word(specs: list[tuple[int, GitIgnoreSpec]], parts: tuple[str, ...], is_folder: bool) -> bool:
    for depth, spec in reversed(specs):
        name = "/".join(parts[depth:]) + ("/" if is_folder else "")
        verdict = spec.check_file(name).include
        if verdict is not None:
            return verdict
    return False


def _rule_files(path: Path, top: Path) -> Iterator[Path]:
    yield _info_exclude(top)
    folder = top
    for part in path.relative_to(top).parts:
        yield folder / ".gitignore"
        yield folder / ".pylotignore"
        folder /= part


def _info_exclude(top: Path) -> Path:
    return top / ".git" / "info" / "exclude"


def _signature(file: Path) -> Signature:
    try:
        status = file.stat()
    except (OSError, ValueError):
        return None
    return status.st_mtime_ns, status.st_size


def _parse(file: Path) -> GitIgnoreSpec:
    data = read_regular(file, _LARGEST_IGNORE_FILE) or b""
    return compile_patterns(data[:_LARGEST_IGNORE_FILE].decode("utf-8", "replace").split("\n"))


def compile_patterns(lines: list[str]) -> GitIgnoreSpec:
    """Compile patterns in the syntax of `.gitignore`, leaving out those that are none."""
    patterns: list[GitIgnoreSpecPattern] = []
    for line in lines:
        try:
            patterns += GitIgnoreSpec.from_lines([line.rstrip("\r")]).patterns
        except ValueError:
            continue
    return GitIgnoreSpec(patterns)
