"""How likely each of the lines that the copier found is to be right; they compete with each other and with silence.

A conditional logit: the log odds against something else altogether are linear in the figures of `CopyEvidence`.
The weights are fitted on places in whole projects: those of copies by `python -m tests.bench.fit_copy_confidence
FOLDER...`, then those of uses by `make eval-context CONTEXT=--fit-uses`. A figure that no place had weighs nothing.
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
# Uses that were the likeliest at calls of imports were right in so much less than was said of them.
_USE_OVERRATED = 0.85
WEIGHTS: Mapping[str, float] = {
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
    "use": 0.67,
    "use alone": 0.46,
    "use and copy": -0.69,
    "use arguments": 0.25,
    "use as as before": -0.46,
    "use as empty call": 0.27,
    "use as name": -0.22,
    "use as open call": -0.16,
    "use as parameters": 1.24,
    "use at annotation": -0.45,
    "use at bracket": -0.24,
    "use at called": -1.12,
    "use at decorator": -0.22,
    "use at equals": 1.24,
    "use at keyword": 0.21,
    "use at line start": -0.30,
    "use at operator": -0.07,
    "use at raise": 1.34,
    "use at return": 0.28,
    "use former elsewhere": 0.61,
    "use former here": 0.82,
    "use known elsewhere": 0.75,
    "use likely": -0.27,
    "use likely, nothing typed": 0.78,
    "use new": 1.07,
    "use of a name at annotation": 1.01,
    "use of a name at bracket": 0.23,
    "use of a name at decorator": -0.68,
    "use of a name at equals": -1.23,
    "use of a name at keyword": -0.68,
    "use of a name at line start": 1.17,
    "use of a name at operator": 0.92,
    "use of a name at raise": -0.62,
    "use of a name at return": -0.35,
    "use share elsewhere": 0.62,
    "use share here": 0.09,
    "use strange": -1.14,
    "use strangers": -1.08,
    "use typed": -0.70,
    "use typed length": 0.39,
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
class DefinitionUse:
    """A use of something that the file imports.

    `place` names what stands before it, `probability` (0 to 1) says how likely this definition is among all that are
    imported, `n_typed` how many characters of it are typed, and `n_rivals` how many definitions begin so.
    `shape` names how it is used; `n_former` of the `n_here` nearest uses in the file, or where there is none of the
    `n_elsewhere` in other files, read the same, which is their `share` (0 to 1);
    `n_strange` of its variables are not named shortly before.
    """

    place: str
    probability: float
    n_typed: int
    n_rivals: int
    shape: str = ""
    n_arguments: int = 0
    n_strange: int = 0
    n_former: int = 0
    n_here: int = 0
    n_elsewhere: int = 0
    share: float = 0.0

    def figures(self) -> dict[str, float]:
        """Return what its probability depends on; absent means 0."""
        likely = math.log(max(self.probability, 1e-3))
        return {
            "use": 1.0,
            "use likely": likely,
            "use likely, nothing typed": 0.0 if self.n_typed else likely,
            f"use at {self.place}": 1.0,
            f"use as {self.shape}": 1.0,
            f"use of a name at {self.place}": float(self.shape == "name"),
            "use typed": float(self.n_typed > 0),
            "use typed length": math.log2(1 + self.n_typed),
            "use alone": float(self.n_typed > 0 and self.n_rivals == 1),
            "use arguments": float(self.n_arguments),
            "use strange": float(self.n_strange > 0),
            "use strangers": math.log2(1 + self.n_strange),
            "use share here": self.share if self.n_here else 0.0,
            "use former here": math.log2(1 + self.n_former) if self.n_here else 0.0,
            "use share elsewhere": self.share if self.n_elsewhere else 0.0,
            "use former elsewhere": math.log2(1 + self.n_former) if self.n_elsewhere else 0.0,
            "use known elsewhere": float(self.n_elsewhere > 0),
            "use new": float(self.n_here == self.n_elsewhere == 0),
        }


@dataclass(frozen=True, slots=True)
class CopyEvidence:
    """What speaks for `text` as the rest of a line of which `typed` stands before the cursor."""

    text: str
    typed: str
    exact: ExactCopies | None = None
    renamed: RenamedCopies | None = None
    use: DefinitionUse | None = None

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
        if renamed is not None:
            figures["only renamed" if exact is None else "both"] = 1.0
        if self.use is not None:
            figures |= self.use.figures()
            figures["use and copy"] = float(exact is not None or renamed is not None)
        return figures


def probabilities_right(found: Sequence[CopyEvidence]) -> list[float]:
    """Return how likely each of the different continuations of one place is exactly what comes next.

    Together they are less than 1: the rest is what something else is worth.
    """
    scores = [sum(WEIGHTS.get(name, 0.0) * figure for name, figure in each.figures().items()) for each in found]
    top = max([0.0, *scores])
    shares = [math.exp(score - top) for score in scores]
    total = sum(shares) + math.exp(-top)
    return [share / total for share in shares]


def said_of(evidence: CopyEvidence, probability: float) -> float:
    """Return what to say of the continuation that was chosen: uses win more often than they are right.

    With this, what is shown at an eagerness is right as often as before there were uses, at any place (6,720 places of
    21 projects), and more often where something imported is called (1,371 calls).
    """
    return probability * _USE_OVERRATED if evidence.use else probability


def n_lines_worth(probability: float, minimum: float) -> int:
    """Return how many further lines may be copied before the whole is less likely right than `minimum`."""
    minimum = max(minimum, _LEAST_WORTH)
    if probability < minimum:
        return 0
    return min(_MAX_LINES, int(math.log(minimum / probability) / math.log(_NEXT_LINE_RIGHT)))


def probability_of_lines(probability: float, n_more: int) -> float:
    """Return the probability that a copied line and the `n_more` after it are all right."""
    return probability * _NEXT_LINE_RIGHT**n_more
