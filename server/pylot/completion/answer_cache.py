"""Recent answers, found again when the user types through them or deletes back to them."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field

from pylot.completion.lookup import Place, Typed, remaining, typed_between

_MAX_ANSWERS = 100
# Surroundings are shared by the answers of one line; this bounds what very large files may occupy.
_MAX_CHARACTERS = 4_000_000


@dataclass(frozen=True, slots=True)
class Answer:
    """A text that was found worth showing at one place, and how it came about.

    `logprobs` stay those of the whole text when only its remainder is returned.
    """

    text: str
    source: str
    confidence: float
    replace_right: int = 0
    logprobs: tuple[float, ...] = ()


@dataclass(slots=True, eq=False)
class _Surroundings:
    """The text before the line's beginning and after the cursor, shared by all answers asked for between them."""

    scope: str
    before: str
    after: str
    answers: OrderedDict[tuple[str, str], Answer] = field(default_factory=OrderedDict)

    @property
    def size(self) -> int:
        return len(self.before) + len(self.after)


class AnswerCache:
    """Keep the last 100 answers; the least recently used go first.

    `scope` separates what must never be mixed: documents, models, settings.
    """

    def __init__(self, max_answers: int = _MAX_ANSWERS, max_characters: int = _MAX_CHARACTERS) -> None:
        self._max_answers = max_answers
        self._max_characters = max_characters
        self._surroundings: list[_Surroundings] = []

    def __len__(self) -> int:
        return sum(len(surroundings.answers) for surroundings in self._surroundings)

    def add(self, scope: str, place: Place, answer: Answer) -> None:
        """Remember an answer for a place."""
        start = place.prefix.rfind("\n") + 1
        before, typed = place.prefix[:start], place.prefix[start:]
        surroundings = self._shared(scope, before, place.suffix) or _Surroundings(scope, before, place.suffix)
        surroundings.answers.pop((typed, answer.text), None)
        surroundings.answers[typed, answer.text] = answer
        self._touch(surroundings)
        self._evict()

    def find(self, scope: str, place: Place) -> tuple[Answer, ...]:
        """Return what remains of the answers that agree with a place, the latest first, without repetition."""
        found: dict[str, Answer] = {}
        for surroundings in reversed(self._surroundings):
            if surroundings.scope != scope or not place.prefix.startswith(surroundings.before):
                continue
            typed = typed_between(place.prefix[len(surroundings.before) :], surroundings.after, place.suffix)
            for answer in _agreeing(surroundings, typed) if typed else ():
                found.setdefault(answer.text, answer)
        return tuple(found.values())

    def clear(self) -> None:
        """Forget everything."""
        self._surroundings.clear()

    def _shared(self, scope: str, before: str, after: str) -> _Surroundings | None:
        for surroundings in self._surroundings:
            if (surroundings.scope, surroundings.before, surroundings.after) == (scope, before, after):
                return surroundings
        return None

    def _touch(self, surroundings: _Surroundings) -> None:
        if surroundings in self._surroundings:
            self._surroundings.remove(surroundings)
        self._surroundings.append(surroundings)

    def _evict(self) -> None:
        while len(self) > self._max_answers:
            oldest = self._surroundings[0]
            oldest.answers.popitem(last=False)
            if not oldest.answers:
                self._surroundings.pop(0)
        while len(self._surroundings) > 1 and sum(each.size for each in self._surroundings) > self._max_characters:
            self._surroundings.pop(0)


def _agreeing(surroundings: _Surroundings, typed: Typed) -> list[Answer]:
    agreeing = []
    for (asked_after, text), answer in reversed(surroundings.answers.items()):
        if not typed.text.startswith(asked_after):
            continue
        since = Typed(typed.text[len(asked_after) :], typed.auto_closed)
        rest = remaining(text, answer.replace_right, since)
        if rest is not None:
            agreeing.append(Answer(rest.text, answer.source, answer.confidence, rest.replace_right, answer.logprobs))
    return agreeing
