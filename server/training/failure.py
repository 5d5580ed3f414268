from __future__ import annotations


class TrainingError(Exception):
    """Say in one sentence why a step of the recipe stopped and what to do next."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence
