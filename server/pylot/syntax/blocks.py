"""How far a suggestion should reach: one line, or the block that begins here."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from pylot.syntax.block_end import block_end
from pylot.syntax.headers import block_header, closes_soon
from pylot.syntax.lexicon import COMMENT, STRING
from pylot.syntax.scanner import indent_of, opening_at_end
from pylot.syntax.tree import SyntaxTree

__all__ = ["MultilineDecision", "MultilineReason", "block_end", "wants_multiline"]

_INERT_REST = re.compile(r"[\s)\]}>;,'\"`]*\Z|\s*(?:end|fi|done|esac)\b[\s)\]};,]*\Z")


class MultilineReason(Enum):
    """Why a suggestion may have several lines, or only one."""

    EMPTY_BLOCK = "empty_block"
    AFTER_COMMENT = "after_comment"
    AFTER_DOCSTRING = "after_docstring"
    TEXT_AFTER_CURSOR = "text_after_cursor"
    IN_COMMENT = "in_comment"
    IN_STRING = "in_string"
    INSIDE_LINE = "inside_line"
    CODE_BELOW = "code_below"
    NO_BLOCK = "no_block"


_MULTILINE = frozenset({MultilineReason.EMPTY_BLOCK, MultilineReason.AFTER_COMMENT, MultilineReason.AFTER_DOCSTRING})


@dataclass(frozen=True, slots=True)
class MultilineDecision:
    """Whether a suggestion may have several lines, and why."""

    reason: MultilineReason

    @property
    def multiline(self) -> bool:
        """Whether several lines are wanted."""
        return self.reason in _MULTILINE


def wants_multiline(language: str, text: str, offset: int, tree: SyntaxTree | None = None) -> MultilineDecision:
    """Decide whether a suggestion at a place should be one line or a block.

    `tree` is the tree of `text` where there is one; without it, and where the text does not parse, indentation and the
    last word of the line above decide.
    """
    return MultilineDecision(_reason(language, text, offset, tree))


def _reason(language: str, text: str, offset: int, tree: SyntaxTree | None) -> MultilineReason:
    before, after = text[:offset], text[offset:]
    if not _INERT_REST.match(after.partition("\n")[0]):
        return MultilineReason.TEXT_AFTER_CURSOR
    inside = opening_at_end(language, before).inside
    if inside:
        return MultilineReason.IN_COMMENT if inside == COMMENT else MultilineReason.IN_STRING
    line = before[before.rfind("\n") + 1 :]
    above = before.rstrip()
    header = block_header(language, above, tree)
    if header is not None and (line.strip() or _is_deeper_or_unset(line, header.indent, after)):
        empty = closes_soon(language, before, after, header)
        return MultilineReason.EMPTY_BLOCK if empty else MultilineReason.CODE_BELOW
    if line.strip():
        return MultilineReason.INSIDE_LINE
    return _reason_of_blank_line(language, above, before, after, tree)


def _is_deeper_or_unset(line: str, header_indent: int, after: str) -> bool:
    # A line that the user has brought back to the header's column stands behind the block, not in it,
    # unless the editor leaves indentation to whoever types next.
    return indent_of(line + "x") > header_indent or not line or after.lstrip(" \t").startswith(("}", ")"))


def _reason_of_blank_line(
    language: str, above: str, before: str, after: str, tree: SyntaxTree | None
) -> MultilineReason:
    last = _last_literal_statement(language, above, before)
    if last is None:
        return MultilineReason.NO_BLOCK
    kind, lead = last
    following = after.partition("\n")[2].partition("\n")[0]
    if kind == COMMENT:
        code_below = following.strip() and indent_of(following) >= indent_of(above[above.rfind("\n") + 1 :])
        closing = following.strip()[:1] in ("}", ")", "]") or following.strip() in ("end", "fi", "done", "esac")
        return MultilineReason.CODE_BELOW if code_below and not closing else MultilineReason.AFTER_COMMENT
    header = block_header(language, lead, tree)
    if header is not None and closes_soon(language, before, after, header):
        return MultilineReason.AFTER_DOCSTRING
    return MultilineReason.NO_BLOCK


def _last_literal_statement(language: str, above: str, before: str) -> tuple[str, str] | None:
    """Return the kind of a comment or docstring that is all of the last statement, and the text before it."""
    last = opening_at_end(language, before).last_literal
    if last is None or last.end < len(above):
        return None
    line_start = above.rfind("\n", 0, last.start) + 1
    lead = above[line_start : last.start].strip()
    is_docstring = language == "python" and lead.lower() in ("", "r", "u", "b")
    if (last.kind == COMMENT and lead) or (last.kind == STRING and not is_docstring):
        return None
    return last.kind, above[:line_start].rstrip()
