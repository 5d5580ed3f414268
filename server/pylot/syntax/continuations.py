"""What a suggestion that stops in the middle may still need."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from pylot.syntax.scanner import Token, TokenKind, opening_at_end, tokens

_STOPS_AFTER = ("{", "(", "[", ",")

# What follows a line that is right as far as it goes: the second half of a statement, or what it stands before.
# A pair is only tried where the line has the first of it, since each try is a parse that may have to recover.
_ANYWHERE = ""
_TEMPLATE = ("`", "`")
_LOOP = ("do", " while (x);")
_TRY = ("try", " finally {}")
_TAILS: Mapping[str, tuple[tuple[str, str], ...]] = MappingProxyType(
    {
        "python": ((_ANYWHERE, "\n{indent}def x(): pass"), ('"""', '"""'), ("'''", "'''")),
        "javascript": ((_ANYWHERE, ";"), _TEMPLATE, _LOOP, _TRY),
        "typescript": ((_ANYWHERE, ";"), _TEMPLATE, _LOOP, _TRY),
        "tsx": ((_ANYWHERE, ";"), _TEMPLATE, _LOOP, _TRY),
        "go": (_TEMPLATE,),
        "rust": ((_ANYWHERE, ";"),),
        "java": ((_ANYWHERE, ";"), _TRY, _LOOP, (_ANYWHERE, " void x() {}")),
        "c": ((_ANYWHERE, ";"), (_ANYWHERE, " x;"), (_ANYWHERE, " {}"), _LOOP, ("#", "\n#endif\n")),
        "cpp": (
            (_ANYWHERE, ";"), (_ANYWHERE, " x;"), (_ANYWHERE, " {}"), _LOOP, ("#", "\n#endif\n"),
            ("template", " class X {};"), ("try", " catch (...) {}"),
        ),
        "csharp": ((_ANYWHERE, ";"), _TRY, _LOOP, (_ANYWHERE, " void X() {}"), ("#", "\n#endregion\n")),
        "php": ((_ANYWHERE, ";"), _TRY, ("do", " while ($x);")),
    }
)  # fmt: skip


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
    tried = before[before.rfind("\n") + 1 :] + insertion
    for needed, tail in _TAILS.get(language, ()):
        if needed not in tried:
            continue
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
