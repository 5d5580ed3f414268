"""What a question to git shows of files, and how git is kept from showing what the exclusion gate keeps back (D6).

Git leaves out by itself what pathspecs exclude, in whatever commit, patch or search. That does not hold for objects
that are named by their hash, so hashes are taken for commits alone, and for what a question names by its path, which is
judged like a file that is read.
"""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pylot.kernel.word_list import words
from pylot.policy.arguments import Parts
from pylot.policy.git import parts_of_question
from pylot.policy.paths import Kind, NoPlace, Place, place_of
from pylot.policy.situation import Situation
from pylot.workspace.exclusion import Exclusion

_SHOWS_FILES = frozenset({"diff", "log", "show", "grep", "blame"})
# Flags with which a difference is only named or counted. All that is not here may show what is in a file, or tell by
# what is found: `-S` and `-G` as much as `-p`.
_COUNTED = frozenset(
    words("s stat numstat shortstat name-only name-status summary no-patch raw compact-summary dirstat cumulative")
)
_NO_MATTER = frozenset(
    words("""
    minimal patience histogram cached staged merge-base full-index no-renames ignore-all-space ignore-space-change
    ignore-blank-lines ignore-space-at-eol no-color no-ext-diff no-textconv exit-code quiet no-prefix ignore-cr-at-eol
    no-indent-heuristic indent-heuristic diff-filter diff-algorithm color find-renames find-copies a b w z R t i E F P g
    q n oneline graph all branches tags remotes decorate no-decorate merges no-merges first-parent reverse follow
    no-abbrev-commit abbrev-commit date-order topo-order author-date-order full-history left-right cherry-pick
    cherry-mark no-walk source parents children relative-date ancestry-path boundary walk-reflogs no-notes perl-regexp
    extended-regexp fixed-strings regexp-ignore-case invert-grep all-match no-mailmap use-mailmap max-count skip since
    after until before author committer grep date encoding glob abbrev format pretty
    """)
)
# A hash, whole or shortened, also behind a name as `git describe` gives it, with what is said of its ancestors.
_HASH = re.compile(r"(\^?(?:.*-g)?[0-9a-fA-F]{4,64})([~^].*)?")
_MAGIC = (":(", ":!", ":^", ":/")
_EXCLUDES = (":(exclude", ":!", ":^")
_RANGE = re.compile(r"(\.\.\.?)")
_PATTERN = re.compile(r"[*?\[\\]")


@dataclass(frozen=True, slots=True)
class GitQuestion:
    """A question as git is asked it.

    `args` name no object but commits by a hash, and leave out what is kept back, unless `kept_back` names some of it;
    `unlimited` is the argument with which git cannot leave anything out.
    """

    args: tuple[str, ...]
    kept_back: tuple[Place, ...] = ()
    unlimited: str | None = None


def git_question(args: Sequence[str], folder: Path, situation: Situation) -> GitQuestion:
    """Return how a question in a resolved folder is put to git; its arguments may be ones that are not understood."""
    parts = parts_of_question(args)
    if parts is None or args[0] not in _SHOWS_FILES:
        return GitQuestion(tuple(args))
    return _Asked(args, parts, folder, situation).question()


class _Asked:
    """One question, taken apart."""

    def __init__(self, args: Sequence[str], parts: Parts, folder: Path, situation: Situation) -> None:
        self._command, *self._rest = args
        self._folder = folder
        self._situation = situation
        self._flags = parts.flags
        self._operands, self._behind = parts.operands, parts.behind
        # The first is what is searched for.
        self._has_pattern = self._command == "grep" and "e" not in parts.flags
        if self._has_pattern and self._operands:
            self._operands, self._has_pattern = self._operands[1:], False
        self._top = next((place for place in (folder, *folder.parents) if (place / ".git").exists()), folder)

    def question(self) -> GitQuestion:
        args = (self._command, *self._by_commits())
        kept_back = tuple(self._kept_back())
        if not self._shows_content():
            return GitQuestion(args, kept_back if self._command == "show" else ())
        unlimited = self._unlimited()
        if kept_back or unlimited or self._command == "blame" or self._names_all():
            return GitQuestion(args, kept_back, unlimited)
        separator = () if self._operands or self._behind is not None else ("--",)
        return GitQuestion((*args, *separator, *self._situation.exclusions().pathspecs(self._top, self._folder)))

    def _shows_content(self) -> bool:
        if self._command in ("grep", "blame"):
            return True
        if not self._flags <= _COUNTED | _NO_MATTER:
            return True
        return self._command != "log" and self._flags.isdisjoint(_COUNTED)

    def _unlimited(self) -> str | None:
        """Return the argument that git takes no excluding pathspecs with, or that makes them miss."""
        if self._command in ("log", "show") and not self._flags.isdisjoint({"follow", "L"}):
            return "--follow" if "follow" in self._flags else "-L"
        if self._has_pattern:
            return "--"
        # The pathspecs count from the top of the repository, and not from a folder of a commit.
        in_trees = (word for word in self._words(self._operands) if ":" in word and not word.startswith(_MAGIC))
        return next(in_trees, None) if self._command in ("diff", "grep") else None

    def _by_commits(self) -> Iterator[str]:
        for index, word in enumerate(self._rest):
            yield _by_commit(word) if index in self._operands and self._command != "blame" else word

    def _kept_back(self) -> Iterator[Place]:
        """Yield the files and folders that the question names and that are kept back."""
        for name in dict.fromkeys(self._named()):
            places = (place_of(inner, self._situation, self._folder) for inner in (name, f"{name}/x"))
            found = (place for place in places if not isinstance(place, NoPlace) and _is_kept_back(place))
            yield from itertools.islice(found, 1)

    def _named(self) -> Iterator[str]:
        behind = [word for word in self._words(self._behind or ()) if not word.startswith(_EXCLUDES)]
        for word in (*self._words(self._operands), *behind):
            yield word
            for piece in {word, *_RANGE.split(word)}:
                places = (index + 1 for index, letter in enumerate(piece) if letter == ":")
                yield from (self._in_commit(piece[place:]) for place in places if piece[place:])

    def _in_commit(self, path: str) -> str:
        """Return the path that stands behind the colon of a revision as one on disk."""
        return os.path.normpath((self._folder if path.startswith(("./", "../")) else self._top) / path)

    def _names_all(self) -> bool:
        """Tell whether the question names each file that it is about, so that there is nothing to leave out."""
        paths = list(self._words(self._behind or ()))
        return bool(paths) and all(map(self._is_file, paths))

    def _is_file(self, path: str) -> bool:
        place = place_of(path, self._situation, self._folder)
        is_plain = not path.startswith(":") and not _PATTERN.search(path)
        return is_plain and not isinstance(place, NoPlace) and place.kind is Kind.FILE

    def _words(self, places: Sequence[int]) -> Iterator[str]:
        return (self._rest[place] for place in places)


def _is_kept_back(place: Place) -> bool:
    # What git ignores and holds all the same is no secret by that.
    return place.exclusion not in (None, Exclusion.GITIGNORED)


def _by_commit(word: str) -> str:
    """Return a revision, or two of them, in which a hash can only be that of a commit."""
    parts = _RANGE.split(word, maxsplit=1)
    for index in range(0, len(parts), 2):
        revision, colon, path = parts[index].partition(":")
        if found := _HASH.fullmatch(revision):
            parts[index] = f"{found[1]}^{{commit}}{found[2] or ''}{colon}{path}"
    return "".join(parts)
