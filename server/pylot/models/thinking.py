"""Take apart what a model thinks aloud and what it answers, where its server does not (H18)."""

from __future__ import annotations

from pylot.engine.thinking import CLOSES as _CLOSES
from pylot.engine.thinking import OPENS as _OPENS


class ThinkingSplitter:
    """Feed an answer piece by piece; a block of thoughts counts only at its very beginning."""

    def __init__(self) -> None:
        self._held = ""
        self._state = "before"

    def feed(self, text: str) -> tuple[str, str]:
        """Return the answer and the thoughts that have become certain."""
        if self._state == "after":
            return text, ""
        if self._state == "between":
            return self._begin_answer(text), ""
        self._held += text
        if self._state == "before":
            begun = self._held.lstrip()
            if len(begun) < len(_OPENS) and _OPENS.startswith(begun):
                return "", ""
            if not begun.startswith(_OPENS):
                return self._begin_answer(self._held, strip=False), ""
            self._state, self._held = "inside", begun.removeprefix(_OPENS)
        thoughts, closes, answer = self._held.partition(_CLOSES)
        if closes:
            return self._begin_answer(answer), thoughts
        n_undecided = next(n for n in range(len(_CLOSES) - 1, -1, -1) if self._held.endswith(_CLOSES[:n]))
        cut = len(self._held) - n_undecided
        thoughts, self._held = self._held[:cut], self._held[cut:]
        return "", thoughts

    def flush(self) -> tuple[str, str]:
        """Return what was held back, at the end of the answer."""
        held, self._held = self._held, ""
        return (held, "") if self._state != "inside" else ("", held)

    def _begin_answer(self, text: str, *, strip: bool = True) -> str:
        """Return what the answer begins with; the empty lines between thoughts and answer belong to neither."""
        text = text.lstrip("\n") if strip else text
        self._state, self._held = "after" if text else "between", ""
        return text
