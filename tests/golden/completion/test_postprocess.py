"""What each kind of model text becomes in its place; one file of cases per subject under `postprocess/`.

`‸` is the cursor, `⟦ ⟧` encloses the inserted text, `·` is a blank and `→` a tab that would be hard to see.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from pylot.completion.postprocess.draft import PostContext
from pylot.completion.postprocess.pipeline import STEPS, run
from pylot.completion.values import Indentation
from pylot.syntax.blocks import block_end

FOLDER = Path(__file__).parent / "postprocess"
CURSOR = "‸"
SECTION = re.compile(r"^--- (document|model|becomes.*|dropped.*)\n", re.MULTILINE)


@dataclass
class Case:
    name: str
    settings: dict[str, str]
    document: str
    model: str
    expected: str

    @property
    def context(self) -> PostContext:
        prefix, suffix = self.document.split(CURSOR)
        tab_size = int(self.settings.get("tab_size", "4"))
        return PostContext(
            prefix,
            suffix,
            self.settings.get("language", "python"),
            single_line=self.settings.get("mode", "single") == "single",
            indentation=Indentation(tab_size, insert_spaces=self.settings.get("indent", "spaces") == "spaces"),
            stop_texts=tuple(filter(None, [self.settings.get("stop")])),
            block_end=block_end,
        )


def read_cases(path: Path) -> list[Case]:
    cases = []
    for block in re.split(r"^=== ", path.read_text("utf-8"), flags=re.MULTILINE)[1:]:
        head, *parts = SECTION.split(block)
        name, *lines = head.strip().split("\n")
        settings = dict(line.split(": ", 1) for line in lines if line)
        sections = dict(zip(parts[::2], parts[1::2], strict=True))
        outcome = next(title for title in sections if title.startswith(("becomes", "dropped")))
        expected = outcome + "\n" + sections[outcome].rstrip("\n")
        cases.append(Case(name, settings, shown(sections["document"]), shown(sections["model"]), expected.rstrip("\n")))
    return cases


def shown(section: str) -> str:
    return section.removesuffix("\n").removesuffix("\n").replace("·", " ").replace("→", "\t").replace("␍", "\r")


def outcome_of(case: Case) -> str:
    outcome = run(case.model, case.context)
    prefix, suffix = case.document.split(CURSOR)
    if outcome.draft is None:
        return f"dropped: {outcome.reason} by {outcome.changed_by[-1]}"
    replaced = suffix[: outcome.draft.replace_right]
    title = f"becomes, replacing {replaced}" if replaced else "becomes"
    return f"{title}\n{prefix}⟦{outcome.draft.text}⟧{suffix[len(replaced) :]}"


CASES = [(path.stem, case) for path in sorted(FOLDER.glob("*.txt")) for case in read_cases(path)]


@pytest.mark.parametrize("case", [case for _, case in CASES], ids=[f"{stem}: {case.name}" for stem, case in CASES])
def test_text_becomes(case: Case) -> None:
    assert outcome_of(case) == case.expected.replace("·", " ").replace("→", "\t").replace("␍", "\r")


def test_every_step_is_exercised() -> None:
    exercised = {name for _, case in CASES for name in run(case.model, case.context).changed_by}

    assert exercised == {step.__name__ for step in STEPS}
