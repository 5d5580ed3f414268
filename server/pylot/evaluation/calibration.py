"""What a source's own figures are worth: fitted on held-out places, checked on projects that the fit has not seen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from pylot.completion.verify import interpolate
from pylot.evaluation.logistic import fit_constant, fit_logistic, log_loss, logit, sigmoid
from pylot.evaluation.scoring import follows_exactly, lines_of
from pylot.evaluation.values import Case, Reply, Result

Points = tuple[tuple[float, float], ...]

# Where the bins end, as shares of the suggestions, the least sure first: the surest decide what is shown.
_BIN_ENDS = (0.2, 0.4, 0.6, 0.75, 0.85, 0.92, 0.96, 1.0)
_SMALLEST_BIN = 25


@dataclass(frozen=True, slots=True)
class Sample:
    """One suggestion: the project it was made in, its figures, what Pylot believes of it today, and the truth."""

    project: str
    figures: tuple[float, ...]
    believed: float
    right: bool


@dataclass(frozen=True, slots=True)
class Check:
    """How well beliefs hold on projects that were left out of the fit; both losses in nats per suggestion."""

    n_samples: int
    share_right: float
    loss_today: float
    loss_fitted: float


@dataclass(frozen=True, slots=True)
class CalibrationReport:
    """The fits and their checks.

    `model` is the table for the model's card. `copier` are factor and constant in log odds of what the copier believes
    today. `agreement` is what to add to the log odds of the surer of the two where both say the same.
    """

    model: Points
    model_check: Check
    copier: tuple[float, ...]
    copier_check: Check
    agreement: float
    agreement_check: Check

    def to_json(self) -> dict[str, object]:
        """Return the report as JSON values."""
        fits = {"model": self.model, "copier": self.copier, "agreement": self.agreement}
        checks = {"model": self.model_check, "copier": self.copier_check, "agreement": self.agreement_check}
        return {name: {"fit": fits[name], "check": _check_json(checks[name])} for name in fits}


def calibrate(predictor: Sequence[Result], model: Sequence[Result]) -> CalibrationReport:
    """Fit on the replies of the predictor and of the model, each alone, to the same cases."""
    copied = [_sample(each, logit(each.frank.confidence)) for each in predictor if each.frank.text]
    generated = [
        _sample(each, each.frank.least_sure) for each in model if each.frank.text and each.frank.least_sure is not None
    ]
    table = fit_table(generated)
    both = agreeing(predictor, model, table)
    return CalibrationReport(
        table,
        cross_validate(generated, lambda samples: _table_reader(fit_table(samples))),
        tuple(_fit_logistic(copied)),
        cross_validate(copied, _logistic_reader),
        _fit_bonus(both),
        cross_validate(both, _bonus_reader),
    )


def fit_table(samples: Sequence[Sample]) -> Points:
    """Return a rising piecewise linear map from the first figure to the share that was right.

    Suggestions are put into bins, and neighbours that do not rise are joined (isotonic regression).
    """
    joined: list[list[Sample]] = []
    for each in _bins(sorted(samples, key=lambda sample: sample.figures[0])):
        joined.append(list(each))
        while len(joined) > 1 and _share_right(joined[-2]) >= _share_right(joined[-1]):
            last = joined.pop()
            joined[-1] = [*joined[-1], *last]
    points = [(_mean_figure(each), _share_right(each)) for each in joined]
    inner = [(round(score, 3), round(share, 3)) for score, share in points if 0.0 < score < 1.0]
    return ((0.0, 0.0), *inner, (1.0, inner[-1][1] if inner else 0.0))


def _bins(ordered: Sequence[Sample]) -> list[Sequence[Sample]]:
    edges = [0]
    for end in [round(share * len(ordered)) for share in _BIN_ENDS]:
        if end - edges[-1] >= _SMALLEST_BIN:
            edges.append(end)
    # What is left over is no bin of its own.
    edges[max(1, len(edges) - 1) :] = [len(ordered)]
    return [ordered[start:end] for start, end in pairwise(edges) if end > start]


def agreeing(predictor: Sequence[Result], model: Sequence[Result], table: Points) -> list[Sample]:
    """Return the cases where both say the same, with the log odds that the surer of them gives it."""
    samples = []
    for copied, generated in zip(predictor, model, strict=False):
        reply, other = copied.frank, generated.frank
        if other.least_sure is None or not reply.text or not says_the_same(reply, other):
            continue
        believed = max(reply.confidence, interpolate(table, other.least_sure))
        right = follows_exactly(copied.case, reply.text)
        samples.append(Sample(copied.case.project, (logit(believed),), believed, right))
    return samples


def says_the_same(reply: Reply, other: Reply) -> bool:
    """Tell whether two replies would insert the same lines."""
    return lines_of(reply.text) == lines_of(other.text)


def cross_validate(samples: Sequence[Sample], fit: Callable[[Sequence[Sample]], Callable[[Sample], float]]) -> Check:
    """Judge each project by a fit on all the others; with one project only by the fit itself."""
    believed: list[float] = []
    ordered: list[Sample] = []
    for project, own in _by_project(samples).items():
        others = [sample for sample in samples if sample.project != project] or own
        read = fit(others)
        believed += [read(sample) for sample in own]
        ordered += own
    right = [sample.right for sample in ordered]
    return Check(
        len(ordered),
        sum(right) / len(right) if right else 0.0,
        log_loss([sample.believed for sample in ordered], right),
        log_loss(believed, right),
    )


def _sample(result: Result, figure: float | None) -> Sample:
    case: Case = result.case
    right = follows_exactly(case, result.frank.text)
    return Sample(case.project, (figure or 0.0,), result.frank.confidence, right)


def _table_reader(table: Points) -> Callable[[Sample], float]:
    return lambda sample: interpolate(table, sample.figures[0])


def _logistic_reader(samples: Sequence[Sample]) -> Callable[[Sample], float]:
    *factors, constant = _fit_logistic(samples)

    def read(sample: Sample) -> float:
        scores = [factor * figure for factor, figure in zip(factors, sample.figures, strict=True)]
        return sigmoid(sum(scores) + constant)

    return read


def _bonus_reader(samples: Sequence[Sample]) -> Callable[[Sample], float]:
    bonus = _fit_bonus(samples)
    return lambda sample: sigmoid(sample.figures[0] + bonus)


def _fit_bonus(samples: Sequence[Sample]) -> float:
    return fit_constant([sample.figures[0] for sample in samples], [sample.right for sample in samples])


def _fit_logistic(samples: Sequence[Sample]) -> list[float]:
    return fit_logistic([sample.figures for sample in samples], [sample.right for sample in samples])


def _by_project(samples: Sequence[Sample]) -> Mapping[str, list[Sample]]:
    projects: dict[str, list[Sample]] = {}
    for sample in samples:
        projects.setdefault(sample.project, []).append(sample)
    return projects


def _share_right(samples: Sequence[Sample]) -> float:
    return sum(sample.right for sample in samples) / len(samples)


def _mean_figure(samples: Sequence[Sample]) -> float:
    return sum(sample.figures[0] for sample in samples) / len(samples)


def _check_json(check: Check) -> dict[str, object]:
    return {
        "suggestions": check.n_samples,
        "right": round(check.share_right, 4),
        "lossToday": round(check.loss_today, 4),
        "lossFitted": round(check.loss_fitted, 4),
    }
