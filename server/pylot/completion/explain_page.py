"""A trace as a page for a terminal."""

from __future__ import annotations

from collections.abc import Mapping


def render_text(trace: Mapping[str, object]) -> str:
    """Return a readable page for one trace, as `Trace.to_json` gives it."""
    outcome = (
        f"shown: {trace['shown']} from {trace['source']}"
        if trace["shown"]
        else f"nothing shown: {trace['sentence'] or 'still under way'}"
    )
    lines = [
        f"{trace['id']}  {trace['file']}:{trace['line']}  {trace['trigger']}, version {trace['version']}",
        f"  {outcome}",
        "",
        *_step_rows(trace["steps"]),
        *_token_rows(trace),
    ]
    return "\n".join(line.rstrip() for line in lines)


def _step_rows(steps: object) -> list[str]:
    rows = [("step", "ms", "outcome", "")]
    for step in steps if isinstance(steps, list) else []:
        details = step.get("details", {})
        figures = ", ".join(f"{name} {value}" for name, value in details.items())
        rows.append((str(step["name"]), f"{step['ms']:.2f}", str(step["outcome"]), figures))
    return _aligned(rows)


def _token_rows(trace: Mapping[str, object]) -> list[str]:
    prompt = trace["promptTokens"]
    if not isinstance(prompt, Mapping) or not prompt:
        return ["", f"  total {_milliseconds(trace['totalMs'])}"]
    sources = ", ".join(f"{source} {count}" for source, count in prompt.items())
    return [
        "",
        f"  prompt tokens  {sum(prompt.values())} ({sources})",
        f"  reused {trace['reusedTokens']}, decoded {trace['decodedTokens']}, generated {trace['generatedTokens']}",
        f"  first token {_milliseconds(trace['firstTokenMs'])}, total {_milliseconds(trace['totalMs'])}",
    ]


def _milliseconds(value: object) -> str:
    return f"{value:.1f} ms" if isinstance(value, float) else "-"


def _aligned(rows: list[tuple[str, str, str, str]]) -> list[str]:
    name, time, outcome = (max(len(row[column]) for row in rows) for column in range(3))
    return [f"  {row[0]:<{name}}  {row[1]:>{time}}  {row[2]:<{outcome}}  {row[3]}" for row in rows]
