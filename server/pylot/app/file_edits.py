"""Edits of files, as a session hands them to a transport."""

from __future__ import annotations

from dataclasses import dataclass

from pylot.actions.edits import TextEdit
from pylot.actions.offer import Finding
from pylot.text.document_text import DocumentText
from pylot.text.store import Snapshot


@dataclass(frozen=True, slots=True)
class FileEdits:
    """The edits of one file, for the text that it has in `content`.

    `snapshot` is None for one that is not open; one that `is_new` has to be made first, and is empty then.
    """

    uri: str
    content: DocumentText
    edits: tuple[TextEdit, ...]
    snapshot: Snapshot | None = None
    is_new: bool = False


@dataclass(frozen=True, slots=True)
class CodeChange:
    """What one code action changes, all of it or nothing.

    `label` says what it does. A change that `needs_review` is shown before it is made, where the editor can do that.
    An action that only reads changes no file: it has a `page` of Markdown to show, or the `problems` of the document.
    """

    label: str
    files: tuple[FileEdits, ...]
    needs_review: bool = False
    page: str = ""
    problems: tuple[Finding, ...] | None = None
