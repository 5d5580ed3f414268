"""Where the block ends that a suggestion started in."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pylot.syntax.headers import Header, block_header
from pylot.syntax.languages import Family, language_facts
from pylot.syntax.scanner import Opener, Token, TokenKind, closers_at_start, indent_of, opening_at_end, tokens

_LABELED = re.compile(r"\b(?:switch|match|select|case)\b")
_STATEMENT_END = re.compile(r"[;,]")
_CLOSING_LINE = re.compile(r"\s*(?:end|fi|done|esac|</[\w.:\-]+>)(?![\w(])")


def block_end(language: str, text_before: str, completion: str, text_after: str, *, finished: bool = True) -> int:
    """Return how many characters of `completion` to keep so that it ends where the block ends that it started in.

    A closer is kept only if the text after the cursor lacks it.
    Where the cursor did not stand at the start of an empty block, the paragraph is the unit: the suggestion ends at the
    first blank line behind which nothing is indented more than its first line.
    With `finished=False` the completion is the beginning of a stream: as soon as less is kept than was given, the
    stream may be stopped, for the answer is the same whatever follows.
    """
    if not completion:
        return 0
    return _Trimmer(language, text_before, completion, text_after, finished).end()


@dataclass(frozen=True, slots=True)
class _OpenBlock:
    """Something open at the cursor, and whether the text after the cursor closes it, on the same line or below."""

    opener: Opener
    closed: bool
    closed_on_line: bool


class _Trimmer:
    """Read one completion from its start to the end of its block."""

    def __init__(self, language: str, before: str, completion: str, after: str, finished: bool) -> None:
        self._language = language
        self._text = before + completion
        self._cursor = len(before)
        self._after = after
        self._finished = finished
        self._opening = opening_at_end(language, before)
        self._outer = _open_blocks(language, self._opening.stack, after)
        line = before[before.rfind("\n") + 1 :]
        self._header = self._header_above(before, line)
        self._first_indent = self._indent_of_first_line(line, completion)
        self._is_over = False
        self._threshold = self._least_indent(line)

    def end(self) -> int:
        """Return how many characters of the completion belong to the block."""
        if self._opening.inside and "\n" not in self._text[self._cursor :]:
            return len(self._text) - self._cursor
        inner: list[Token] = []
        position = self._cursor
        for token in tokens(self._language, self._text, self._opening.resume):
            if token.end <= self._cursor or self._may_go_on(token):
                continue
            cut = self._cut_between(position, token.start, inner, token)
            if cut is None:
                cut = self._cut_at(token, inner)
            if cut is not None:
                return max(0, cut - self._cursor)
            position = max(position, token.end)
        cut = self._cut_between(position, len(self._text), inner, None)
        return max(0, (len(self._text) if cut is None else cut) - self._cursor)

    def _may_go_on(self, token: Token) -> bool:
        return not self._finished and token.end == len(self._text) and token.text.isalpha()

    def _header_above(self, before: str, line: str) -> Header | None:
        header = block_header(self._language, before.rstrip(), None)
        # Code on the cursor's line that is no header itself stands in a block that holds something.
        return header if header is None or not line.strip() or header.end > len(before) - len(line) else None

    def _indent_of_first_line(self, line: str, completion: str) -> int:
        if line.strip():
            return indent_of(line)
        first = completion.partition("\n")[0]
        if first.strip():
            return indent_of(line + first)
        following = completion.lstrip("\n\r")
        return indent_of(following.partition("\n")[0]) if following.strip() else indent_of(line + "x")

    def _least_indent(self, line: str) -> int:
        if self._header is None:
            return self._first_indent
        if not line.strip() and self._first_indent <= self._header.indent:
            return self._first_indent
        return self._header.indent + 1

    def _cut_at(self, token: Token, inner: list[Token]) -> int | None:
        """Take one token into account; return where to cut if it ends the block."""
        if token.kind is TokenKind.OPEN:
            inner.append(token)
        elif token.kind is TokenKind.CLOSE:
            depth = next((n for n in range(len(inner), 0, -1) if inner[n - 1].closer == token.text), 0)
            if depth:
                del inner[depth - 1 :]
                return self._end_of_definition(token, inner)
            return self._close_outer(token)
        elif not inner and self._ends_branch(token):
            return self._before_line_of(token.start)
        return None

    def _close_outer(self, token: Token) -> int | None:
        index = next((n for n, block in enumerate(self._outer) if block.opener.closer == token.text), None)
        if index is None:
            # A closing parenthesis in a pattern of the shell closes nothing.
            return None if token.text == ")" and self._family is Family.SHELL else self._before_line_of(token.start)
        block = self._outer[index]
        if block.closed:
            return token.start if block.closed_on_line else self._before_line_of(token.start)
        del self._outer[: index + 1]
        self._is_over = self._is_over or block.opener.is_block
        goes_on = bool(self._outer) and not self._outer[0].opener.is_block and not self._outer[0].closed
        # A block that is an argument ends with its call.
        return self._after_closer(token.end) if self._is_over and not goes_on else None

    def _after_closer(self, position: int) -> int:
        """Keep what finishes the statement behind a closer on its line."""
        match = _STATEMENT_END.match(self._text, position)
        return match.end() if match else position

    def _ends_branch(self, token: Token) -> bool:
        if self._family is not Family.BRACE:
            return bool(self._outer)
        block = next((block for block in self._outer if block.opener.is_block), None)
        if block is None or self._is_first_in_switch(token):
            return False
        line_start = self._text.rfind("\n", 0, block.opener.start) + 1
        return _LABELED.search(self._text[line_start : block.opener.start]) is not None

    def _is_first_in_switch(self, token: Token) -> bool:
        """Whether a label is one of several in a switch that was empty at the cursor."""
        if self._header is None:
            return False
        return self._text[: self._header.end].endswith("{")

    def _end_of_definition(self, token: Token, inner: list[Token]) -> int | None:
        """End behind a top-level definition, whose closer is the last thing on its line."""
        if inner or self._outer or token.text in (")", "]") or self._header is not None:
            return None
        match = re.compile(r"[ \t]*[;,]?[ \t]*(?=\n)").match(self._text, token.end)
        line_start = self._text.rfind("\n", 0, token.start) + 1
        own_line = not self._text[line_start : token.start].strip()
        return match.end() if match and own_line and line_start > self._cursor else None

    def _cut_between(self, start: int, end: int, inner: list[Token], upcoming: Token | None) -> int | None:
        """Look at the lines that begin between two tokens."""
        if inner or (self._outer and not self._outer[0].opener.is_block):
            return None
        newline = self._text.find("\n", start, end)
        while newline >= 0:
            content = newline + 1
            while content < len(self._text) and self._text[content] in " \t\r\n":
                content += 1
            if content == len(self._text):
                return None
            line_start = self._text.rfind("\n", 0, content) + 1
            indent = indent_of(self._text[line_start : content + 1])
            is_closer = upcoming is not None and upcoming.start == content and upcoming.kind is not TokenKind.OPEN
            if not is_closer and self._leaves_block(newline, line_start, content, indent):
                return self._closing_line(newline, line_start, content, indent)
            newline = self._text.find("\n", content, end)
        return None

    def _leaves_block(self, newline: int, line_start: int, content: int, indent: int) -> bool:
        if self._family is Family.INDENT and indent < self._threshold:
            return True
        is_blank_between = line_start > newline + 1
        written = self._text[self._cursor : newline].strip()
        return self._header is None and is_blank_between and bool(written) and indent <= self._first_indent

    def _closing_line(self, newline: int, line_start: int, content: int, indent: int) -> int:
        """Keep the word that closes the block in a language of which only the indentation is known."""
        match = _CLOSING_LINE.match(self._text, line_start)
        header = self._header
        if self._language == "python" or match is None or header is None or indent != header.indent:
            return newline
        has_closer = self._after.lstrip().startswith(self._text[content : match.end()])
        return newline if has_closer else match.end()

    def _before_line_of(self, position: int) -> int:
        """Return where the text before a token ends, without the blank lines between."""
        line_start = self._text.rfind("\n", 0, position) + 1
        if self._text[line_start:position].strip() or line_start <= self._cursor:
            return position
        return self._cursor + len(self._text[self._cursor : line_start].rstrip())

    @property
    def _family(self) -> Family:
        return language_facts(self._language).family


def _open_blocks(language: str, stack: tuple[Opener, ...], after: str) -> list[_OpenBlock]:
    """Match what is open at the cursor with what the text after it closes, innermost first.

    A closer alone on a line that is indented less than an opener's line closes something further out (broken code).
    """
    closers = list(closers_at_start(language, after))
    line_end = after.find("\n") if "\n" in after else len(after)
    blocks = []
    for opener in reversed(stack):
        position = next((n for n, closer in enumerate(closers) if closer.token == opener.closer), None)
        closer = closers[position] if position is not None else None
        if closer is None or (closer.indent is not None and closer.indent < opener.indent):
            blocks.append(_OpenBlock(opener, False, False))
            continue
        del closers[: (position or 0) + 1]
        blocks.append(_OpenBlock(opener, True, closer.start < line_end))
    return blocks
