from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from pylot.evaluation.calibration import Sample, fit_table
from pylot.evaluation.cases import make_cases
from pylot.evaluation.curve import Judged, curve, precision_at
from pylot.evaluation.scoring import edit_distance, lines_of
from pylot.evaluation.statistics import wilson
from pylot.evaluation.values import Kind, SourceFile

LAW = settings(deadline=None, derandomize=True, database=None)
TEXTS = st.text(alphabet="ab \n", max_size=30)
LINES = st.lists(
    st.sampled_from(
        ["", "def some(name):", "    first = name.strip()", "        return {first: 1}", "}", "# words", "\r"]
    )
)
JUDGED = st.lists(st.builds(Judged, st.sampled_from([0.1, 0.5, 0.9]), st.booleans()), min_size=1)


@LAW
@given(st.integers(0, 500), st.integers(0, 500))
def test_interval_holds_the_share(hits: int, more: int) -> None:
    low, high = wilson(hits, hits + more)

    assert 0 <= low <= high <= 1
    assert hits + more == 0 or low <= hits / (hits + more) <= high


@LAW
@given(TEXTS, TEXTS, TEXTS)
def test_edit_distance_is_a_distance(first: str, second: str, third: str) -> None:
    distance = edit_distance(first, second)

    assert distance == edit_distance(second, first)
    assert (distance == 0) == (first == second)
    assert abs(len(first) - len(second)) <= distance <= max(len(first), len(second))
    assert edit_distance(first, third) <= distance + edit_distance(second, third)


@settings(LAW, max_examples=60)
@given(st.lists(LINES, min_size=1, max_size=3), st.integers(0, 3), st.sampled_from(["python", "javascript", "klingon"]))
def test_a_case_is_a_file_with_a_hole(bodies: list[list[str]], seed: int, language: str) -> None:
    """What was taken out is nowhere in the request but where it stood, and the same seed takes out the same."""
    files = [SourceFile(f"{number}", language, "\n".join(["x = 1"] * 30 + body)) for number, body in enumerate(bodies)]
    texts = {file.path: file.text for file in files}
    cases = make_cases("project", files, 10, seed)

    assert cases == make_cases("project", files, 10, seed)
    assert len({(case.path, case.offset) for case in cases}) == len(cases)
    for case in cases:
        assert case.text[: case.offset] + case.truth + case.text[case.offset :] == texts[case.path]
        assert case.truth == case.truth.strip() or case.kind is Kind.REST
        n_lines = len(lines_of(case.truth))
        assert (2 <= n_lines <= 8) if case.kind is Kind.BLOCK else n_lines == 1


@LAW
@given(JUDGED, st.integers(0, 20))
def test_a_curve_ends_where_everything_is_shown(judged: list[Judged], n_silent: int) -> None:
    n_places = len(judged) + n_silent
    points = curve(judged, n_places)
    shares = [point.share for point in points]
    everything = precision_at(judged, n_places, len(judged) / n_places)

    assert shares == sorted(set(shares))
    assert abs(shares[-1] - len(judged) / n_places) < 1e-9
    assert everything is None or abs(everything.value - points[-1].precision) < 1e-9


@LAW
@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), max_size=200))
def test_a_fitted_table_rises(pairs: list[tuple[float, bool]]) -> None:
    table = fit_table([Sample("p", (figure,), figure, right) for figure, right in pairs])
    scores, shares = [list(column) for column in zip(*table, strict=True)]

    assert scores == sorted(scores)
    assert shares == sorted(shares)
    assert (scores[0], scores[-1]) == (0.0, 1.0)
