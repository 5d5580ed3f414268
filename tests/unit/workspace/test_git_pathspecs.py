"""What git is told to leave out is what the gate keeps back, and little else (D6)."""

from __future__ import annotations

import itertools
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from pylot.workspace.exclusion import ExclusionGate, Purpose
from pylot.workspace.git_pathspecs import secret_pathspecs
from pylot.workspace.roots import Roots
from pylot.workspace.secret_files import _SECRET_FOLDERS, _SECRET_NAME, is_secret_file
from pylot.workspace.settings import WorkspaceSettings
from tests.unit.workspace.test_secret_files import NOT_SECRET, SECRET

REPEATED = ("a", "a-b", "production", "x" * 40)
PATTERNS = """
# a note
private/
/only/here.txt
deep/er/*.txt
*.secret-notes
trailing.txt \x20
**/any/where
with\\ space.txt
[ab].data
"""
FILES = """
    private/a.txt sub/private/a.txt private_not.txt only/here.txt sub/only/here.txt deep/er/a.txt sub/deep/er/a.txt
    deep/er/sub/a.txt my.secret-notes sub/my.secret-notes trailing.txt any/where/a any/wherever a.data c.data
    sub/b.data sub/nested.txt nested.txt minified/a.js src/minified/a.js src/a.js
"""


def shown(folder: Path, names: list[str], pathspecs: tuple[str, ...]) -> set[str]:
    """Return which of some files git shows, given pathspecs."""
    for name in names:
        path = folder / name.lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("", encoding="utf-8")
    subprocess.run(["git", "init", "-q"], cwd=folder, check=True)
    listing = ["git", "ls-files", "-z", "--others", "--", *pathspecs]
    found = subprocess.run(listing, cwd=folder, check=True, capture_output=True, text=True).stdout
    return {name for name in found.split("\0") if name}


def spelled(tokens: Any) -> Iterator[str]:
    """Return texts that a parsed pattern fits, such that each of its alternatives is in one of them."""
    yield from map("".join, itertools.product(*(list(_each(kind, value)) for kind, value in tokens)))


def _each(kind: Any, value: Any) -> Iterator[str]:
    match str(kind):
        case "LITERAL":
            yield chr(value)
        case "ANY":
            yield "x"
        case "IN":
            literals = [chr(letter) for each, letter in value if str(each) == "LITERAL"]
            yield from literals if all(str(each) == "LITERAL" for each, _ in value) else REPEATED[:1]
        case "BRANCH":
            for branch in value[1]:
                yield from spelled(branch)
        case "SUBPATTERN":
            yield from spelled(value[-1])
        case "MAX_REPEAT":
            least, most, inner = value
            if least == 0:
                yield ""
            yield from REPEATED if int(most) > 1 else spelled(inner)
        case "ASSERT_NOT":
            yield ""
        case other:
            raise AssertionError(f"The pattern has {other}: say here how it is spelled.")


def test_git_leaves_out_every_name_that_is_secret(tmp_path: Path) -> None:
    """Names made of the pattern itself, so that no word can be added to it and not to the pathspecs."""
    parser: Any = re._parser  # type: ignore[attr-defined]
    spellings = spelled(parser.parse(_SECRET_NAME.pattern, _SECRET_NAME.flags))
    names = [name for name in spellings if is_secret_file(PurePosixPath(name))]
    names += [f"{folder}/x" for folder in sorted(_SECRET_FOLDERS)]
    names += [f"sub/{name.upper()}" for name in names[::7]] + SECRET.split()

    assert len(names) > 500
    assert shown(tmp_path, names, secret_pathspecs()) == set()


def test_git_shows_what_only_looks_like_it(tmp_path: Path) -> None:
    names = [*NOT_SECRET.split(), "secret_store.swift", "secrets_manager.ts", "src/credentials.py", "my-env.md"]
    left_out = {".env.example", ".env.sample", "id_rsa.pub", "secret_store.swift"}

    assert set(names) - shown(tmp_path, names, secret_pathspecs()) == left_out


@pytest.mark.parametrize("within", [".", "repo", "[odd] *"])
def test_git_leaves_out_what_pylotignore_and_the_settings_name(tmp_path: Path, within: str) -> None:
    """Also where the repository begins below the workspace folder."""
    top = tmp_path.resolve() / within
    (top / "sub").mkdir(parents=True)
    (top / ".pylotignore").write_text(PATTERNS, encoding="utf-8")
    (top / "sub" / ".pylotignore").write_text("/nested.txt\n", encoding="utf-8")
    settings = WorkspaceSettings(exclude=("minified/", f"/{within}/src/a.js" if within == "." else "*.none"))
    gate = ExclusionGate(Roots([tmp_path.resolve()]), settings)
    names = [*FILES.split(), "with space.txt"]

    seen = shown(top, names, gate.pathspecs(top, top / "sub"))

    allowed = {name for name in names if gate.decide(str(top / name), None, purpose=Purpose.CURRENT) is None}
    assert seen - {".pylotignore", "sub/.pylotignore"} == allowed
