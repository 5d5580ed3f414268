"""The figures of one contender over many cases."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from pylot.evaluation.curve import CurvePoint, Judged, curve, precision_at, thinned
from pylot.evaluation.scoring import follows_exactly, is_exact, lines_of, similarity
from pylot.evaluation.statistics import Share, percentile
from pylot.evaluation.values import Kind, Reply, Result

SHARES = (0.1, 0.2, 0.3)
_CURVE_STEP = 0.005


@dataclass(frozen=True, slots=True)
class Times:
    """Half of the times, in milliseconds, are at most `p50`, 95 of 100 at most `p95`; None when nothing was timed."""

    p50: float | None
    p95: float | None

    @classmethod
    def of(cls, values: Iterable[float]) -> Times:
        """Sum up times."""
        known = list(values)
        return cls(percentile(known, 0.5), percentile(known, 0.95))


@dataclass(frozen=True, slots=True)
class Summary:
    """What an evaluation says of one contender.

    `line`, `rest` and `block` are the shares completed exactly when nothing is withheld, `lines` both kinds of line.
    `similarity` is the mean edit similarity of both kinds of line, silence counting as 0.
    `shown` and `right` are at the user's own eagerness: the share of all places where something was shown, and the
    share of that which is exactly what follows, line by line.
    `precision` holds the same share for the surest 10, 20 and 30 % of the places; None where there is not so much.
    `saved` counts the characters saved of 1,000, if what is right is accepted by one key and the rest is typed.
    """

    name: str
    n_cases: int
    line: Share
    rest: Share
    lines: Share
    block: Share
    similarity: float
    shown: Share
    right: Share
    precision: tuple[Share | None, ...]
    saved: float
    first_token: Times
    whole: Times
    curve: list[CurvePoint]
    silence: dict[str, int]
    sources: dict[str, int]
    problem: str = ""

    def to_json(self) -> dict[str, object]:
        """Return the summary as JSON values."""
        precision = {
            f"{share:.0%}": each.to_json() if each else None for share, each in zip(SHARES, self.precision, strict=True)
        }
        return {
            "name": self.name,
            "cases": self.n_cases,
            "exact": {
                "line": self.line.to_json(),
                "restOfLine": self.rest.to_json(),
                "lines": self.lines.to_json(),
                "block": self.block.to_json(),
            },
            "editSimilarity": round(self.similarity, 4),
            "shown": self.shown.to_json(),
            "precision": self.right.to_json(),
            "precisionAtShareShown": precision,
            "savedPerThousand": round(self.saved, 1),
            "firstTokenMs": {"p50": self.first_token.p50, "p95": self.first_token.p95},
            "suggestionMs": {"p50": self.whole.p50, "p95": self.whole.p95},
            "sources": self.sources,
            "silence": self.silence,
            "problem": self.problem,
            "curve": [
                [round(value, 4) for value in (each.confidence, each.share, each.precision)] for each in self.curve
            ],
        }


def summarize(name: str, results: Sequence[Result]) -> Summary:
    """Return the figures; with no results all shares are of nothing."""
    lines = [each for each in results if each.case.kind is not Kind.BLOCK]
    shown = [each for each in results if each.usual.text]
    judged = [
        Judged(each.frank.confidence, follows_exactly(each.case, each.frank.text))
        for each in results
        if each.frank.text
    ]
    return Summary(
        name,
        n_cases=len(results),
        line=_exact(results, lambda kind: kind is Kind.LINE),
        rest=_exact(results, lambda kind: kind is Kind.REST),
        lines=_exact(results, lambda kind: kind is not Kind.BLOCK),
        block=_exact(results, lambda kind: kind is Kind.BLOCK),
        similarity=sum(similarity(each.case, each.frank.text) for each in lines) / max(1, len(lines)),
        shown=Share(len(shown), len(results)),
        right=Share(sum(follows_exactly(each.case, each.usual.text) for each in shown), len(shown)),
        precision=tuple(precision_at(judged, len(results), share) for share in SHARES),
        saved=saved_per_thousand(results),
        first_token=Times.of(_known(reply.first_token_ms for reply in _usual(results))),
        whole=Times.of(reply.total_ms for reply in _usual(results) if reply.text),
        curve=thinned(curve(judged, len(results)), _CURVE_STEP),
        silence=dict(Counter(reply.reason for reply in _usual(results) if not reply.text).most_common()),
        sources=dict(Counter(reply.source for reply in _usual(results) if reply.text).most_common()),
        problem=next((each.usual.detail for each in results if each.usual.detail and not each.usual.text), ""),
    )


def saved_per_thousand(results: Sequence[Result]) -> float:
    """Return how many of 1,000 characters need not be typed: those of right suggestions, less one key for each."""
    n_saved = sum(
        len("\n".join(lines_of(each.usual.text))) - 1 for each in results if follows_exactly(each.case, each.usual.text)
    )
    n_typed = sum(len(each.case.truth) for each in results)
    return 1000.0 * n_saved / n_typed if n_typed else 0.0


def _exact(results: Sequence[Result], wanted: Callable[[Kind], bool]) -> Share:
    chosen = [each for each in results if wanted(each.case.kind)]
    return Share(sum(is_exact(each.case, each.frank.text) for each in chosen), len(chosen))


def _usual(results: Sequence[Result]) -> list[Reply]:
    return [each.usual for each in results]


def _known(values: Iterable[float | None]) -> list[float]:
    return [value for value in values if value is not None]
