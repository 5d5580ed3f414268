"""Does a suggestion leave the file as parseable as it was?"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from pylot.syntax.continuations import continuations
from pylot.syntax.tree import SyntaxTree, parse_replaced


class ValidityReason(Enum):
    """What the comparison found."""

    NOT_PARSED = "not_parsed"
    NO_WORSE = "no_worse"
    UNFINISHED = "unfinished"
    BREAKS_SYNTAX = "breaks_syntax"
    MORE_ERRORS = "more_errors"


@dataclass(frozen=True, slots=True)
class Validity:
    """How many places do not parse before and after, and what to make of it."""

    reason: ValidityReason
    errors_before: int = 0
    errors_after: int = 0

    @property
    def worsens(self) -> bool:
        """Whether the suggestion breaks what was not broken."""
        return self.reason in (ValidityReason.BREAKS_SYNTAX, ValidityReason.MORE_ERRORS)


def check_validity(language: str, text: str, start: int, end: int, insertion: str, tree: SyntaxTree | None) -> Validity:
    """Compare a text with the one in which `start:end` is replaced by `insertion`.

    Errors that were there before do not count.
    An insertion that stops in the middle, as a line that ends in an opening brace does, is judged with what it still
    needs behind it.
    `tree` is that of `text`; a text that has none is given the benefit of the doubt.
    """
    if tree is None:
        return Validity(ValidityReason.NOT_PARSED)
    after = parse_replaced(tree, start, end, insertion)
    if after is None:
        return Validity(ValidityReason.NOT_PARSED, tree.error_count)
    verdict = _compare(tree, after)
    if verdict.worsens:
        for rest in continuations(language, text[:start], insertion):
            whole = parse_replaced(tree, start, end, insertion + rest)
            if whole is not None and not _compare(tree, whole).worsens:
                return Validity(ValidityReason.UNFINISHED, tree.error_count, whole.error_count)
    return verdict


def _compare(before: SyntaxTree, after: SyntaxTree) -> Validity:
    counts = before.error_count, after.error_count
    if after.error_count <= before.error_count:
        return Validity(ValidityReason.NO_WORSE, *counts)
    reason = ValidityReason.MORE_ERRORS if before.error_count else ValidityReason.BREAKS_SYNTAX
    return Validity(reason, *counts)
