"""Take lines and blocks out of files, at random but the same every time."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from itertools import accumulate

from pylot.evaluation.values import Case, Kind, SourceFile
from pylot.syntax.languages import language_facts
from pylot.syntax.scopes import place_at
from pylot.syntax.tree_cache import TreeCache

# Out of five cases two are lines, two the rest of a line and one a block.
_KINDS = (Kind.LINE, Kind.REST, Kind.LINE, Kind.REST, Kind.BLOCK)
_MAX_TRIES = 60
# A folder that gave nothing for so many cases in a row has no more to give.
_MAX_MISSES = 10
_MIN_BEFORE = 100
_MIN_LINE = 4
_MIN_REST = 3
_BLOCK_LINES = range(2, 9)
_LETTERS = re.compile(r"[^\W\d_]{2}")
_AFTER_SIGN = re.compile(r"[.(\[ =,:]")
_QUOTES = ('"""', "'''", '"', "'", "`")


def make_cases(project: str, files: Sequence[SourceFile], n_cases: int, seed: int) -> list[Case]:
    """Return up to `n_cases` different cases in random order; a longer file gives more of them."""
    generator = random.Random(f"{seed} {project}")
    weights = list(accumulate(file.text.count("\n") for file in files))
    if not weights or not weights[-1]:
        return []
    maker = _CaseMaker(project, generator)
    cases: dict[tuple[str, int], Case] = {}
    n_misses = 0
    for number in range(n_cases):
        kind = _KINDS[number % len(_KINDS)]
        draws = (maker.draw(generator.choices(files, cum_weights=weights)[0], kind) for _ in range(_MAX_TRIES))
        case = next((each for each in draws if each is not None and (each.path, each.offset) not in cases), None)
        if case is not None:
            cases[case.path, case.offset] = case
        n_misses = 0 if case is not None else n_misses + 1
        if n_misses == _MAX_MISSES:
            break
    return list(cases.values())


class _CaseMaker:
    def __init__(self, project: str, generator: random.Random) -> None:
        self._project = project
        self._generator = generator
        self._trees = TreeCache()

    def draw(self, file: SourceFile, kind: Kind) -> Case | None:
        lines = file.text.split("\n")
        number = self._generator.randrange(len(lines))
        if kind is Kind.BLOCK:
            n_lines = self._n_lines(lines, number)
            if n_lines is None:
                return None
            last = number + n_lines - 1
        else:
            last = number
        return self._cut(file, kind, lines, number, last)

    def _cut(self, file: SourceFile, kind: Kind, lines: list[str], first: int, last: int) -> Case | None:
        line = lines[first]
        body = line.strip()
        if len(body) < _MIN_LINE or not _LETTERS.search(body) or self._is_prose(body, file.language):
            return None
        start_of_line = sum(len(each) + 1 for each in lines[:first])
        start = start_of_line + len(line) - len(line.lstrip())
        end = start_of_line + sum(len(each) + 1 for each in lines[first:last]) + len(lines[last].rstrip())
        if start < _MIN_BEFORE or self._is_in_literal(file, start):
            return None
        if kind is Kind.REST:
            place = self._place_within(body)
            if place is None:
                return None
            start += place
        text = file.text[:start] + file.text[end:]
        return Case(self._project, file.path, file.language, kind, text, start, file.text[start:end])

    def _place_within(self, body: str) -> int | None:
        """A place inside a line: behind a sign that often asks for a suggestion, or anywhere."""
        longest = len(body) - _MIN_REST
        if longest < 1:
            return None
        signs = [match.end() for match in _AFTER_SIGN.finditer(body) if match.end() <= longest]
        if signs and self._generator.random() < 0.5:
            return self._generator.choice(signs)
        return self._generator.randint(1, longest)

    def _n_lines(self, lines: list[str], first: int) -> int | None:
        """How long a block begins at a line: a whole body of up to eight lines, or some lines of a longer one."""
        if not lines[first].strip():
            return None
        indent = _indent(lines[first])
        last = first
        for number in range(first, min(len(lines), first + 3 * _BLOCK_LINES.stop)):
            if lines[number].strip():
                if _indent(lines[number]) < indent:
                    break
                last = number
        longest = _last_within(lines, first, last)
        n_lines = longest - first + 1
        if n_lines not in _BLOCK_LINES:
            return None
        above = next((line for line in reversed(lines[:first]) if line.strip()), "")
        is_body = longest == last and above.strip() != "" and _indent(above) < indent
        if is_body:
            return n_lines
        shorter = _last_within(lines, first, first + self._generator.randrange(1, n_lines)) - first + 1
        return max(shorter, _BLOCK_LINES.start)

    @staticmethod
    def _is_prose(body: str, language: str) -> bool:
        facts = language_facts(language)
        marks = [*facts.line_comments, *(facts.block_comment or ())]
        return body.startswith((*marks, *_QUOTES, "* "))

    def _is_in_literal(self, file: SourceFile, offset: int) -> bool:
        tree = self._trees.tree(file.language, file.text)
        if tree is None:
            return False
        place = place_at(tree, offset)
        return place.in_comment or place.in_string


def _last_within(lines: list[str], first: int, last: int) -> int:
    """The last line with text of at most eight lines."""
    end = min(last, first + _BLOCK_LINES.stop - 2)
    return max(number for number in range(first, end + 1) if lines[number].strip())


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
