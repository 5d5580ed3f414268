"""What a documentation comment knows that no signature says: types in JavaScript, and tags of the author's own (L5)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

_NAMING = frozenset({"param", "arg", "argument"})
_RETURNING = frozenset({"returns", "return", "yields", "yield"})
# These are worked out of the code, as the summary is written anew.
_REPLACED = frozenset({"throws", "exception", "description", "desc", "summary"})
_NOTHING = frozenset({"{void}", "{undefined}", "{never}", "{Promise<void>}", "{Promise<undefined>}"})
_MARGIN = re.compile(r"^[ \t]*(?:/\*\*+|\*(?!/))?[ ]?|[ \t]*\*+/[ \t]*$")
_TAG = re.compile(r"@(\w+)")
# A name as JSDoc has it: `a`, `a.b`, `[a=1]`.
_NAME = re.compile(r"\s*(\[\s*([\w$.]+)(?:\[\])*[^\]]*(?:\][^\]\s]*)*?\]|([\w$.]+))")


@dataclass(frozen=True, slots=True)
class KnownTags:
    """Tags of a comment that is written anew.

    `parameters` and `returns` have what stands before the words (`{number} [width=1]`, `{string}`), `properties` the
    lines of what parameters hold (`@param {number} options.width - ...`) by their parameters, `others` all tags that
    say nothing of the signature.
    """

    parameters: Mapping[str, str] = field(default_factory=dict)
    returns: str = ""
    properties: Mapping[str, Sequence[str]] = field(default_factory=dict)
    others: tuple[str, ...] = ()


def known_tags(comment: str, *, has_types: bool) -> KnownTags:
    """Return what is kept of a comment (`/** ... */`); types only where the code itself has none."""
    parameters: dict[str, str] = {}
    properties: dict[str, list[str]] = {}
    returns, others = "", []
    for tag, lines in _tags(comment):
        text = "\n".join(lines)
        type_, rest = _split_type(text[len(tag) + 1 :])
        kept_type = "" if has_types else type_
        if tag in _NAMING and (named := _NAME.match(rest)) is not None:
            name = named[2] or named[3]
            written = name if has_types else named[1]
            head = " ".join(filter(None, (kept_type, written)))
            if "." in name:
                properties.setdefault(name.split(".")[0], []).append(f"@{tag} {head}{rest[named.end() :]}")
            else:
                parameters[name] = head
        elif tag in _RETURNING:
            returns = kept_type
        elif tag not in _REPLACED:
            others.append(text)
    return KnownTags(parameters, returns, properties, tuple(others))


def says_nothing_comes_back(known: KnownTags) -> bool:
    """Tell whether the type of a result is that of none, which a function without a result keeps."""
    return known.returns in _NOTHING


def _tags(comment: str) -> Iterator[tuple[str, list[str]]]:
    """Yield every tag of a comment with its lines, without the margin."""
    tag, lines = "", [""]
    for each in comment.splitlines():
        line = _MARGIN.sub("", each).rstrip()
        found = _TAG.match(line.lstrip())
        if found is not None:
            if tag:
                yield tag, _without_end(lines)
            tag, lines = found[1], [line.lstrip()]
        else:
            lines.append(line)
    if tag:
        yield tag, _without_end(lines)


def _without_end(lines: list[str]) -> list[str]:
    while len(lines) > 1 and not lines[-1]:
        lines.pop()
    return lines


def _split_type(text: str) -> tuple[str, str]:
    """Return a type in braces, which may hold others, and what comes after it."""
    start = len(text) - len(text.lstrip())
    if text[start : start + 1] != "{":
        return "", text
    depth = 0
    for index in range(start, len(text)):
        depth += {"{": 1, "}": -1}.get(text[index], 0)
        if depth == 0:
            return " ".join(text[start : index + 1].split()), text[index + 1 :]
    return "", text
