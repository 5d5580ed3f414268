"""How `pylot models` shows models and exams: rows for people, exams also as plain values for programs."""

from __future__ import annotations

from dataclasses import asdict

from pylot.app.model_list import list_values
from pylot.app.model_shelf import Shelf
from pylot.cli.terminal import paint, print_json, print_lines
from pylot.models.catalogue.exam import Report
from pylot.models.settings import ROLES
from pylot.models.structured.values import Form

_SPARE = "  "
_FORM_TITLES = {
    Form.NATIVE: "in its own form",
    Form.SCHEMA: "as JSON that it is held to",
    Form.TEXT: "as text",
}


def print_list(shelf: Shelf) -> None:
    """Print what is here, then what could be."""
    values = list_values(shelf)
    free = f"{shelf.free_bytes / 1e9:.1f} GB of memory are free"
    print_lines(paint("On this machine", "bold") + paint(f"{_SPARE}{shelf.folder}; {free}", "dim"))
    local, known = values["local"], values["known"]
    assert isinstance(local, list)
    assert isinstance(known, list)
    rows = [_local_row(each) for each in local]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    for row, each in zip(rows, local, strict=True):
        _print_row(row, widths, "red" if each["problem"] else "")
    print_lines(*_embedder_line(values["embedder"]))
    logical = values["logical"]
    assert isinstance(logical, list)
    if logical:
        print_lines("", paint("Made of several", "bold"))
        for each in logical:
            print_lines(f"{_SPARE}{each['name']}{_SPARE}{', '.join(each['deployments'])}{_served(each['roles'])}")
    if known:
        print_lines("", paint("To be had with `pylot models pull NAME`", "bold"))
        rows = [_known_row(each) for each in known]
        widths = [max(len(row[column]) for row in rows) for column in range(4)]
        for row, each in zip(rows, known, strict=True):
            _print_row(row, widths, "" if each["fits"] else "dim")


def report_values(report: Report) -> dict[str, object]:
    """Return an exam's findings as JSON values."""
    plain = asdict(report)
    return {
        "model": report.model,
        "suitable": report.is_suitable,
        "goodFor": plain["good_for"],
        "problems": plain["problems"],
        "fim": report.has_fim,
        "chat": report.can_chat,
        "calls": report.calls,
        "callForm": report.form.value,
        "leaks": plain["leaks"],
        "promptTokensPerSecond": round(report.prompt_speed, 1),
        "generatedTokensPerSecond": round(report.generation_speed, 1),
        "tasks": [{"name": task.name, "right": task.is_right, "answer": task.answer} for task in report.tasks],
    }


def show_report(report: Report, *, as_json: bool) -> None:
    """Print an exam's findings and its verdict."""
    if as_json:
        print_json(report_values(report))
        return
    print_lines(paint(report.model, "bold"))
    for task in report.tasks:
        mark = paint("right", "green") if task.is_right else paint("wrong", "yellow")
        print_lines(f"  {mark}  {task.name:<9}  {task.answer[:70]}")
    print_lines(
        f"  {'has' if report.has_fim else 'has no'} fill-in-the-middle tokens; {_calls(report)}",
        f"  reads {report.prompt_speed:.0f} and writes {report.generation_speed:.0f} tokens per second",
    )
    for problem in report.problems:
        print_lines(paint(f"  {problem}", "yellow"))
    verdict = f"Good for {', '.join(report.good_for)}." if report.is_suitable else "Not suitable for any work."
    print_lines(paint(f"  {verdict}", "green" if report.is_suitable else "red"))


def _calls(report: Report) -> str:
    if report.calls is None:
        return "cannot chat"
    if report.form is Form.NONE:
        return "calls no tools"
    return f"calls tools {_FORM_TITLES[report.form]}{'' if report.calls else ', but not as it was asked to'}"


def _embedder_line(values: object) -> list[str]:
    assert isinstance(values, dict)
    state = values["problem"] or f"{_size(values['bytes'])}  embeds{_served(values['roles'])}"
    line = f"{_SPARE}{values['name']}{_SPARE}{state}"
    return [paint(line, "red") if values["problem"] and values["roles"] else line]


def _local_row(values: dict[str, object]) -> list[str]:
    roles = values["roles"]
    assert isinstance(roles, list)
    if values["problem"]:
        state = "needed, but: " if roles else ""
        return [str(values["name"]), "", "", "", f"{state}{values['problem']}"]
    used = _served(roles).strip() or str(values["origin"])
    size = f"{_size(values['bytes'])} {values['quantization']}"
    fits = "" if values["fits"] else "; does not fit into free memory"
    return [str(values["name"]), size, f"needs {_size(values['memoryBytes'])}", _abilities(values), f"{used}{fits}"]


def _known_row(values: dict[str, object]) -> list[str]:
    fits = "" if values["fits"] else "does not fit now; "
    need = f"needs {_size(values['memoryBytes'])}"
    return [str(values["name"]), _size(values["bytes"]), need, _abilities(values), f"{fits}{values['licence']}"]


def _served(roles: list[str]) -> str:
    others = [role for role in ROLES if role not in roles]
    every = {(): "every role", ("embed",): "every role but embed"}.get(tuple(others))
    return f"{_SPARE}serves {every or ', '.join(roles)}" if roles else ""


def _print_row(row: list[str], widths: list[int], style: str) -> None:
    *cells, last = row
    line = _SPARE + _SPARE.join(f"{cell:<{width}}" for cell, width in zip(cells, widths, strict=True))
    print_lines(paint(f"{line}{_SPARE}{last}", style) if style else f"{line}{_SPARE}{last}")


def _abilities(values: dict[str, object]) -> str:
    return " ".join(word for word, has in (("fim", values["fim"]), ("chat", values["chat"])) if has)


def _size(n_bytes: object) -> str:
    assert isinstance(n_bytes, int)
    return f"{n_bytes / 1e9:.1f} GB" if n_bytes >= 1e9 else f"{n_bytes / 1e6:.0f} MB"
