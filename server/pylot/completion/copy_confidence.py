"""How likely each of the lines that the copier found is to be right; they compete with each other and with silence.

A conditional logit: the log odds against something else altogether are linear in the figures of `CopyEvidence`.
The weights are fitted on places in whole projects by `python -m tests.bench.fit_copy_confidence FOLDER...`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

COPY_SOURCE = "copy"
# Nobody waits for lines that are less likely right, even where everything is shown.
_LEAST_WORTH = 0.15

# Where a copied line was right, so is the line after it in about two of three places.
_NEXT_LINE_RIGHT = 0.65
_MAX_LINES = 12
_WEIGHTS: Mapping[str, float] = {
    "constant": -4.85,
    "length": -0.28,
    "words": -0.28,
    "typed": 2.16,
    "typed length": -0.20,
    "length where typed": -0.22,
    "exact match": 0.52,
    "exact below": 0.38,
    "exact files": 0.32,
    "exact share": 2.35,
    "exact accord": 0.55,
    "renamed match": 0.50,
    "renamed agreeing": 0.22,
    "renamed share": 2.19,
    "renamed aligned": 0.20,
    "only renamed": 0.23,
    "both": -1.95,
}


@dataclass(frozen=True, slots=True)
class ExactCopies:
    """The occurrences that go on in one way.

    Their longest agreement before the cursor and after its line in characters, how many they are, in how many files,
    and their share (0 to 1) of the weight of all occurrences.
    The text above the cursor and the one below it count as two files.
    """

    match_length: int
    match_below: int
    agreeing: int
    n_files: int
    share: float


@dataclass(frozen=True, slots=True)
class RenamedCopies:
    """The occurrences that go on in one way once they are renamed.

    The characters of context of the same shape at the best of them, how many they are, their share (0 to 1) of the
    weight of all, and the whole lines of the same shape at the best.
    """

    match_length: int
    agreeing: int
    share: float
    n_aligned: int


@dataclass(frozen=True, slots=True)
class CopyEvidence:
    """What speaks for `text` as the rest of a line of which `typed` stands before the cursor."""

    text: str
    typed: str
    exact: ExactCopies | None = None
    renamed: RenamedCopies | None = None

    def figures(self) -> dict[str, float]:
        """Return what the probability depends on; absent means 0."""
        length = math.log2(1 + len(self.text))
        figures = {"constant": 1.0, "length": length, "words": math.log2(1 + len(self.text.split()))}
        if self.typed:
            figures |= {"typed": 1.0, "typed length": math.log2(1 + len(self.typed)), "length where typed": length}
        if (exact := self.exact) is not None:
            figures |= {
                "exact match": math.log2(1 + exact.match_length),
                "exact below": math.log2(1 + exact.match_below),
                "exact files": math.log2(exact.n_files),
                "exact share": exact.share,
                "exact accord": exact.share * math.log2(exact.agreeing),
            }
        if (renamed := self.renamed) is not None:
            figures |= {
                "renamed match": math.log2(1 + renamed.match_length),
                "renamed agreeing": math.log2(renamed.agreeing),
                "renamed share": renamed.share,
                "renamed aligned": float(renamed.n_aligned),
            }
        if exact is None:
            figures["only renamed"] = 1.0
        elif renamed is not None:
            figures["both"] = 1.0
        return figures


def probabilities_right(found: Sequence[CopyEvidence]) -> list[float]:
    """Return how likely each of the different continuations of one place is exactly what comes next.

    Together they are less than 1: the rest is what something else is worth.
    """
    scores = [sum(_WEIGHTS[name] * figure for name, figure in each.figures().items()) for each in found]
    top = max([0.0, *scores])
    shares = [math.exp(score - top) for score in scores]
    total = sum(shares) + math.exp(-top)
    return [share / total for share in shares]


def n_lines_worth(probability: float, minimum: float) -> int:
    """Return how many further lines may be copied before the whole is less likely right than `minimum`."""
    minimum = max(minimum, _LEAST_WORTH)
    if probability < minimum:
        return 0
    return min(_MAX_LINES, int(math.log(minimum / probability) / math.log(_NEXT_LINE_RIGHT)))


def probability_of_lines(probability: float, n_more: int) -> float:
    """Return the probability that a copied line and the `n_more` after it are all right."""
    return probability * _NEXT_LINE_RIGHT**n_more
