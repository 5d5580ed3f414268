"""What a suggestion that stops in the middle may still need."""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType

from pylot.syntax.scanner import Token, TokenKind, opening_at_end, tokens

_STOPS_AFTER = ("{", "(", "[", ",")

# What follows a line that is right as far as it goes: the second half of a statement, or what it stands before.
_TAILS = MappingProxyType(
    {
        "python": ("\n{indent}def x(): pass", '"""', "'''"),
        "javascript": (";", "`", " while (x);", " finally {}"),
        "typescript": (";", "`", " while (x);", " finally {}"),
        "tsx": (";", "`", " while (x);", " finally {}"),
        "go": ("`",),
        "rust": (";",),
        "java": (";", " finally {}", " while (x);", " void x() {}"),
        "c": (";", " x;", " {}", " while (x);", "\n#endif\n"),
        "cpp": (";", " x;", " {}", " while (x);", "\n#endif\n", " class X {};", " catch (...) {}"),
        "csharp": (";", " finally {}", " while (x);", " void X() {}", "\n#endregion\n"),
        "php": (";", " finally {}", " while ($x);"),
    }
)


def continuations(language: str, before: str, insertion: str) -> Iterator[str]:
    """Yield texts that may finish an insertion which leaves a block, a bracket or a statement open at its end."""
    stack = _left_open(language, before, insertion)
    if stack and not insertion.rstrip().endswith(_STOPS_AFTER) and not stack[-1].closer.isalpha():
        return
    closing = "".join(f"\n{token.closer}" for token in reversed(stack))
    line = (before + insertion).rpartition("\n")[2]
    indent = line[: len(line) - len(line.lstrip())]
    if stack:
        yield closing
    for tail in _TAILS.get(language, ()):
        yield closing + tail.format(indent=indent) if "{indent}" in tail else closing + tail
    if stack and stack[-1].text == "(":
        yield "\nx" + closing


def _left_open(language: str, before: str, insertion: str) -> list[Token]:
    stack: list[Token] = []
    for token in tokens(language, before + insertion, opening_at_end(language, before).resume):
        if token.end <= len(before):
            continue
        if token.kind is TokenKind.OPEN:
            stack.append(token)
        elif token.kind is TokenKind.CLOSE and stack and stack[-1].closer == token.text:
            stack.pop()
    return stack
