"""Why a file is not in the index, or only a part of it."""

from __future__ import annotations

from enum import Enum

from pylot.workspace.exclusion import Exclusion
from pylot.workspace.survey import Unread


class Skip(Enum):
    """Why a file that may be read is not indexed, or only its symbols are."""

    NOT_TEXT = "not_text"
    MINIFIED = "minified"
    GENERATED = "generated"
    BAD_NAME = "bad_name"
    FAILED = "failed"
    CRASHED = "crashed"
    TOO_MANY = "too_many_files"

    @property
    def sentence(self) -> str:
        """The reason as one sentence for the user."""
        return _SENTENCES[self]


_SENTENCES = {
    Skip.NOT_TEXT: "The file is not text in UTF-8 or UTF-16.",
    Skip.MINIFIED: "The file is minified, or data in long lines.",
    Skip.GENERATED: "The file says that a program made it; its names are known, its text is not searched.",
    Skip.BAD_NAME: "The file's name is not UTF-8.",
    Skip.FAILED: "Reading the file failed; the log of the index worker says where.",
    Skip.CRASHED: "The index worker ended three times while it read the file.",
    Skip.TOO_MANY: "The workspace has more files than index.max_files.",
}

Reason = Exclusion | Unread | Skip
_ALL: dict[str, Reason] = {reason.value: reason for kind in (Exclusion, Unread, Skip) for reason in kind}


def sentence_of(reason: str) -> str:
    """Return the sentence for a reason that the catalogue holds."""
    found = _ALL.get(reason)
    return found.sentence if found else reason
