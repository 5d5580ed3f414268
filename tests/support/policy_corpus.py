"""What hostile models and repositories try, and what developers do all day: tests/golden/policy."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[1] / "golden" / "policy"


def cases(name: str) -> list[dict[str, Any]]:
    """Return the cases of one file."""
    return [json.loads(line) for line in (FOLDER / name).read_text(encoding="utf-8").splitlines()]


def named_programs() -> list[str]:
    """Return whatever may be a program in the cases; what is not installed would be asked about anyway."""
    everything = [*cases("hostile.jsonl"), *cases("ordinary.jsonl")]
    lines = [case.get("line", "").replace("|", " ").replace(";", " ").split()[:12] for case in everything]
    words = {word for line in lines for word in line} | {case["argv"][0] for case in everything if "argv" in case}
    return sorted(word for word in words if _is_name(word))


def _is_name(word: str) -> bool:
    letters = word.replace("-", "").replace("_", "")
    return letters.isascii() and letters.isalnum() and word[0] != "-" and len(word) < 30
