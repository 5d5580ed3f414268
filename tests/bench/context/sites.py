"""Places where a project uses something of another of its files, and lines that it could have written next."""

from __future__ import annotations

import random
from dataclasses import dataclass

from pylot.completion.knowledge import knowledge_of
from pylot.completion.known_symbols import FileKnowledge
from pylot.index.symbols.resolve import Found
from pylot.syntax.identifiers import identifiers
from tests.bench.context.projects import Project


@dataclass(frozen=True, slots=True)
class CallSite:
    """A call of an imported name: `offset` is where the name begins, `found` what it resolves to."""

    path: str
    text: str
    offset: int
    name: str
    found: Found
    knowledge: FileKnowledge


def call_sites(project: Project, n_sites: int) -> tuple[list[CallSite], float]:
    """Return calls of functions and classes that are imported from other files, and the share of their imports
    that are resolved at all.
    """
    sites: list[CallSite] = []
    n_resolved = n_imports = 0
    for path, text in project.texts.items():
        imports = project.table.imports(path)
        own = [one for one in imports if one.imported.level or one.imported.module.startswith((".", project.name))]
        n_imports += len(own)
        n_resolved += sum(one.found is not None for one in own)
        elsewhere = {
            one.local: one.found for one in imports if one.found and one.found.definition and one.found.path != path
        }
        starts = _line_starts(text)
        knowledge = None
        for reference in project.table.references_in(path):
            found = elsewhere.get(reference.name)
            if found is None or not reference.is_call or reference.receiver:
                continue
            knowledge = knowledge or knowledge_of(project.table, path, lambda _: True)
            offset = starts[reference.line] + reference.column
            sites.append(CallSite(path, text, offset, reference.name, found, knowledge))
    random.Random(project.name).shuffle(sites)
    return sites[:n_sites], n_resolved / max(1, n_imports)


def next_lines(project: Project, n_lines: int) -> list[tuple[str, str, int]]:
    """Return path, text and the place where a line begins that names something, `n_lines` at random."""
    generator = random.Random(project.name)
    places = []
    for path, text in project.texts.items():
        lines, starts = text.split("\n"), _line_starts(text)
        places += [
            (path, text, starts[number] + len(line) - len(line.lstrip()))
            for number, line in enumerate(lines)
            if number > 10 and len(line.strip()) > 8 and identifiers(line)
        ]
    return generator.sample(places, min(n_lines, len(places)))


def line_of(site: CallSite) -> tuple[str, str, int]:
    """Return path, text and the place where the line of a call begins."""
    start = site.text.rfind("\n", 0, site.offset) + 1
    line = site.text[start : site.offset]
    return site.path, site.text, start + len(line) - len(line.lstrip())


def _line_starts(text: str) -> list[int]:
    starts = [0]
    for line in text.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    return starts
