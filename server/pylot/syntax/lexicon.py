"""How each language writes comments, strings and blocks: data for the scanner."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from pylot.syntax.languages import Family, language_facts

COMMENT, STRING = "comment", "string"


@dataclass(frozen=True, slots=True)
class Literal:
    """A stretch of text in which brackets and words mean nothing.

    `end` is empty for one that ends with its line. One that does not span lines ends with its line anyway.
    The group `rest` of a here-document is the code after its marker.
    """

    kind: str
    begin: str
    body: str
    end: str
    spans_lines: bool

    @property
    def pattern(self) -> str:
        """The expression that finds it, finished or not."""
        stop = r"\Z" if self.spans_lines else r"(?=\n)|\Z"
        return f"{self.begin}{self.body}(?:{self.end}|{stop})" if self.end else f"{self.begin}{self.body}"


@dataclass(frozen=True, slots=True)
class Lexicon:
    """What the scanner must know of a language.

    `closers` maps each opener to what closes it; `middles` are words that end one branch of a block and open the next;
    words in `line_start_only` count only as the first word of a statement.
    """

    token: re.Pattern[str]
    literals: tuple[tuple[str, Literal, re.Pattern[str]], ...]
    closers: MappingProxyType[str, str]
    middles: frozenset[str]
    line_start_only: frozenset[str]


def _line(begin: str) -> Literal:
    return Literal(COMMENT, begin, r"[^\n]*", "", False)


def _quoted(quote: str, *, spans_lines: bool = False) -> Literal:
    body = rf"(?:\\[\s\S]|[^{quote}\\])*" if spans_lines else rf"(?:\\[^\n]|[^{quote}\\\n])*"
    return Literal(STRING, quote, body, quote, spans_lines)


def _between(begin: str, end: str, kind: str = STRING) -> Literal:
    return Literal(kind, begin, r"[\s\S]*?", end, True)


def _here_document(marker: str) -> Literal:
    return Literal(STRING, marker + r"(?P<rest>[^\n]*)\n", r"[\s\S]*?", r"(?<=\n)[ \t]*(?P=here)\b", True)


_HASH, _SLASHES, _DASHES = _line("#"), _line("//"), _line("--")
_BLOCK_COMMENT = _between(r"/\*", r"\*/", COMMENT)
_DOUBLE, _SINGLE = _quoted('"'), _quoted("'")
_CHARACTER = Literal(
    STRING,
    r"'(?=(?:\\[^\n][^'\n]{0,9}|[^'\\\n])'|(?:[^'\\\n]|\\[^'\n]{0,9})?\Z)",
    r"(?:\\[^\n][^'\n]*|[^'\\\n])?",
    "'",
    False,
)
_REGEX = Literal(
    STRING,
    r"(?:(?<=[=(,:!&|?{};\[\n])|(?<=[=(,:!&|?{};\[] )|(?<=return ))/(?![/*])",
    r"(?:\\[^\n]|\[(?:\\[^\n]|[^\]\\\n])*\]|[^/\\\n\[])+",
    "/",
    False,
)
_TEMPLATE = _quoted("`", spans_lines=True)
_TEXT_BLOCK = Literal(STRING, '"""', r"(?:\\[\s\S]|[^\\])*?", '"""', True)
_SCRIPT = (_SLASHES, _BLOCK_COMMENT, _TEMPLATE, _DOUBLE, _SINGLE, _REGEX)
_C = (_SLASHES, _BLOCK_COMMENT, _DOUBLE, _CHARACTER)

_LITERALS: MappingProxyType[str, tuple[Literal, ...]] = MappingProxyType(
    {
        "python": (
            _HASH,
            _TEXT_BLOCK,
            Literal(STRING, "'''", r"(?:\\[\s\S]|[^\\])*?", "'''", True),
            _DOUBLE,
            _SINGLE,
        ),
        "javascript": _SCRIPT,
        "typescript": _SCRIPT,
        "tsx": _SCRIPT,
        "go": (_SLASHES, _BLOCK_COMMENT, _between("`", "`"), _DOUBLE, _CHARACTER),
        "rust": (
            _SLASHES,
            _BLOCK_COMMENT,
            _between(r'\br##"', '"##'),
            _between(r'\br#"', '"#'),
            _between(r'\br"', '"'),
            _quoted('"', spans_lines=True),
            _CHARACTER,
        ),
        "java": (_SLASHES, _BLOCK_COMMENT, _TEXT_BLOCK, _DOUBLE, _CHARACTER),
        "c": _C,
        "cpp": (_SLASHES, _BLOCK_COMMENT, _between(r'\bR"\(', r'\)"'), _DOUBLE, _CHARACTER),
        "csharp": (
            _SLASHES,
            _BLOCK_COMMENT,
            _line(r"(?<![^\n])[ \t]*#(?:region|endregion|pragma)"),
            _between('"""', '"""'),
            Literal(STRING, r'(?:@|\$@|@\$)"', r'(?:""|[^"])*', '"(?!")', True),
            _DOUBLE,
            _CHARACTER,
        ),
        "ruby": (
            _between(r"(?<![^\n])=begin\b", r"(?<=\n)=end\b", COMMENT),
            _line(r"#(?!\{)"),
            _here_document(r"<<[~-]?['\"]?(?P<here>[A-Z_]\w*)['\"]?"),
            _quoted('"', spans_lines=True),
            _quoted("'", spans_lines=True),
            _REGEX,
        ),
        "php": (
            _SLASHES,
            _line(r"#(?!\[)"),
            _BLOCK_COMMENT,
            _here_document(r"<<<\s*['\"]?(?P<here>[A-Za-z_]\w*)['\"]?"),
            _quoted('"', spans_lines=True),
            _quoted("'", spans_lines=True),
        ),
        "lua": (
            _between(r"--\[\[", r"\]\]", COMMENT),
            _between(r"--\[=\[", r"\]=\]", COMMENT),
            _DASHES,
            _between(r"\[\[", r"\]\]"),
            _between(r"\[=\[", r"\]=\]"),
            _DOUBLE,
            _SINGLE,
        ),
        "bash": (
            _line(r"(?<![^\s;(&|])#"),
            Literal(STRING, r"\\", r"[\s\S]?", "", True),
            _here_document(r"<<-?[ \t]*['\"]?(?P<here>[A-Za-z_]\w*)['\"]?"),
            _quoted('"', spans_lines=True),
            Literal(STRING, "'", r"[^']*", "'", True),
        ),
    }
)

_BRACKETS = {"(": ")", "[": "]", "{": "}"}
_WORDS: MappingProxyType[str, dict[str, str]] = MappingProxyType(
    {
        "lua": {"function": "end", "if": "end", "do": "end", "repeat": "until"},
        "ruby": dict.fromkeys(
            ("def", "class", "module", "begin", "case", "do", "if", "unless", "while", "until", "for"), "end"
        ),
        "bash": {"if": "fi", "do": "done", "case": "esac"},
        "elixir": {"do": "end", "fn": "end"},
        "julia": dict.fromkeys(
            ("function", "if", "for", "while", "begin", "let", "struct", "module", "do", "try"), "end"
        ),
    }
)
_MIDDLES: MappingProxyType[str, tuple[str, ...]] = MappingProxyType(
    {
        "lua": ("else", "elseif"),
        "ruby": ("else", "elsif", "when", "rescue", "ensure", "in"),
        "bash": ("else", "elif"),
        "elixir": ("else", "rescue", "after"),
        "julia": ("else", "elseif", "catch", "finally"),
    }
)
_LINE_START_ONLY: MappingProxyType[str, tuple[str, ...]] = MappingProxyType(
    {
        "ruby": ("if", "unless", "while", "until", "for", "when", "in", "rescue", "ensure", "else", "elsif"),
        "bash": ("if", "do", "case", "fi", "done", "esac", "else", "elif"),
    }
)


@cache
def lexicon(language: str) -> Lexicon:
    """Return the scanner's data for a canonical language; an unknown one gets quotes, brackets and its comments."""
    facts = language_facts(language)
    literals = _LITERALS.get(language)
    if literals is None:
        block = facts.block_comment
        blocks = (_between(re.escape(block[0]), re.escape(block[1]), COMMENT),) if block else ()
        literals = (*(_line(re.escape(mark)) for mark in facts.line_comments), *blocks, _DOUBLE)
    words = _WORDS.get(language, {})
    middles = frozenset(_MIDDLES.get(language, ("case", "default") if facts.family is Family.BRACE else ()))
    spoken = sorted({*words, *words.values(), *middles}, key=len, reverse=True)
    named = [(f"literal{number}", literal) for number, literal in enumerate(literals)]
    parts = [f"(?P<{name}>{literal.pattern})" for name, literal in named]
    parts.append(r"(?P<bracket>[()\[\]{}])")
    if spoken:
        # A method, a symbol or a hash key may be called like a keyword.
        parts.append(rf"(?P<word>(?<![\w.:@$\-])(?:{'|'.join(spoken)})(?![\w?!\-]|:(?!:)))")
    if language == "bash":
        parts.append(r"(?P<middle>;;&?)")
    line_start_only = _LINE_START_ONLY.get(language, tuple(middles) if facts.family is Family.BRACE else ())
    return Lexicon(
        re.compile("|".join(parts)),
        tuple((name, literal, re.compile(f"{literal.begin}{literal.body}{literal.end}")) for name, literal in named),
        MappingProxyType({**_BRACKETS, **words}),
        middles | {";;", ";;&"},
        frozenset(line_start_only),
    )
