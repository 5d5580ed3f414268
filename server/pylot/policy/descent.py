"""What a program would meet that goes into a folder and shows what is in its files."""

from __future__ import annotations

import os
from pathlib import Path

from pylot.workspace.exclusion import Exclusion, ExclusionGate
from pylot.workspace.ignore import compile_patterns, repository_top
from pylot.workspace.path_guard import read_regular

MOST_ENTRIES = 4000

# These say to rg what it passes over, so with them it is not git's rules that count.
_RULES_OF_RG = (".ignore", ".rgignore")
_RULES_OF_GIT = (".gitignore", ".git/info/exclude")
_LARGEST_RULES = 1 << 20


def met_below(folder: Path, gate: ExclusionGate, *, skips_ignored: bool) -> str | None:
    """Return what speaks against reading everything below a resolved folder, as a part of a sentence, or None.

    Only names are looked at. With `skips_ignored` the program passes over what git ignores; that it passes over
    hidden files as well is not counted on, as a rule of the repository can bring them back.
    """
    # Outside a repository rg does not ask git's rules.
    skips_ignored = skips_ignored and repository_top(folder / "file") is not None
    if skips_ignored and (rules := _other_rules(folder)):
        return f"{rules} decides what is passed over"
    waiting = [folder]
    left = MOST_ENTRIES
    while waiting:
        current = waiting.pop()
        try:
            entries = list(os.scandir(current))
        except OSError:
            return f"{current.name} cannot be looked into"
        left -= len(entries)
        if left < 0:
            return f"more than {MOST_ENTRIES} files are in it"
        if skips_ignored and current != folder and (rules := _other_rules_in(current)):
            return f"{rules} decides what is passed over"
        judge = gate.in_folder(current)
        for entry in entries:
            is_folder = entry.is_dir(follow_symlinks=False)
            if skips_ignored and judge.is_ignored_by_git(entry.name, is_folder=is_folder):
                continue
            excluded = judge.subfolder(entry.name) if is_folder else judge.file(entry.name)
            if excluded is not None and not (skips_ignored and excluded is Exclusion.GITIGNORED):
                return f"{entry.name} is in it, and is kept back: {excluded.sentence}"
            if is_folder:
                waiting.append(Path(entry.path))
    return None


def _other_rules(folder: Path) -> str | None:
    """Return the file in a folder or above it that changes what rg passes over, or None."""
    return next((rules for place in (folder, *folder.parents) if (rules := _other_rules_in(place))), None)


def _other_rules_in(folder: Path) -> str | None:
    found = next((name for name in _RULES_OF_RG if (folder / name).exists()), None)
    return found or next((name for name in _RULES_OF_GIT if _brings_git_back(folder / name)), None)


def _brings_git_back(path: Path) -> bool:
    """Tell whether rules of git take `.git` itself out of what is passed over, which git would not mind."""
    data = read_regular(path, _LARGEST_RULES) if path.exists() else b""
    if data is None or len(data) > _LARGEST_RULES:
        return True
    lines = data.decode("utf-8", "replace").splitlines()
    brought_back = [line.strip()[1:] for line in lines if line.startswith("!")]
    return compile_patterns(brought_back).match_file(".git/config") or compile_patterns(brought_back).match_file(".git")
