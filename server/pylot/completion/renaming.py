"""A consistent renaming between two stretches of code, learnt token by token and applied to the next line.

Where `user` became `order`, `get_users` becomes `get_orders`, `UserId` `OrderId` and `USER` `ORDER`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

_ANY_TOKEN = r"[^\W\d]\w*|\d\w*|[^\w\s]"
_TOKEN = re.compile(_ANY_TOKEN)
_FIRST_TOKENS = re.compile(rf"\s*({_ANY_TOKEN})(?:\s*({_ANY_TOKEN})(?:\s*({_ANY_TOKEN}))?)?")
_NAME = re.compile(r"[^\W\d]\w*")
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[^\W\d_A-Z]+|\d+")


@lru_cache(maxsize=16_384)
def tokens_of(line: str) -> tuple[str, ...]:
    """Return the names, numbers and marks of a line; blanks say nothing."""
    return tuple(_TOKEN.findall(line))


def first_tokens(line: str) -> tuple[str, ...]:
    """Return the first three tokens of a line, or all where there are fewer, without cutting the rest."""
    match = _FIRST_TOKENS.match(line)
    return tuple(filter(None, match.groups())) if match else ()


def is_name(token: str) -> bool:
    """Tell whether a token is a name or a keyword."""
    return token[0] == "_" or token[0].isalpha()


class Renaming:
    """Which name stands for which, both ways unique, and which words inside names changed with them."""

    def __init__(self, fixed: frozenset[str]) -> None:
        self._fixed = fixed
        self._new: dict[str, str] = {}
        self._old: dict[str, str] = {}
        self._words: dict[str, tuple[str, ...]] = {}
        self.n_applied = 0

    @property
    def n_renamed(self) -> int:
        """How many names differ."""
        return sum(old != new for old, new in self._new.items())

    def learn(self, old: Sequence[str], new: Sequence[str]) -> bool:
        """Take in that these tokens stand for each other; false, and nothing learnt, where they cannot."""
        if len(old) != len(new):
            return False
        if old == new and all(self._new.get(token, token) == self._old.get(token, token) == token for token in old):
            self._new |= (same := {token: token for token in old if is_name(token) and token not in self._fixed})
            self._old |= same
            return True
        pairs = dict[str, str]()
        for left, right in zip(old, new, strict=True):
            if not is_name(left) or not is_name(right) or left in self._fixed or right in self._fixed:
                if left != right:
                    return False
            elif (pairs.setdefault(left, right), self._new.get(left, right), self._old.get(right, left)) != (
                right,
                right,
                left,
            ):
                return False
        if len(set(pairs.values())) < len(pairs):
            return False
        for left, right in pairs.items():
            self._new[left], self._old[right] = right, left
        return True

    def apply(self, line: str) -> str:
        """Return a line with its names renamed."""
        self._words.clear()
        for old, new in self._new.items():
            if old != new:
                self._learn_word(old, new)
        return _NAME.sub(lambda match: self._renamed(match.group()), line)

    def _renamed(self, name: str) -> str:
        if name in self._fixed:
            return name
        new = self._new.get(name)
        if new is None:
            new = _WORD.sub(lambda match: self._renamed_word(match.group(), name), name) if self._words else name
        self.n_applied += new != name
        return new

    def _renamed_word(self, word: str, name: str) -> str:
        plain = word.lower()
        new = self._words.get(plain)
        if new is None and plain.endswith("s") and plain[:-1] in self._words:
            *first, last = self._words[plain[:-1]]
            new = (*first, last + "s")
        if new is None:
            return word
        if word.isupper() and len(word) > 1:
            return "_".join(new).upper()
        if "_" in name or (name.islower() and len(new) == 1):
            return "_".join(new) if word[0].islower() else "_".join(each.capitalize() for each in new)
        if name.islower():
            return "_".join(new)
        rest = "".join(each.capitalize() for each in new[1:])
        return (new[0].capitalize() if word[0].isupper() else new[0]) + rest

    def _learn_word(self, old: str, new: str) -> None:
        left, right = _words(old), _words(new)
        while left and right and left[0] == right[0]:
            left, right = left[1:], right[1:]
        while left and right and left[-1] == right[-1]:
            left, right = left[:-1], right[:-1]
        if len(left) != 1 or not right or len(left[0]) < 2:
            return
        if left[0].endswith("s") and right[-1].endswith("s") and len(left[0]) > 3:
            left, right = (left[0][:-1],), (*right[:-1], right[-1][:-1])
        self._words.setdefault(left[0], right)


@lru_cache(maxsize=4_096)
def _words(name: str) -> tuple[str, ...]:
    return tuple(word.lower() for word in _WORD.findall(name))
