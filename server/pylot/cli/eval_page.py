"""What `pylot eval` prints: tables for people."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pylot.cli.tables import columns, print_table
from pylot.cli.terminal import paint, print_lines
from pylot.evaluation.calibration import CalibrationReport
from pylot.evaluation.statistics import Share
from pylot.evaluation.summary import SHARES, Summary, Times


def print_summaries(summaries: Sequence[Summary]) -> None:
    """Print all figures, one column per contender."""
    print_table(columns([each.name for each in summaries], _ROWS, summaries))
    for each in summaries:
        if each.problem:
            print_lines(paint(f"{each.name} did not always answer: {each.problem}", "yellow"))


def print_projects(projects: Sequence[tuple[str, Sequence[Summary]]]) -> None:
    """Print the share of lines completed exactly, one row per folder, where there are several."""
    if len(projects) > 1:
        names = [each.name for each in projects[0][1]]
        rows = [[project, *(_share(each.lines) for each in summaries)] for project, summaries in projects]
        print_lines("")
        print_table([["lines exactly, by folder", *names], *rows])


def print_calibration(report: CalibrationReport) -> None:
    """Print the fits, ready to be taken over, and whether they hold on projects that they have not seen."""
    checks = {"model": report.model_check, "predictor": report.copier_check, "both the same": report.agreement_check}
    rows = [["calibration", "suggestions", "right", "loss today", "loss fitted"]]
    for name, check in checks.items():
        losses = [f"{loss:.3f}" for loss in (check.loss_today, check.loss_fitted)]
        rows.append([name, str(check.n_samples), f"{check.share_right:.1%}", *losses])
    points = ", ".join(f"[{score:g}, {share:g}]" for score, share in report.model)
    print_lines("")
    print_table(rows)
    print_lines(
        "",
        f"model card:     confidence: [{points}]",
        f"predictor:      log odds times {report.copier[0]:.3f}, plus {report.copier[-1]:.3f}",
        f"both the same:  log odds of the surer one, plus {report.agreement:.3f}",
    )


def _share(share: Share | None) -> str:
    if share is None or not share.total:
        return "-"
    low, high = share.interval
    return f"{share.value:.1%} ({low:.0%}-{high:.0%})"


def _times(times: Times) -> str:
    return "-" if times.p50 is None or times.p95 is None else f"{times.p50:.0f} / {times.p95:.0f} ms"


def _at(index: int) -> Callable[[Summary], str]:
    return lambda each: _share(each.precision[index])


_ROWS: tuple[tuple[str, Callable[[Summary], str]], ...] = (
    ("cases", lambda each: str(each.n_cases)),
    ("whole line exactly", lambda each: _share(each.line)),
    ("rest of line exactly", lambda each: _share(each.rest)),
    ("both kinds of line exactly", lambda each: _share(each.lines)),
    ("block exactly", lambda each: _share(each.block)),
    ("edit similarity of lines", lambda each: f"{each.similarity:.1%}"),
    ("something shown", lambda each: _share(each.shown)),
    ("  of it exactly what follows", lambda each: _share(each.right)),
    *((f"  the same of the surest {share:.0%}", _at(index)) for index, share in enumerate(SHARES)),
    ("characters saved of 1,000", lambda each: f"{each.saved:.0f}"),
    ("first token, p50 / p95", lambda each: _times(each.first_token)),
    ("suggestion, p50 / p95", lambda each: _times(each.whole)),
)
