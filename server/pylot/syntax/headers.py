"""Does a line open a block, and does the block hold nothing yet?"""

from __future__ import annotations

import re
from dataclasses import dataclass

from pylot.syntax.languages import Family, language_facts
from pylot.syntax.places import COLON_VALUES, LITERALS
from pylot.syntax.scanner import closers_at_start, comment_start, indent_of, opening_at_end
from pylot.syntax.tree import SyntaxTree

_PYTHON_HEADER = re.compile(
    r"(?:async\s+)?(?:def|class|if|elif|else|for|while|with|try|except|finally|match|case)\b[^\n]*:\Z"
)
_LABEL = re.compile(r"(?:case\b[^\n]*|default\s*):\Z")
_VALUE_BEFORE_BRACE = re.compile(r"(?:(?<![=>)])=|[(,:\[?]|\b(?:return|in|of|import|export|from))\s*\Z")
_LUA_HEADER = re.compile(r"(?:\b(?:then|do|repeat|else)|\bfunction\b[^\n]*\))\Z")
_BASH_HEADER = re.compile(r"(?:^|[\s;])(?:then|do|else|in)\Z|\{\Z")
# A brace, or one with the parameters of the block behind it (Ruby, Kotlin, Swift).
_BRACE = re.compile(r"\{(?:[ \t]*\|[^|\n]*\||[^{}\n]*->|[^{}\n]*\bin)?\Z")
_RUBY_MIDDLE = re.compile(r"(?:else|elsif|when|rescue|ensure|in)\b")
_ANY_HEADER = re.compile(r"[:{]\Z|\b(?:then|do|begin|else)\Z")
_CLOSERS_ONLY = re.compile(r"[\s)\]}>;,]*\Z|\s*(?:end|fi|done|esac)\b[\s)\]};,]*\Z")


@dataclass(frozen=True, slots=True)
class Header:
    """A line that opens a block: where its last code ends, and its indentation."""

    end: int
    indent: int


def empty_block_header(language: str, text: str, offset: int, tree: SyntaxTree | None) -> Header | None:
    """Return the line that opened the block a place starts, or None if none did or the block holds something."""
    before = text[:offset]
    header = block_header(language, before.rstrip(), tree)
    if header is None or not closes_soon(language, before, text[offset:], header):
        return None
    return header


def block_header(language: str, before: str, tree: SyntaxTree | None) -> Header | None:
    """Return the header if the last line of `before` opens a block and nothing stands behind its opener.

    The tree of a text that begins with `before` tells blocks from values where it can.
    """
    code = _code_of_last_line(language, before)
    if not code.strip():
        return None
    end = before.rfind("\n") + 1 + len(code)
    if not _opens(language, before[:end], code, tree):
        return None
    return Header(end, indent_of(_first_line(language, before, code)))


def closes_soon(language: str, before: str, after: str, header: Header) -> bool:
    """Tell whether nothing stands between a place in a block and the block's end."""
    rest, newline, below = after.partition("\n")
    if rest.strip():
        return _CLOSERS_ONLY.match(rest) is not None
    following = below.lstrip() if newline else ""
    if not following:
        return True
    line = below[: len(below) - len(following)].rpartition("\n")[2]
    if before[: header.end].endswith("{"):
        opening = opening_at_end(language, before)
        closers = closers_at_start(language, after)
        innermost = next((opener for opener in reversed(opening.stack) if opener.is_block), None)
        if innermost and closers and closers[0].token == innermost.closer and closers[0].indent == innermost.indent:
            return closers[0].start == len(after) - len(following)
    return indent_of(line + "x") <= header.indent


def _opens(language: str, before: str, code: str, tree: SyntaxTree | None) -> bool:
    stripped = code.strip()
    if language != "python" and (brace := _BRACE.search(before)):
        return _brace_opens_block(before[: brace.start() + 1], tree)
    family = language_facts(language).family
    if language == "python":
        return stripped.endswith(":") and _colon_opens_block(language, before, stripped, tree)
    if language == "lua":
        return _LUA_HEADER.search(stripped) is not None
    if family is Family.SHELL:
        return _BASH_HEADER.search(stripped) is not None
    if family is Family.END:
        line_start = before.rfind("\n") + 1
        stack = opening_at_end(language, before + "\n").stack
        opened = bool(stack) and stack[-1].start >= line_start and stack[-1].token.isalpha()
        return opened or _RUBY_MIDDLE.match(stripped) is not None
    if family is Family.BRACE:
        return _LABEL.match(stripped) is not None
    return _ANY_HEADER.search(stripped) is not None


def _brace_opens_block(before: str, tree: SyntaxTree | None) -> bool:
    kind = _parent_kind(tree, len(before) - 1, "{")
    if kind:
        return kind not in LITERALS
    return _VALUE_BEFORE_BRACE.search(before[:-1]) is None


def _colon_opens_block(language: str, before: str, stripped: str, tree: SyntaxTree | None) -> bool:
    kind = _parent_kind(tree, len(before) - 1, ":")
    if kind:
        return kind not in COLON_VALUES
    stack = opening_at_end(language, before).stack
    if stack:
        return False
    return _PYTHON_HEADER.match(stripped) is not None or stripped.endswith("):") or "->" in stripped


def _parent_kind(tree: SyntaxTree | None, offset: int, token: str) -> str:
    """Return the kind of node that the token at a place belongs to; empty where the text does not parse."""
    if tree is None:
        return ""
    byte = tree.to_byte(offset)
    node = tree.root.descendant_for_byte_range(byte, byte + 1)
    if node is None or node.type != token or node.parent is None or node.parent.is_error:
        return ""
    return node.parent.type


def _code_of_last_line(language: str, before: str) -> str:
    """Return the last line of a text without the comment at its end."""
    line = before[before.rfind("\n") + 1 :]
    return line[: comment_start(language, line)].rstrip()


def _first_line(language: str, before: str, code: str) -> str:
    """Return the line on which the statement of a header begins, which may lie above a closing parenthesis."""
    line_start = before.rfind("\n") + 1
    if not code.lstrip().startswith((")", "]", "}")):
        return code
    stack = opening_at_end(language, before[:line_start]).stack
    if not stack:
        return code
    start = before.rfind("\n", 0, stack[-1].start) + 1
    return before[start : stack[-1].start + 1]
