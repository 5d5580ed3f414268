"""Which brackets and blocks are open at a place, told from the text alone.

A place in the middle of typing seldom parses, and a stream of generated text never does; this scanner reads both.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from pylot.kernel.recent_texts import RecentTexts
from pylot.syntax.lexicon import COMMENT, Lexicon, lexicon

_MOST_CLOSERS = 200
_LONGEST_SCAN = 120_000
# The beginning of a very long text's window moves in steps, so that most keys leave it where it was.
_WINDOW_STEP = 60_000
_MOST_MARKS = 8
_MOST_KNOWN = 16
_LEAST_MARKED = 2_000
_OPEN_LINES = 3
_BRACKETS = frozenset("()[]{}")
_TRAILING_WORD = re.compile(r"[\w\-]+\Z")
_STATEMENT_START = re.compile(r"(?:^|[;&|({=`!]|\b(?:then|do|else|in|return))[ \t]*\Z|^[^\n]*\)[ \t]*\Z")
_LOOP_HEAD = re.compile(r"^[ \t]*(?:while|until|for)\b")
_ENDLESS_DEF = re.compile(r"def\s+[\w.?!]+(?:\([^)\n]*\))?\s*=(?![=~>])")
_CASE_LABEL = re.compile(r"(?:case\b[^\n]*|default\s*)(?::|->|=>)")


class TokenKind(Enum):
    """What a token does to the blocks around it."""

    OPEN = "open"
    CLOSE = "close"
    MIDDLE = "middle"


@dataclass(frozen=True, slots=True)
class Token:
    """One bracket or block word; `closer` is what closes an opener."""

    kind: TokenKind
    text: str
    start: int
    end: int
    closer: str = ""


@dataclass(frozen=True, slots=True)
class Opener:
    """Something still open, with the indentation of its line."""

    token: str
    closer: str
    start: int
    indent: int

    @property
    def is_block(self) -> bool:
        """Whether it opens a block and not a parenthesis or an index."""
        return self.token not in ("(", "[")


@dataclass(frozen=True, slots=True)
class Span:
    """A comment or string."""

    kind: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Opening:
    """The state at the end of a text: what is open, innermost last, and the comment or string it ends in.

    Whoever reads on does so from `resume`, where the unfinished comment, string or word begins.
    """

    stack: tuple[Opener, ...]
    inside: str
    resume: int
    last_literal: Span | None


@dataclass(frozen=True, slots=True)
class Closer:
    """A closer of something opened before the text, with the indentation of its line if it is the first on it."""

    token: str
    start: int
    indent: int | None


@dataclass(frozen=True, slots=True)
class _Mark:
    """How far a text has been read: the state at `position`, good for every text that begins like `text`."""

    language: str
    base: int
    text: str
    position: int
    stack: tuple[Opener, ...]
    last: Span | None


class _Marks:
    """The newest marks first; the tuple is replaced whole, so that threads need no lock."""

    def __init__(self) -> None:
        self._all: tuple[_Mark, ...] = ()

    def find(self, language: str, base: int, text: str) -> _Mark:
        """Return the mark to go on from, which is the window's beginning where nothing was read before."""
        for mark in self._all:
            if mark.language == language and mark.base == base and text.startswith(mark.text):
                return mark
        return _Mark(language, base, "", base, (), None)

    def add(self, mark: _Mark) -> None:
        """Remember a mark, instead of those that it goes on from."""
        if len(mark.text) - mark.base >= _LEAST_MARKED:
            others = [it for it in self._all if it.language != mark.language or not mark.text.startswith(it.text)]
            self._all = (mark, *others[: _MOST_MARKS - 1])

    def clear(self) -> None:
        """Forget every text."""
        self._all = ()


_MARKS = _Marks()
_OPENINGS: RecentTexts[Opening] = RecentTexts(_MOST_KNOWN)
_CLOSERS: RecentTexts[tuple[Closer, ...]] = RecentTexts(_MOST_KNOWN)


def opening_at_end(language: str, text: str) -> Opening:
    """Return what is open at the end of a text.

    Of very long texts the last 120,000 to 180,000 characters are read.
    A text that begins like one read before is read from a few lines before its end on.
    """
    known = _OPENINGS.find(text, language)
    return known.value if known else _OPENINGS.add(text, _read_opening(language, text), language)


def forget_texts() -> None:
    """Read every text from its beginning again, for tests and measurements."""
    _OPENINGS.clear()
    _CLOSERS.clear()
    _MARKS.clear()


def _read_opening(language: str, text: str) -> Opening:
    book = lexicon(language)
    base = _window_start(text)
    word = _TRAILING_WORD.search(text, max(base, len(text) - 200))
    # The word at the end may go on, so it is left to whoever knows how.
    resume = word.start() if word else len(text)
    begun = _MARKS.find(language, base, text)
    end, stack, last = begun.position, list(begun.stack), begun.last
    settled, is_marked = _settled_end(text), False
    inside = ""
    kinds = {name: literal.kind for name, literal, _ in book.literals}
    for match in book.token.finditer(text, begun.position):
        if not is_marked and match.end() > settled:
            _MARKS.add(_Mark(language, base, text[:settled], end, tuple(stack), last))
            is_marked = True
        literal = _open_literal(book, match, len(text))
        if literal:
            inside, resume = literal, match.start()
            break
        if match.end() > resume and match.lastgroup == "word":
            break
        if kind := kinds.get(match.lastgroup or ""):
            last = Span(kind, *match.span())
        for token in _tokens_of(book, match, text):
            _apply(stack, token, text)
        end = match.end()
    return Opening(tuple(stack), inside, resume, last)


