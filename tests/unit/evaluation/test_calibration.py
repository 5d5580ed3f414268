from __future__ import annotations

import math
import random

import pytest

from pylot.completion.verify import interpolate
from pylot.evaluation.calibration import Sample, agreeing, calibrate, cross_validate, fit_table
from pylot.evaluation.logistic import fit_constant, fit_logistic, log_loss, logit, sigmoid
from pylot.evaluation.values import Case, Kind, Reply, Result


def sample(figure: float, right: bool, project: str = "p") -> Sample:
    return Sample(project, (figure,), figure, right)


def drawn(n_samples: int) -> list[tuple[float, bool]]:
    """Figures whose log odds of being right are twice the figure, less one."""
    generator = random.Random(3)
    figures = [generator.uniform(-3, 3) for _ in range(n_samples)]
    return [(figure, generator.random() < sigmoid(2 * figure - 1)) for figure in figures]


def test_logistic_regression_finds_the_coefficients() -> None:
    figures = drawn(4000)

    assert fit_logistic([(figure,) for figure, _ in figures], [right for _, right in figures]) == [
        pytest.approx(2.0, abs=0.2),
        pytest.approx(-1.0, abs=0.2),
    ]


def test_a_constant_alone_is_found() -> None:
    figures = drawn(4000)

    assert fit_constant([2 * figure for figure, _ in figures], [right for _, right in figures]) == pytest.approx(
        -1.0, abs=0.2
    )


def test_regression_of_nothing_is_nothing() -> None:
    assert (fit_logistic([], []), fit_constant([], [])) == ([0.0], 0.0)


@pytest.mark.parametrize("probability", [0.01, 0.5, 0.99])
def test_sigmoid_undoes_logit(probability: float) -> None:
    assert sigmoid(logit(probability)) == pytest.approx(probability)


def test_log_loss() -> None:
    assert log_loss([0.5, 0.5], [True, False]) == pytest.approx(math.log(2))
    assert log_loss([], []) == 0.0


def test_table_rises_even_where_the_samples_do_not() -> None:
    """What is surer may be less often right in a sample, but not in the table."""
    low = [sample(0.2, number % 2 == 0) for number in range(25)]
    high = [sample(0.9, number % 5 == 0) for number in range(25)]

    assert fit_table([*low, *high]) == ((0.0, 0.0), (0.55, 0.36), (1.0, 0.36))


def test_table_finds_what_the_figures_are_worth() -> None:
    generator = random.Random(5)
    figures = [generator.random() for _ in range(4000)]
    table = fit_table([sample(figure, generator.random() < figure * figure) for figure in figures])

    for score in (0.3, 0.5, 0.7, 0.9):
        assert interpolate(table, score) == pytest.approx(score * score, abs=0.06)


@pytest.mark.parametrize("samples", [[], [sample(0.5, right=True)]])
def test_table_of_next_to_nothing(samples: list[Sample]) -> None:
    table = fit_table(samples)

    assert (table[0], table[-1][0]) == ((0.0, 0.0), 1.0)


def test_each_project_is_judged_by_the_others() -> None:
    samples = [sample(0.9, right=True, project="a"), sample(0.9, right=False, project="b")]
    seen: list[list[str]] = []

    def fit(others: object) -> object:
        assert isinstance(others, list)
        seen.append([each.project for each in others])
        return lambda each: 0.5

    check = cross_validate(samples, fit)  # type: ignore[arg-type]

    assert seen == [["b"], ["a"]]
    assert (check.n_samples, check.share_right) == (2, 0.5)
    assert check.loss_fitted == pytest.approx(math.log(2))


def result(text: str, confidence: float, least_sure: float | None, truth: str = "x = 1") -> Result:
    reply = Reply(text, "", confidence, least_sure)
    return Result(Case("p", "a.py", "python", Kind.LINE, "", 0, truth), reply, reply)


def test_agreement_is_where_both_say_the_same() -> None:
    predictor = [result("x = 1", 0.5, 0.5), result("x = 1", 0.5, 0.5), result("", 0.0, None)]
    model = [result("x = 1 ", 0.1, 0.8), result("x = 2", 0.1, 0.8), result("", 0.0, None)]

    (found,) = agreeing(predictor, model, ((0.0, 0.0), (1.0, 1.0)))

    assert (found.believed, found.right) == (0.8, True)
    assert found.figures == pytest.approx((logit(0.8),))


def test_report_has_a_fit_and_a_check_for_each() -> None:
    report = calibrate([result("x = 1", 0.5, 0.5)] * 40, [result("x = 1", 0.1, 0.8)] * 40).to_json()

    assert set(report) == {"model", "copier", "agreement"}
