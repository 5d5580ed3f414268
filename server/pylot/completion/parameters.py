"""What a function or class is called with, read from its signature, and which variables at hand have those names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from pylot.completion.known_symbols import KnownDefinition

_PARAMETER = re.compile(r"(?:(?:public|private|protected|readonly)\s+)*([^\W\d]\w*)(\?)?")
_CONSTRUCTORS = re.compile(r"\b(?:__init__|constructor)\s*\(")
_DEFAULT = re.compile("=(?!>)")
_OPENING, _CLOSING = "([{<", ")]}>"
_RECEIVERS = frozenset({"self", "cls", "this"})
_VARIABLE = re.compile(r"(?<![\w.])(?:self\.|this\.)?[^\W\d]\w*(?![\w(])")


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter; `by_name` where it can be given in no other way."""

    name: str
    is_required: bool
    by_name: bool


@lru_cache(maxsize=512)
def parameters_of(definition: KnownDefinition) -> tuple[Parameter, ...] | None:
    """Return what a definition is called with, None where that is not known; `*rest` and the like are left out."""
    signature = definition.signature
    if definition.kind == "class":
        signature = next((each for each in definition.members if _CONSTRUCTORS.search(each)), "")
    begin = signature.find("(")
    pieces = list(_pieces(signature[begin + 1 :])) if begin >= 0 else []
    if not pieces or pieces[-1] is None:
        return None
    parameters = []
    by_name = False
    for piece in pieces[:-1]:
        text = (piece or "").strip()
        found = _PARAMETER.match(text)
        by_name = by_name or (text.startswith("*") and not text.startswith("**"))
        if found and found[1] not in _RECEIVERS:
            parameters.append(Parameter(found[1], not (_DEFAULT.search(text) or found[2]), by_name))
    return tuple(parameters)


def arguments_at_hand(parameters: Sequence[Parameter], text: str, *, keywords: bool) -> list[tuple[str, ...]]:
    """Return ways to call with variables that `text` names like the parameters, the plainest first.

    With `keywords` the language can give arguments by name. Nothing where one that is required is not at hand.
    """
    names = set(_VARIABLE.findall(text))
    values = {each.name: _value(each.name, names) for each in parameters}
    required = [each for each in parameters if each.is_required]
    if not all(values[each.name] for each in required):
        return []
    if not keywords:
        # Nothing can be passed over where arguments are known by their place.
        n_first = next((i for i, each in enumerate(parameters) if not values[each.name]), len(parameters))
        plain = tuple(values[each.name] for each in parameters[:n_first])
        return list(dict.fromkeys((plain[: len(required)], plain)))
    ways: list[tuple[str, ...]] = []
    for chosen in (required, [each for each in parameters if values[each.name]]):
        named = tuple(f"{each.name}={values[each.name]}" for each in chosen)
        plain = tuple(
            way if each.by_name or not each.is_required else values[each.name]
            for each, way in zip(chosen, named, strict=True)
        )
        ways += [plain, named]
    return list(dict.fromkeys(ways))


def _value(name: str, names: set[str]) -> str:
    return next((each for each in (name, f"self.{name}", f"this.{name}", f"self._{name}") if each in names), "")


def _pieces(text: str) -> Iterator[str | None]:
    """Yield what stands between the commas up to the closing bracket, then "" or, where there is none, None."""
    depth, begin = 0, 0
    for place, character in enumerate(text):
        if character in _OPENING:
            depth += 1
        elif character in _CLOSING and text[place - 1 : place] not in ("=", "-"):
            if depth == 0:
                yield text[begin:place]
                yield ""
                return
            depth -= 1
        elif character == "," and depth == 0:
            yield text[begin:place]
            begin = place + 1
    yield None