def _settled_end(text: str) -> int:
    """Return the beginning of the last lines, in which what is typed next may still change what was read."""
    end = len(text)
    for _ in range(_OPEN_LINES):
        end = text.rfind("\n", 0, end)
        if end < 0:
            return 0
    return end + 1


def closers_at_start(language: str, text: str) -> tuple[Closer, ...]:
    """Return what a text closes that was opened before it, innermost first."""
    known = _CLOSERS.find(text, language)
    return known.value if known else _CLOSERS.add(text, _read_closers(language, text), language)


def _read_closers(language: str, text: str) -> tuple[Closer, ...]:
    closers: list[Closer] = []
    stack: list[Token] = []
    for token in tokens(language, text, 0, min(len(text), _LONGEST_SCAN)):
        if token.kind is TokenKind.OPEN:
            stack.append(token)
        elif token.kind is TokenKind.CLOSE:
            depth = next((n for n in range(len(stack), 0, -1) if stack[n - 1].closer == token.text), 0)
            if depth:
                del stack[depth - 1 :]
            else:
                closers.append(Closer(token.text, token.start, own_line_indent(text, token.start)))
                if len(closers) == _MOST_CLOSERS:
                    break
    return tuple(closers)


def tokens(language: str, text: str, start: int = 0, end: int | None = None) -> Iterator[Token]:
    """Yield the brackets and block words of a text from `start` on, outside comments and strings."""
    book = lexicon(language)
    for match in book.token.finditer(text, start, len(text) if end is None else end):
        yield from _tokens_of(book, match, text)


def comment_start(language: str, line: str) -> int:
    """Return where the comment at the end of a line begins, or the line's length."""
    book = lexicon(language)
    for match in book.token.finditer(line):
        for name, literal, _ in book.literals:
            if name == match.lastgroup and literal.kind == COMMENT and not line[match.end() :].strip():
                return match.start()
    return len(line)


def width(whitespace: str) -> int:
    """Return how far an indentation reaches, a tab counting as four columns."""
    return len(whitespace.expandtabs(4))


def indent_of(line: str) -> int:
    """Return how far a line is indented."""
    return width(line[: len(line) - len(line.lstrip(" \t"))])


def own_line_indent(text: str, position: int) -> int | None:
    """Return the indentation before a position, or None where other text stands before it on its line."""
    lead = text[text.rfind("\n", 0, position) + 1 : position]
    if lead.strip(" \t") or "\n" not in text[:position]:
        return None
    return width(lead)


def _open_literal(book: Lexicon, match: re.Match[str], length: int) -> str:
    """Return the kind of a literal that goes on at the end of the text."""
    if match.end() < length:
        return ""
    # Named groups inside a literal are closed before its own, so that `lastgroup` names the literal.
    name = match.lastgroup or ""
    for literal_name, literal, whole in book.literals:
        if literal_name == name:
            is_open = not literal.end or whole.fullmatch(match.group()) is None
            return literal.kind if is_open else ""
    return ""


def _tokens_of(book: Lexicon, match: re.Match[str], text: str) -> Iterator[Token]:
    name = match.lastgroup or ""
    start, end = match.span()
    if name == "bracket":
        closer = book.closers.get(match.group(), "")
        yield Token(TokenKind.OPEN if closer else TokenKind.CLOSE, match.group(), start, end, closer)
    elif name == "middle":
        yield Token(TokenKind.MIDDLE, match.group(), start, end)
    elif name == "word":
        token = _word_token(book, match.group(), text, start, end)
        if token is not None:
            yield token
    elif "rest" in book.token.groupindex and match["rest"]:
        yield from (
            token for inner in book.token.finditer(text, *match.span("rest")) for token in _tokens_of(book, inner, text)
        )


def _word_token(book: Lexicon, word: str, text: str, start: int, end: int) -> Token | None:
    lead = text[text.rfind("\n", 0, start) + 1 : start]
    if word in book.line_start_only and lead.strip(" \t") and not _STATEMENT_START.search(lead):
        return None
    if word in book.middles:
        # In a language of braces a label ends the one before it.
        if word in ("case", "default") and _CASE_LABEL.match(text, start) is None:
            return None
        if word == "in" and lead.strip(" \t"):
            return None
        return Token(TokenKind.MIDDLE, word, start, end)
    closer = book.closers.get(word)
    if closer is None:
        return Token(TokenKind.CLOSE, word, start, end)
    if word == "do" and closer == "end" and "def" in book.closers and _LOOP_HEAD.match(lead):
        return None
    if word == "def" and _ENDLESS_DEF.match(text, start):
        return None
    return Token(TokenKind.OPEN, word, start, end, closer)


def _apply(stack: list[Opener], token: Token, text: str) -> None:
    if token.kind is TokenKind.OPEN:
        line = text[text.rfind("\n", 0, token.start) + 1 : token.end]
        stack.append(Opener(token.text, token.closer, token.start, indent_of(line)))
    elif token.kind is TokenKind.CLOSE:
        depth = next((n for n in range(len(stack), 0, -1) if stack[n - 1].closer == token.text), 0)
        if depth:
            del stack[depth - 1 :]


def _window_start(text: str) -> int:
    if len(text) <= _LONGEST_SCAN:
        return 0
    least = (len(text) - _LONGEST_SCAN) // _WINDOW_STEP * _WINDOW_STEP
    # A line that is not indented is the likeliest place outside every string and comment.
    match = re.compile(r"\n(?=\w)").search(text, least)
    return match.end() if match else least
