"""Indentation: what is typed already, and the document's own way of it."""

from __future__ import annotations

import math
import re

from pylot.completion.cursor import leading_blanks, lines_above, lines_below
from pylot.completion.postprocess.draft import Draft, PostContext
from pylot.completion.reasons import Reason

_OPENS_BLOCK = re.compile(r"(?:[:{(\[]|->|=>|\b(?:do|then|else|begin))\s*\Z")
_LOOKED_AT = 200


def settle_first_indentation(draft: Draft, context: PostContext) -> Draft | Reason:
    """Leave off blanks that stand before the cursor already.

    On a blank line the indentation may grow only where the line above opens a block; odd widths are rounded down.
    """
    before = context.line_before
    blanks = leading_blanks(draft.text)
    if not blanks:
        return draft
    if not context.on_blank_line:
        return Draft(draft.text.lstrip(" \t")) if before[-1] in " \t" else draft
    unit = max(1, context.indentation.tab_size)
    typed, offered = _width(before, unit), _width(blanks, unit)
    if not before:
        wanted = offered // unit * unit if offered % 2 else offered
    else:
        wanted = _deeper(context, typed, offered, unit)
    text = draft.text[len(blanks) :]
    return draft if wanted == offered else Draft(" " * wanted + text)


def indent_like_document(draft: Draft, context: PostContext) -> Draft | Reason:
    """Indent every new line with the document's own character."""
    first, *more = draft.text.split("\n")
    lines = [first, *more] if context.on_blank_line else more
    unit = max(1, context.indentation.tab_size)
    if _document_uses_tabs(context):
        spaces = [len(leading_blanks(line)) for line in lines if line.startswith("  ") and line.strip()]
        width = min(math.gcd(*spaces), unit) if spaces else unit
        changed = [_with_tabs(line, width) for line in lines]
    else:
        changed = [_with_spaces(line, unit) for line in lines]
    text = "\n".join(changed if context.on_blank_line else [first, *changed])
    return draft if text == draft.text else Draft(text, draft.replace_right)


def _deeper(context: PostContext, typed: int, offered: int, unit: int) -> int:
    """How many columns to add to those typed."""
    above = context.line_above
    indentation_above = _width(leading_blanks(above), unit)
    if not _OPENS_BLOCK.search(above) or indentation_above < typed:
        return 0
    if offered > typed and indentation_above < offered <= indentation_above + unit:
        return offered - typed
    return offered // unit * unit


def _document_uses_tabs(context: PostContext) -> bool:
    near = (*reversed(lines_above(context.prefix, _LOOKED_AT)), *lines_below(context.suffix[:20_000], _LOOKED_AT))
    for line in (context.line_before, *near):
        if line[:1] == "\t" or line.startswith("  "):
            return line[0] == "\t"
    return not context.indentation.insert_spaces


def _with_tabs(line: str, unit: int) -> str:
    blanks = leading_blanks(line)
    if "  " not in blanks:
        return line
    columns = _width(blanks, unit)
    return "\t" * (columns // unit) + " " * (columns % unit) + line[len(blanks) :]


def _with_spaces(line: str, unit: int) -> str:
    blanks = leading_blanks(line)
    return " " * _width(blanks, unit) + line[len(blanks) :] if "\t" in blanks else line


def _width(blanks: str, unit: int) -> int:
    return len(blanks.expandtabs(unit))
