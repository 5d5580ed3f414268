"""Does an answer for an earlier text still hold for what has been typed since?

What is compared, always exactly: the text before the earlier cursor, the text after it, and the answer against what was
typed between. Nothing else can have changed without one of them differing, so an answer that passes was computed for
this very text. Comparing strings in place costs microseconds even for 10,000 lines.
"""

from __future__ import annotations

from dataclasses import dataclass

from pylot.completion.brackets import QUOTES, outside_closers

_CLOSER = {"(": ")", "[": "]", "{": "}", '"': '"', "'": "'", "`": "`", "<": ">"}
_MAX_AUTO_CLOSED = 4


@dataclass(frozen=True, slots=True)
class Place:
    """Where an answer was asked for: the text around the cursor."""

    prefix: str
    suffix: str


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed since: `text` left of the cursor, and the closers that the editor put right of it for that."""

    text: str
    auto_closed: str = ""


@dataclass(frozen=True, slots=True)
class Remaining:
    """What is left of an answer: insert `text` and take away `replace_right` characters right of the cursor."""

    text: str
    replace_right: int


def typed_since(earlier: Place, now: Place) -> Typed | None:
    """Return what was typed at the earlier cursor, or nothing when anything else changed."""
    if not now.prefix.startswith(earlier.prefix):
        return None
    typed = now.prefix[len(earlier.prefix) :]
    return typed_between(typed, earlier.suffix, now.suffix)


def typed_between(typed: str, earlier_suffix: str, suffix: str) -> Typed | None:
    """Return `typed` with the closers an editor added for it; nothing when the text after the cursor differs else."""
    n_added = len(suffix) - len(earlier_suffix)
    if n_added == 0:
        return Typed(typed) if suffix == earlier_suffix else None
    if not 0 < n_added <= _MAX_AUTO_CLOSED or not suffix.endswith(earlier_suffix):
        return None
    return Typed(typed, suffix[:n_added]) if _closes(typed, suffix[:n_added]) else None


def remaining(answer: str, replace_right: int, typed: Typed) -> Remaining | None:
    """Return what is left of an answer after `typed`, or nothing when they disagree or nothing is left.

    Closers that the editor added give way to the answer's own where it has them.
    """
    if len(typed.text) >= len(answer) or not answer.startswith(typed.text):
        return None
    rest = answer[len(typed.text) :]
    return Remaining(rest, replace_right + _n_replaced(rest, typed.auto_closed))


def still_agrees(stream: str, typed: Typed) -> bool:
    """Tell whether a stream of text that is still growing may go on: so far it agrees with what was typed."""
    return stream.startswith(typed.text) or typed.text.startswith(stream)


def _n_replaced(rest: str, auto_closed: str) -> int:
    quote = auto_closed[:1] if auto_closed[:1] in QUOTES else ""
    own = "".join(rest[index] for index in outside_closers(rest, quote))
    return len(auto_closed) if own.startswith(auto_closed) else 0


def _closes(typed: str, added: str) -> bool:
    """Whether `added` closes, innermost first, what `typed` left open."""
    open_closers: list[str] = []
    for character in typed:
        if open_closers and character == open_closers[-1]:
            open_closers.pop()
        elif character in _CLOSER:
            open_closers.append(_CLOSER[character])
    return added == "".join(reversed(open_closers[-len(added) :]))
