"""What of a structured answer can be shown while it comes: prose, and the final text inside a directive."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

_FINAL = re.compile(r'"final"\s*:\s*"')
_MARKS = ("<tool_call", "<function", "<invoke", "<tool_use", "[TOOL_CALLS]", "<|python_tag|>", "TOOL:", "```", "{")
_LONGEST_MARK = max(len(mark) for mark in _MARKS)
_STRING = re.compile(r'(?:[^"\\]|\\.)*', re.DOTALL)
_HALF_ESCAPE = re.compile(r"\\u[0-9a-fA-F]{0,3}$")


class VisibleText:
    """Feed an answer piece by piece; `show` hears what is certain to be meant for people."""

    def __init__(self, show: Callable[[str], None], *, wants_directive: bool) -> None:
        self._show = show
        self._wants_directive = wants_directive
        self._text = ""
        self._n_shown = 0

    def feed(self, piece: str) -> None:
        """Take in a piece, and show what it has made certain."""
        self._text += piece
        visible = self._final() if self._wants_directive else self._prose()
        if len(visible) > self._n_shown:
            self._show(visible[self._n_shown :])
            self._n_shown = len(visible)

    def _prose(self) -> str:
        begins = [at for mark in _MARKS if (at := self._text.find(mark)) >= 0]
        if begins:
            return self._text[: min(begins)].rstrip()
        end = len(self._text)
        for n in range(1, min(_LONGEST_MARK, end) + 1):
            if any(mark.startswith(self._text[-n:]) for mark in _MARKS):
                end = len(self._text) - n
        return self._text[:end].rstrip()

    def _final(self) -> str:
        begins = _FINAL.search(self._text)
        if begins is None:
            return ""
        # A string that has not ended yet stops before a half of an escape.
        spelled = _STRING.match(self._text, begins.end())
        assert spelled is not None
        try:
            final = str(json.loads(f'"{_HALF_ESCAPE.sub("", spelled.group())}"', strict=False))
        except ValueError:
            return ""
        # Characters beyond the first 65,536 are spelled as two escapes.
        return final[:-1] if "\ud800" <= final[-1:] <= "\udbff" else final
