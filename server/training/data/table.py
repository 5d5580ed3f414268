"""The data table of the documentation: what was used, in which version, under which licence."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from training.data.corpus import Contribution

_HEAD = """# Training data

What the model in the box learnt from and, below, what it was only tested on.
Every source is a package that a registry serves by name, under PSF, MIT, BSD, ISC or Apache-2.0.
The figures count what is left after cleaning and without copies.
`python -m training data --table docs/training-data.md` writes this page.
"""
_COLUMNS = "| package | version | licence | files | characters |\n|---|---|---|---|---|"


def write_table(rows: Sequence[Contribution], path: Path) -> None:
    """Write the page."""
    learnt = [row for row in rows if not row.held_out]
    held_out = [row for row in rows if row.held_out]
    parts = [_HEAD, *_part("Learnt from", learnt), *_part("Only tested on", held_out)]
    path.write_text("\n".join(parts) + "\n", encoding="utf-8")


def _part(title: str, rows: Sequence[Contribution]) -> list[str]:
    n_files, n_characters = sum(row.files for row in rows), sum(row.characters for row in rows)
    return [
        f"## {title}\n",
        f"{len(rows)} packages, {n_files:,} files, {n_characters:,} characters.\n",
        _COLUMNS,
        *(
            f"| {row.project} | {row.version} | {row.licence} | {row.files:,} | {row.characters:,} |"
            for row in sorted(rows, key=lambda row: row.project)
        ),
        "",
    ]
