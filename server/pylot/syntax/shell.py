"""Command lines of a shell, as far as they are plain: words, quotes and the operators `&&`, `||`, `;` and `|` (T4).

Output that goes with the errors or nowhere (`2>&1`, `>/dev/null`) is plain too: no file can be named by that.

Two readers that know nothing of each other have to agree on every word: the grammar of bash, and a small lexer that
takes only what it knows. What either does not understand is not plain, and nothing of it is guessed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from tree_sitter import Node, Parser

from pylot.kernel.word_list import words
from pylot.syntax.grammars import grammar

Operator: TypeAlias = Literal["", "&&", "||", ";"]
Words: TypeAlias = tuple[str, ...]
Redirection: TypeAlias = Literal["2>&1", "1>&2", "1>/dev/null", "2>/dev/null"]

LONGEST_LINE = 8192
MOST_COMMANDS = 16


@dataclass(frozen=True, slots=True)
class ShellPipeline:
    """Commands joined by `|`, each as its decoded words, and the operator that stands before the first of them.

    `redirections` are those of each command, in their order; it is empty where there is none at all. So it is with the
    `patterns`, which are the words of each command, counted from 0, that stand for files whose names fit.
    """

    operator: Operator
    commands: tuple[Words, ...]
    redirections: tuple[tuple[Redirection, ...], ...] = ()
    patterns: tuple[tuple[int, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class NotPlain:
    """Say what in a line only a shell can tell the meaning of."""

    what: str


@dataclass(frozen=True, slots=True)
class _Token:
    start: int
    end: int
    text: str
    is_word: bool
    redirection: Redirection | None = None
    is_pattern: bool = False


_GROUPS = frozenset({"program", "list", "pipeline", "redirected_statement"})
_WORDS = frozenset({"word", "string", "raw_string", "number", "concatenation", "command_name"})
_OPERATORS = frozenset({"&&", "||", ";", "|"})

_PLAIN = re.compile(r"[A-Za-z0-9_\-./:=,+@%^]+")
# `*` and `?` alone, in words without quotes: what else may be in a pattern is read differently from shell to shell.
_PATTERN = re.compile(r"(?=[^ ;|&]*[*?])[A-Za-z0-9_\-./:=,+@%*?]+(?=[ ;|]|&&|$)")
_OPERATOR = re.compile(r"&&|\|\||\||;")
# A number counts as a descriptor only where it stands at the beginning of a word, and a name only if it ends there.
_REDIRECTION = re.compile(r"([12]?)>(?:&([12])|(?: ?/dev/null))(?=[ ;|]|&&|$)")
_REDIRECTIONS: dict[str, Redirection | None] = {
    "2&1": "2>&1", "1&2": "1>&2", "&2": "1>&2", "1": "1>/dev/null", "": "1>/dev/null", "2": "2>/dev/null",
}  # fmt: skip
# Unquoted, these mean something only in some places; at the beginning of a word they always may.
_PLAIN_INSIDE = frozenset("#~!")
_ESCAPED_IN_QUOTES = frozenset('$`"\\')
_UNFIT = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})

# Words that a shell understands by itself: no program of that name does the same, where there is one at all.
_SHELL_WORDS = frozenset(
    words("""
    ! { } [[ ]] [ if then else elif fi for in do done while until case esac select function time coproc
    . source eval exec command builtin alias unalias set unset export declare typeset local readonly trap ulimit umask
    type jobs fg bg wait read mapfile readarray let return exit logout shift history fc pushd popd dirs hash enable
    shopt bind complete compgen compopt caller disown suspend times getopts break continue
    """)
)


def read_shell_line(line: str, *, with_patterns: bool = False) -> tuple[ShellPipeline, ...] | NotPlain:
    """Return the pipelines of a line, or what makes it more than plain; spaces and line ends around it do not count.

    `cd` is left in: it is plain, but only who runs the line can say what it means. So are, `with_patterns`, words such
    as `*.py`; who asks for them has to put the names of files in their place.
    """
    line = line.strip(" \n")
    if not line:
        return NotPlain("an empty line")
    if len(line) > LONGEST_LINE:
        return NotPlain("a very long line")
    if (unfit := _unfit_character(line)) is not None:
        return NotPlain(unfit)
    tokens = _lexed(line, with_patterns)
    if isinstance(tokens, NotPlain):
        return tokens
    if (difference := _differs_from_grammar(line, tokens)) is not None:
        return NotPlain(difference)
    return _pipelines(tokens)


def _unfit_character(line: str) -> str | None:
    for character in line:
        category = unicodedata.category(character)
        if category in _UNFIT or (category == "Zs" and character != " "):
            if character == "\n":
                return "several lines"
            return f"the invisible or unusual character U+{ord(character):04X}"
    return None


def _lexed(line: str, with_patterns: bool) -> list[_Token] | NotPlain:
    tokens: list[_Token] = []
    position = 0
    while position < len(line):
        if line[position] == " ":
            position += 1
        elif operator := _OPERATOR.match(line, position):
            tokens.append(_Token(position, operator.end(), operator.group(), is_word=False))
            position = operator.end()
        elif redirection := _redirection(line, position):
            tokens.append(redirection)
            position = redirection.end
        elif with_patterns and (pattern := _PATTERN.match(line, position)):
            tokens.append(_Token(position, pattern.end(), pattern.group(), is_word=True, is_pattern=True))
            position = pattern.end()
        else:
            word = _word(line, position)
            if isinstance(word, NotPlain):
                return word
            tokens.append(word)
            position = word.end
    return tokens


def _redirection(line: str, start: int) -> _Token | None:
    found = _REDIRECTION.match(line, start)
    kind = _REDIRECTIONS.get(found[1] + (f"&{found[2]}" if found[2] else "")) if found else None
    return _Token(start, found.end(), found.group(), is_word=False, redirection=kind) if found and kind else None


def _word(line: str, start: int) -> _Token | NotPlain:
    pieces: list[str] = []
    position = start
    while position < len(line) and line[position] != " " and not _OPERATOR.match(line, position):
        piece = _piece(line, position, position == start)
        if isinstance(piece, NotPlain):
            return piece
        text, position = piece
        pieces.append(text)
    return _Token(start, position, "".join(pieces), is_word=True)


def _piece(line: str, position: int, is_first: bool) -> tuple[str, int] | NotPlain:
    character = line[position]
    if plain := _PLAIN.match(line, position):
        return plain.group(), plain.end()
    if character == "'":
        return _single_quoted(line, position)
    if character == '"':
        return _double_quoted(line, position)
    if character == "\\":
        if position + 1 == len(line):
            return NotPlain("a backslash at the end")
        return line[position + 1], position + 2
    if not character.isascii():
        return character, position + 1
    # `~` is a home folder also after `:` and `=`, and `!` may stand alone as an operand of find.
    is_inside = not is_first and line[position - 1] not in ":="
    if character in _PLAIN_INSIDE and (is_inside or (character == "!" and line[position : position + 2] == "! ")):
        return character, position + 1
    return NotPlain(_MEANINGS.get(character, f"the character {character} outside quotes"))


_MEANINGS = {
    "$": "an expansion",
    "`": "a command within the command",
    "*": "a pattern of file names",
    "?": "a pattern of file names",
    "[": "a pattern of file names",
    "{": "braces",
    "}": "braces",
    "(": "a subshell",
    ")": "a subshell",
    "<": "a redirection",
    ">": "a redirection",
    "&": "work in the background",
    "~": "a home folder",
    "#": "a comment",
}


def _single_quoted(line: str, start: int) -> tuple[str, int] | NotPlain:
    end = line.find("'", start + 1)
    return NotPlain("a quote without an end") if end < 0 else (line[start + 1 : end], end + 1)


def _double_quoted(line: str, start: int) -> tuple[str, int] | NotPlain:
    pieces: list[str] = []
    position = start + 1
    while position < len(line) and line[position] != '"':
        character = line[position]
        if character in "$`":
            return NotPlain("an expansion")
        if character == "\\" and line[position + 1 : position + 2] in _ESCAPED_IN_QUOTES:
            position += 1
            character = line[position]
        pieces.append(character)
        position += 1
    return NotPlain("a quote without an end") if position >= len(line) else ("".join(pieces), position + 1)


def _differs_from_grammar(line: str, tokens: list[_Token]) -> str | None:
    language = grammar("bash")
    if language is None:
        return "a line that nobody here can read"
    root = Parser(language).parse(line.encode()).root_node
    if root.has_error:
        return "what is no whole command"
    seen = list(_leaves(root))
    if isinstance(seen[-1], str):
        return f"what bash calls a {seen[-1].replace('_', ' ')}"
    expected = [(len(line[: token.start].encode()), len(line[: token.end].encode())) for token in tokens]
    return None if seen == expected else "words that can be read in two ways"


def _leaves(node: Node) -> Iterator[tuple[int, int] | str]:
    """Yield the bytes of every word and operator in order; a name in the end tells what else was met."""
    for child in node.children:
        if child.type in _GROUPS or child.type == "command":
            yield from _leaves(child)
        elif child.type in _WORDS or child.type in _OPERATORS:
            unknown = None if child.type in _OPERATORS else _unknown_part(child)
            if unknown is not None:
                yield unknown
                return
            yield child.start_byte, child.end_byte
        elif child.type == "file_redirect":
            yield from _redirect_leaves(child)
        else:
            yield child.type
            return


def _redirect_leaves(node: Node) -> Iterator[tuple[int, int] | str]:
    """Yield a redirection and the words behind it, which the grammar takes for parts of it."""
    first, *rest = node.children_by_field_name("destination")
    yield node.start_byte, first.end_byte
    for word in rest:
        if word.type not in _WORDS or (unknown := _unknown_part(word)) is not None:
            yield word.type if word.type not in _WORDS else str(unknown)
            return
        yield word.start_byte, word.end_byte


def _unknown_part(node: Node) -> str | None:
    for child in node.named_children:
        if child.type not in _WORDS and child.type != "string_content":
            return child.type
        if (unknown := _unknown_part(child)) is not None:
            return unknown
    return None


def _pipelines(tokens: list[_Token]) -> tuple[ShellPipeline, ...] | NotPlain:
    pipelines: list[ShellPipeline] = []
    operator: Operator = ""
    commands: list[list[_Token]] = [[]]
    if tokens[-1].text == ";" and not tokens[-1].is_word:
        tokens = tokens[:-1]
    # An operator in the end closes the last command as well.
    for token in [*tokens, _Token(0, 0, ";", is_word=False)]:
        if token.is_word or token.redirection is not None:
            commands[-1].append(token)
            continue
        if not any(each.is_word for each in commands[-1]):
            return NotPlain("an operator without a command")
        if token.text == "|":
            commands.append([])
        else:
            pipelines.append(_pipeline(operator, commands))
            operator, commands = _operator(token.text), [[]]
    return _checked(tuple(pipelines))


def _pipeline(operator: Operator, commands: list[list[_Token]]) -> ShellPipeline:
    words = [[token for token in command if token.is_word] for command in commands]
    redirections = tuple(tuple(token.redirection for token in command if token.redirection) for command in commands)
    patterns = tuple(tuple(index for index, token in enumerate(command) if token.is_pattern) for command in words)
    return ShellPipeline(
        operator,
        tuple(tuple(token.text for token in command) for command in words),
        redirections if any(redirections) else (),
        patterns if any(patterns) else (),
    )


def _operator(text: str) -> Operator:
    return "&&" if text == "&&" else "||" if text == "||" else ";"


def _checked(pipelines: tuple[ShellPipeline, ...]) -> tuple[ShellPipeline, ...] | NotPlain:
    names = [command[0] for pipeline in pipelines for command in pipeline.commands]
    if len(names) > MOST_COMMANDS:
        return NotPlain(f"more than {MOST_COMMANDS} commands")
    for name in names:
        if not name or not name.isascii() or "=" in name:
            return NotPlain("a command with an unusual name")
        if name in _SHELL_WORDS:
            return NotPlain(f"the shell's own word {name}")
    if any(0 in places for pipeline in pipelines for places in pipeline.patterns):
        return NotPlain("a pattern of file names")
    return pipelines
