"""What every edit of a model has to pass before anybody is asked about it (T11)."""

from __future__ import annotations

import ast
import hashlib
import warnings
from collections.abc import Iterable

from pylot.actions.edits import TextEdit, applied
from pylot.kernel.errors import ActionRefusedError
from pylot.kernel.overlap import common_prefix_length, common_suffix_length
from pylot.syntax.bindings import parse_whole


def text_digest(text: str) -> str:
    """Return what names this very text: the SHA-256 of its UTF-8 bytes, in hexadecimal digits."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def refuse_stale(text: str, digest: str) -> None:
    """Refuse to edit a text that is not the one an edit was made for.

    Raises:
        ActionRefusedError: it has changed.
    """
    if text_digest(text) != digest:
        raise ActionRefusedError("The text has changed since the edit was made for it; ask again.")


def refuse_outside(edits: Iterable[TextEdit], start: int, end: int) -> None:
    """Refuse edits that reach beyond the offsets that were offered.

    Raises:
        ActionRefusedError: one does.
    """
    if any(edit.start < start or edit.end > end or edit.start > edit.end for edit in edits):
        raise ActionRefusedError("The edit reaches beyond the place it was made for, so nothing is changed.")


def refuse_new_errors(before: str, after: str, language: str) -> None:
    """Refuse a text that parses worse than it did; what cannot be parsed is given the benefit of the doubt.

    Raises:
        ActionRefusedError: it has more places that do not parse, or another one than before.
    """
    old, new = parse_whole(before, language), parse_whole(after, language)
    if old is not None and new is not None and new.error_count > old.error_count:
        line = after.count("\n", 0, new.problems[0].start) + 1
        where = "" if old.error_count else f" at line {line}"
        raise ActionRefusedError(f"The edited text would not parse{where}, so nothing is changed.")
    # The grammar lets pass what Python itself does not, such as a function without a body.
    if language == "python" and (line := _python_error(after)) and not _python_error(before):
        raise ActionRefusedError(f"The edited text would not parse at line {line}, so nothing is changed.")


def checked(
    text: str, edits: Iterable[TextEdit], language: str, *, within: tuple[int, int] | None = None, digest: str = ""
) -> str:
    """Return the whole new text that edits make, once they have passed everything.

    `within` are the offsets that they may not reach beyond, `digest` names the text that they were made for.

    Raises:
        ActionRefusedError: they are made for another text, reach too far, or break the syntax.
    """
    edits = list(edits)
    if digest:
        refuse_stale(text, digest)
    refuse_outside(edits, *(within or (0, len(text))))
    after = applied(text, edits)
    refuse_new_errors(text, after, language)
    return after


def _python_error(text: str) -> int:
    """Return the line on which a text is no Python, 0 where it is or where that cannot be told."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(text)
    except SyntaxError as error:
        return error.lineno or 1
    except (ValueError, RecursionError, MemoryError):
        return 0
    return 0


def narrowed(before: str, after: str) -> TextEdit | None:
    """Return the one edit that makes a text out of another, without the whole lines that both share at their ends.

    None where the texts are the same.
    """
    if before == after:
        return None
    start = before.rfind("\n", 0, common_prefix_length(before, after)) + 1
    shared = common_suffix_length(before, after, min(len(before), len(after)) - start)
    # A shared end has to begin with a line or with the break before one, in both texts.
    if not all(text[: len(text) - shared].endswith("\n") for text in (before, after)):
        line_break = before.find("\n", len(before) - shared)
        if line_break > len(before) - shared and before[line_break - 1] == "\r":
            line_break -= 1
        shared = len(before) - line_break if line_break >= 0 else 0
    return TextEdit(start, len(before) - shared, after[start : len(after) - shared])
