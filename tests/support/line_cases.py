"""Held-out lines of real code: the standard library, each line taken out of its file.

Half begin after the indentation, half within the line. Two other files of the same package are open.
"""

from __future__ import annotations

import random
import re
import sysconfig
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pylot.completion.values import CompletionRequest, OpenFile

PACKAGES = (
    *("asyncio", "collections", "concurrent", "ctypes", "email", "http", "importlib", "json", "logging"),
    *("multiprocessing", "unittest", "urllib", "xml", "xmlrpc"),
)
NAME = re.compile(r"[A-Za-z_]\w{3,}")
LINE_START = re.compile(r"\n[ \t]*(?=\S)")
CUT = re.compile(r"[.(\[ =,:]|\w{2}")


@dataclass(frozen=True)
class LineCase:
    """Complete `request` with `target`; `others` are open."""

    request: CompletionRequest
    target: str
    others: tuple[OpenFile, ...]


def make_cases(n_cases: int = 1_500, seed: int = 42) -> list[LineCase]:
    generator = random.Random(seed)
    packages = {package: files for package in PACKAGES if len(files := read_package(package)) >= 3}
    cases: list[LineCase] = []
    while len(cases) < n_cases:
        files = packages[generator.choice(sorted(packages))]
        file = generator.choice(files)
        cut = make_cut(file.text, within_line=len(cases) % 2 == 1, generator=generator)
        if cut is None:
            continue
        start, end = cut
        text = file.text[:start] + file.text[end:]
        request = CompletionRequest("", file.path, "python", 1, text, start)
        cases.append(LineCase(request, file.text[start:end].strip(), most_similar(file, files)))
    return cases


def read_package(package: str) -> list[OpenFile]:
    library = Path(sysconfig.get_paths()["stdlib"])
    paths = [path for path in sorted((library / package).rglob("*.py")) if "test" not in path.parts]
    files = [OpenFile(str(path), "python", path.read_text("utf-8", "replace")) for path in paths]
    return [file for file in files if len(file.text) > 1_500]


def make_cut(text: str, *, within_line: bool, generator: random.Random) -> tuple[int, int] | None:
    starts = [match.end() for match in LINE_START.finditer(text) if match.end() > 400]
    if not starts:
        return None
    start = generator.choice(starts)
    end = text.find("\n", start) if "\n" in text[start:] else len(text)
    line = text[start:end]
    if len(line) < 8 or line[0] in "#/*)]}\"'" or not re.search(r"[A-Za-z]{3}", line):
        return None
    places = [match.end() for match in CUT.finditer(line[:-4])] if within_line else [0]
    if not places:
        return None
    start += generator.choice(places)
    return (start, end) if len(text[start:end].strip()) >= 4 else None


def most_similar(file: OpenFile, files: list[OpenFile]) -> tuple[OpenFile, ...]:
    names = names_in(file.text)
    others = [other for other in files if other is not file]
    others.sort(key=lambda other: (-len(names & names_in(other.text)) / len(names | names_in(other.text)), other.path))
    return tuple(others[:2])


@cache
def names_in(text: str) -> frozenset[str]:
    return frozenset(NAME.findall(text))
