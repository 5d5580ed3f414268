"""Which of the definitions that a file imports is about to be used.

A conditional logit model (McFadden 1974) over a dozen features, fitted on cross-file call sites of installed packages
(`make eval-context ARGS=--fit`): whether the name is imported and not yet used tells most, then how recently and after
which word it was used, then what its name shares with the last lines. Line similarity finds a tenth of them.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from pylot.completion.known_symbols import KnownDefinition
from pylot.index.words import parts_of, stem

WEIGHTS: Mapping[str, float] = {
    "shares with the line": 0.26,
    "shares with three lines": 1.51,
    "its signature shares with three lines": 0.08,
    "shares with twenty lines": 0.06,
    "imported, not used yet": 2.73,
    "uses": 0.38,
    "used lately": 1.16,
    "after the same word": 2.45,
    "class": 0.64,
    "function": 1.66,
    "constant": -1.08,
    "error where one is raised": 2.59,
    "error elsewhere": -0.34,
}
_NAME = re.compile(r"[^\W\d]\w*")
_RAISED = re.compile(r"\b(?:raise|throw(?:\s+new)?)\s+\w*$")
_ERROR_NAME = re.compile(r"(?:Error|Exception|Warning)$")
_NEAR_LINES = 60
_RECENT_WORDS = 60
_MOST_CHARACTERS = 30_000


@dataclass(frozen=True, slots=True)
class Place:
    """What is compared with every definition: the words around a cursor."""

    line: frozenset[str]
    three_lines: frozenset[str]
    twenty_lines: frozenset[str]
    uses: Mapping[str, int]
    last_use: Mapping[str, int]
    followers: Mapping[str, int]
    raises: bool

    @classmethod
    def at(cls, text: str, offset: int) -> Place:
        """Read what surrounds an offset of a text; what is far away does not count."""
        before = text[max(0, offset - _MOST_CHARACTERS) : offset]
        line_end = text.find("\n", offset)
        after = text[line_end : line_end + _MOST_CHARACTERS] if line_end >= 0 else ""
        lines = before.rsplit("\n", _NEAR_LINES)
        names = _NAME.findall(before)
        last = names[-1] if names else ""
        later = _NAME.findall(after)
        near = _NAME.findall("\n".join(lines[-_NEAR_LINES:]))
        return cls(
            line=_words(lines[-1]),
            three_lines=_words("\n".join(lines[-3:])),
            twenty_lines=_words("\n".join(lines[-20:])),
            uses=Counter(names) + Counter(later),
            last_use={name: len(near) - position for position, name in enumerate(near)},
            followers=Counter(name for word, name in (*pairwise(names), *pairwise(later)) if word == last),
            raises=_RAISED.search(lines[-1]) is not None,
        )


def rank(definitions: Sequence[KnownDefinition], text: str, offset: int) -> list[tuple[KnownDefinition, float]]:
    """Return the definitions with the probability that each is the one used next, most probable first."""
    if not definitions:
        return []
    place = Place.at(text, offset)
    scores = [sum(WEIGHTS[name] * value for name, value in values.items()) for values in features(definitions, place)]
    highest = max(scores)
    odds = [math.exp(score - highest) for score in scores]
    ranked = sorted(zip(definitions, odds, strict=True), key=lambda pair: -pair[1])
    return [(definition, odd / sum(odds)) for definition, odd in ranked]


def features(definitions: Sequence[KnownDefinition], place: Place) -> list[dict[str, float]]:
    """Return what the model knows of each definition at a place, by the names in `WEIGHTS`."""
    own = [(_words(each.name), _words(each.name + " " + each.signature)) for each in definitions]
    spread = Counter(word for _, words in own for word in words)
    rarity = {word: math.log(1 + (len(own) - count + 0.5) / (count + 0.5)) for word, count in spread.items()}
    return [
        _features(definition, name_words, words, place, rarity)
        for definition, (name_words, words) in zip(definitions, own, strict=True)
    ]


def _features(
    definition: KnownDefinition,
    name_words: frozenset[str],
    words: frozenset[str],
    place: Place,
    rarity: Mapping[str, float],
) -> dict[str, float]:
    name = definition.name
    # The import itself is one use.
    n_uses = place.uses.get(name, 0) - 1
    is_error = _ERROR_NAME.search(name) is not None
    in_all = sum(rarity[word] for word in name_words)
    return {
        "shares with the line": _shared(name_words, place.line, rarity),
        "shares with three lines": _shared(name_words, place.three_lines, rarity) / (1 + in_all),
        "its signature shares with three lines": _shared(words, place.three_lines, rarity),
        "shares with twenty lines": _shared(name_words, place.twenty_lines, rarity),
        "imported, not used yet": float(n_uses <= 0),
        "uses": math.log1p(max(0, n_uses)),
        "used lately": math.exp(-place.last_use[name] / _RECENT_WORDS) if name in place.last_use else 0.0,
        "after the same word": math.log1p(place.followers.get(name, 0)),
        "class": float(definition.kind == "class"),
        "function": float(definition.kind == "function"),
        "constant": float(name.isupper()),
        "error where one is raised": float(is_error and place.raises),
        "error elsewhere": float(is_error and not place.raises),
    }


def _shared(words: frozenset[str], others: frozenset[str], rarity: Mapping[str, float]) -> float:
    return sum(rarity[word] for word in words & others)


@lru_cache(maxsize=4096)
def _words(text: str) -> frozenset[str]:
    return frozenset(stem(part) for name in _NAME.findall(text) for part in parts_of(name))
