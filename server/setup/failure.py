from __future__ import annotations

from collections.abc import Sequence


class SetupError(Exception):
    """Say in one sentence why the setup stopped and what to do next."""

    def __init__(self, sentence: str, *, log_tail: Sequence[str] = ()) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.log_tail = tuple(log_tail)
