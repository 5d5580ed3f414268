"""Random code actions on real code: undone byte for byte, still parsing, still passing its own tests (issue 8, 1).

`REAL_CODE_PYTHON` and `REAL_CODE_SCRIPTS` name folders with more code than the standard library has.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import sysconfig
from collections import Counter
from pathlib import Path

import pytest

from pylot.actions.edits import TextEdit, applied
from pylot.actions.extract_function import ExtractFunction
from pylot.actions.extract_variable import ExtractVariable
from pylot.actions.inline_variable import InlineVariable
from pylot.actions.member_names import member_name_at
from pylot.actions.member_rename import rename_member
from pylot.actions.offer import Place, Refactoring
from pylot.actions.refactorings import REFACTORINGS
from pylot.actions.rename import member_to_rename, plan_rename
from pylot.kernel.errors import ActionRefusedError
from pylot.syntax.code_nodes import read_code_nodes
from tests.support.python_scopes import unknown_names
from tests.support.random_actions import Tried, alone, attempt, inverse, selections

STDLIB = Path(sysconfig.get_paths()["stdlib"])
SEED = int(os.environ.get("REAL_CODE_SEED", "8"))
NEW_NAME = "renamed_by_the_test"
N_FILES = int(os.environ.get("REAL_CODE_COUNT", "60"))
TRIED: tuple[tuple[Refactoring, str], ...] = (
    (ExtractVariable(), "expression"),
    (ExtractFunction(), "expression"),
    (ExtractFunction(), "statements"),
    (InlineVariable(), "name"),
    *((each, "form") for each in REFACTORINGS[3:]),
)
# Modules of the standard library in one file of Python, with tests of their own.
MODULES = [
    "textwrap",
    "shlex",
    "colorsys",
    "fnmatch",
    "graphlib",
    "calendar",
    "difflib",
    "configparser",
    "sched",
    "quopri",
    "netrc",
    "getopt",
    "optparse",
    "argparse",
]


def real_files() -> list[tuple[Path, str]]:
    """Return files of installed packages of Python, and of npm where they are named."""
    python = os.environ.get("REAL_CODE_PYTHON", str(STDLIB))
    scripts = os.environ.get("REAL_CODE_SCRIPTS", "")
    found = [(path, "python") for path in sorted(Path(python).rglob("*.py")) if "/test" not in str(path)]
    for folder in filter(None, scripts.split(os.pathsep)):
        for suffix, language in ((".js", "javascript"), (".ts", "typescript"), (".tsx", "tsx")):
            found += [(path, language) for path in sorted(Path(folder).rglob(f"*{suffix}"))]
    return found


def test_random_actions_leave_real_code_whole() -> None:
    """Undo is exact, what parsed still parses, Python still compiles; what is refused says why."""
    chance = random.Random(SEED)
    files = [each for each in real_files() if 500 < each[0].stat().st_size < 200_000]
    counts: Counter[tuple[str, str, str]] = Counter()
    wrong: list[str] = []
    for path, language in chance.sample(files, min(N_FILES, len(files))):
        text = path.read_text(encoding="utf-8", errors="replace")
        code = read_code_nodes(text, language)
        if code is None or code.tree.error_count or (language == "python" and not compiles(text)):
            continue
        for action, kind in TRIED:
            for span in selections(code, chance, 10 if kind == "form" else 3, kind):
                done = attempt(action, text, language, span, code, is_alone=True)
                if done is not None:
                    counts[language, action.id, "refused" if done.refused else "done"] += 1
                    wrong += faults(path, language, done)
        for kind, called in (("name", "rename"), ("member", "rename a member")):
            for offset, _ in selections(code, chance, 3, kind):
                try:
                    edits = renamed(Place(text, language, offset, offset, code=code))
                except ActionRefusedError:
                    counts[language, called, "refused"] += 1
                    continue
                counts[language, called, "done"] += 1
                after = applied(text, edits)
                assert applied(after, inverse(edits, text)) == text
                wrong += faults(path, language, Tried(called, offset, "", text, after))

    for key, count in sorted(counts.items()):
        print(*key, count)  # noqa: T201
    assert wrong == []
    assert sum(count for key, count in counts.items() if key[2] == "done") > 10


def renamed(place: Place) -> tuple[TextEdit, ...]:
    """Return the edits that give the name at a place another one."""
    assert place.code is not None
    if member_to_rename(place.text, place.language, place.start) is None:
        return plan_rename(place.text, place.language, place.start, NEW_NAME).edits
    workspace = alone(place)
    name = member_name_at(workspace.code("file"), place.start)
    assert name is not None
    return rename_member(workspace, name, NEW_NAME)["file"]


def compiles(text: str) -> bool:
    """Tell whether CPython takes a text."""
    try:
        compile(text, "text", "exec", dont_inherit=True)
    except (SyntaxError, ValueError):
        return False
    return True


def faults(path: Path, language: str, done: Tried) -> list[str]:
    """Return what is wrong with the text after an action."""
    if done.refused:
        return []
    if language == "python" and not compiles(done.after):
        return [f"{path}:{done.line} {done.action}: no Python any more: {done.selected[:80]!r}"]
    if language == "python" and (lost := unknown_names(done.after) - unknown_names(done.before)):
        return [f"{path}:{done.line} {done.action}: {lost} came from nowhere: {done.selected[:80]!r}"]
    return []


@pytest.mark.parametrize("module", MODULES)
def test_modules_pass_their_tests_after_twenty_refactorings(module: str, tmp_path: Path) -> None:
    """The standard library has small modules with good tests of their own (issue 8, 1)."""
    text = (STDLIB / f"{module}.py").read_text(encoding="utf-8")
    target = tmp_path / f"{module}.py"
    target.write_text(text, encoding="utf-8")
    if not passes(module, tmp_path):
        pytest.skip("The module does not pass its own tests from another folder here.")
    chance = random.Random(f"{SEED} {module}")
    done: list[Tried] = []
    for _ in range(400):
        if len(done) == 20:
            break
        action, kind = chance.choice(TRIED[:-1])
        code = read_code_nodes(text, "python")
        assert code is not None
        for span in selections(code, chance, 1, kind):
            tried = attempt(action, text, "python", span, code)
            if tried is not None and not tried.refused and tried.after != text:
                done.append(tried)
                text = tried.after
    target.write_text(text, encoding="utf-8")

    print(Counter(each.action for each in done))  # noqa: T201
    assert len(done) == 20
    assert passes(module, tmp_path), text


def passes(module: str, folder: Path) -> bool:
    """Tell whether the tests of a module pass with the copy of it in a folder."""
    environment = {**os.environ, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "unittest", "-q", f"test.test_{module}"]
    found = subprocess.run(command, env=environment, cwd=folder, capture_output=True, timeout=300, check=False)
    return found.returncode == 0
