"""Words in comments and strings that are spelled like a name: not code, so they change on request only."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pylot.actions.edits import TextEdit
from pylot.actions.shapes import words
from pylot.syntax.code_nodes import Code, CodeNode, is_comment

_TEXTS = words(
    """string_content string_fragment interpreted_string_literal_content string_literal raw_string_literal
    interpreted_string_literal string"""
)


def mentions(
    code: Code, start: int, end: int, name: str, new_name: str, *, comments: bool, strings: bool
) -> Iterator[TextEdit]:
    """Yield the edits of whole words in a range that read like a name."""
    word = re.compile(rf"(?<![\w$]){re.escape(name)}(?![\w$])")
    for node in _texts(code.root, comments=comments, strings=strings):
        for match in word.finditer(code.text, max(node.start, start), min(node.end, end)):
            yield TextEdit(match.start(), match.end(), new_name)


def _texts(root: CodeNode, *, comments: bool, strings: bool) -> Iterator[CodeNode]:
    for each in root.walk():
        if (comments and is_comment(each.type)) or (strings and each.type in _TEXTS and not each.named):
            yield each
