"""Find the code in what a model has written: in prose, in fences, behind thoughts, and indented anyhow."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pylot.actions.edit_ladder import SearchReplace
from pylot.kernel.errors import ModelAnswerError
from pylot.kernel.shown_text import hidden_characters
from pylot.text.lines import split_lines

_FENCE = re.compile(r"^[ \t]*(`{3,}|~{3,})[ \t]*([\w+#.-]*)[^\n`]*$", re.MULTILINE)
_THOUGHTS = re.compile(r"\s*<think>.*?</think>", re.DOTALL)
_SEARCH = re.compile(r"^[ \t]*<{5,}[ \t]*(?:SEARCH|ORIGINAL|HEAD)?[ \t]*\n", re.MULTILINE)
_DIVIDER = re.compile(r"^[ \t]*={5,}[ \t]*(?:\n|\Z)", re.MULTILINE)
_REPLACE = re.compile(r"^[ \t]*>{5,}[ \t]*(?:REPLACE|UPDATED)?[^\n]*(?:\n|\Z)", re.MULTILINE)


def without_thoughts(answer: str) -> str:
    """Return an answer without what a model thought aloud at its beginning, in the line endings of Unix."""
    return _THOUGHTS.sub("", answer.replace("\r\n", "\n"), count=1).strip("\n")


def code_pieces(answer: str) -> list[str]:
    """Return the pieces of code in an answer, in order: what is fenced, or else all of it.

    A fence that is never closed, because the answer was cut or its end forgotten, ends with the answer.
    """
    answer = without_thoughts(answer)
    pieces = [answer] if _FENCE.search(answer) is None else list(_fenced(answer))
    return [piece for piece in pieces if piece.strip()]


def only_code(answer: str) -> str:
    """Return the longest piece of code in an answer.

    Raises:
        ModelAnswerError: there is none.
    """
    pieces = code_pieces(answer)
    if not pieces:
        raise ModelAnswerError("The model answered with nothing that could be used.")
    return max(pieces, key=len)


def read_blocks(answer: str) -> list[SearchReplace]:
    """Return the blocks of search and replace in an answer; half a block is none."""
    answer, blocks, at = without_thoughts(answer), [], 0
    while begins := _SEARCH.search(answer, at):
        divides = _DIVIDER.search(answer, begins.end())
        ends = _REPLACE.search(answer, divides.end()) if divides else None
        if divides is None or ends is None:
            break
        blocks.append(SearchReplace(answer[begins.end() : divides.start()], answer[divides.end() : ends.start()]))
        at = ends.end()
    return blocks


def refuse_hidden(before: str, after: str) -> None:
    """Refuse code with characters that nobody sees, unless the text has had them before.

    Such characters can make code read otherwise than it runs (https://trojansource.codes).

    Raises:
        ModelAnswerError: there are new ones.
    """
    if hidden_characters(after.replace("\r\n", "\n")) - hidden_characters(before):
        raise ModelAnswerError("The model's code holds characters that cannot be seen, so nothing is changed.")


def dedented(code: str) -> str:
    """Return code whose least indented line is not indented, without blank lines around it.

    A first line that alone is not indented, as models write it that go on with a line, counts with its block.
    """
    lines = [line.rstrip() for line in code.expandtabs(4).split("\n")] if _is_mixed(code) else _stripped(code)
    while lines and not lines[0]:
        lines.pop(0)
    while lines and not lines[-1]:
        lines.pop()
    depth = min((_depth(line) for line in lines if line), default=0)
    return "\n".join(line[depth:] for line in lines)


def indented(code: str, indent: str) -> str:
    """Return code with every line that is not blank indented further."""
    return "".join(indent + line if line.strip() else line for line in split_lines(code))


def _fenced(answer: str) -> Iterator[str]:
    fences = list(_FENCE.finditer(answer))
    while fences:
        opens = fences.pop(0)
        closes = next((at for at, each in enumerate(fences) if _closes(opens, each)), None)
        end = fences[closes].start() if closes is not None else len(answer)
        yield answer[opens.end() + 1 : end].rstrip("\n")
        fences = fences[closes + 1 :] if closes is not None else []


def _closes(opens: re.Match[str], other: re.Match[str]) -> bool:
    return other[1].startswith(opens[1]) and not other[2]


def _stripped(code: str) -> list[str]:
    return [line.rstrip() for line in code.split("\n")]


def _is_mixed(code: str) -> bool:
    indents = {line[: len(line) - len(line.lstrip())][:1] for line in code.split("\n") if line.strip()}
    return {" ", "\t"} <= indents


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip())
