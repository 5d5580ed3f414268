"""Continuations that use what the file imports: a definition's name, and a call of it, written as before in the file
or as its parameters ask for where variables of the same names are at hand.

They compete with the copies of text in `copier.py`; what they are worth is fitted (`copy_confidence.py`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from pylot.completion.brackets import OPENERS, left_open, open_quote
from pylot.completion.copy_confidence import DefinitionUse
from pylot.completion.cursor import line_before
from pylot.completion.definition_ranking import rank
from pylot.completion.former_uses import uses_around, uses_in
from pylot.completion.known_symbols import FileKnowledge, KnownDefinition
from pylot.completion.parameters import arguments_at_hand, parameters_of
from pylot.completion.values import CompletionRequest
from pylot.syntax.identifiers import keywords

_TYPED = re.compile(r"(?<![\w.])(?:[^\W\d]\w*)?\Z")
_OPENED = re.compile(r"(?<![\w.])[^\W\d]\w*\(\Z")
_NAME = re.compile(r"[^\W\d]\w*")
# Arguments given by name and members are names that nobody has to know.
_VARIABLE = re.compile(r"(?<![\w.])[^\W\d]\w*(?!\w|\s*=[^=])")
_STRING = re.compile(r"""(["'`]).*?\1""")
_LAST_WORD = re.compile(r"\w+\Z")
_FIRST_WORD = re.compile(r"[\s})]*(\w*)")
_COMMENT = re.compile(r"\s*(?:#|//|/?\*)|.*\s(?:#|//)\s")
_PLACES = {
    "=": "equals", "@": "decorator", **dict.fromkeys("([{,", "bracket"), **dict.fromkeys("+-*/%<>&|!?", "operator"),
}  # fmt: skip
# A name that comes after one of these is a new one.
_DECLARING = frozenset({
    "as", "class", "const", "def", "enum", "function", "global", "import", "interface", "let", "nonlocal", "type",
    "var",
})  # fmt: skip
_RAISING, _RETURNING = frozenset({"raise", "throw", "new"}), frozenset({"return", "yield", "await"})
_HEADERS = frozenset({"async", "class", "def", "elif", "except", "for", "if", "match", "while", "with"})
_BRACED_HEADERS = frozenset({"for", "if", "switch", "while"})
# What a key may cost bounds all of these: what is ranked, and where former uses and variables are looked for.
_MOST_RANKED, _RANKED_BEFORE, _RANKED_AFTER = 60, 10_000, 3_000
_USES_BEFORE, _USES_AFTER, _NEAR = 40_000, 20_000, 2_000
_MOST_NAMES, _LEAST_PROBABLE = 4, 0.03


@dataclass(frozen=True, slots=True)
class _Spot:
    """Where on its line a use begins: what stands before it, what is typed of it, and what kind of place it is."""

    head: str
    typed: str
    place: str

    @property
    def name(self) -> str:
        return self.typed.rstrip("(")

    @property
    def is_call(self) -> bool:
        return self.typed.endswith("(")


def uses_at(
    request: CompletionRequest, knowledge: FileKnowledge, others: Sequence[str] = ()
) -> dict[str, DefinitionUse]:
    """Return the ways to go on with something imported, by the text that they insert, and what speaks for each.

    `others` are texts of other files, where uses are looked for that the file itself does not have.
    """
    line = line_before(request.prefix)
    if not knowledge.imported or not line or open_quote(line) or _COMMENT.match(line):
        return {}
    spot = _spot(line, request.language)
    if spot is None:
        return {}
    writing = _Writing.at(request, spot, others)
    uses: dict[str, DefinitionUse] = {}
    for definition, use in _meant(spot, request, knowledge.imported):
        for text, form in writing.forms(definition, use).items():
            inserted = text[len(spot.typed) :]
            if inserted.strip() and text.startswith(spot.typed):
                uses.setdefault(inserted, form)
    return uses


def _spot(line: str, language: str) -> _Spot | None:
    found = _OPENED.search(line) or _TYPED.search(line)
    if found is None:
        return None
    head = line[: found.start()]
    place = _place(head, keywords(language))
    return _Spot(head, found[0], place) if place else None


def _place(head: str, fixed: frozenset[str]) -> str:
    """Name what stands before a name, "" where no imported one can follow."""
    text = head.rstrip()
    if text.lstrip().startswith(("import ", "from ")):
        return ""
    if word := _LAST_WORD.search(text):
        if word[0] in _DECLARING or word[0] not in fixed:
            return ""
        return "raise" if word[0] in _RAISING else "return" if word[0] in _RETURNING else "keyword"
    if not text:
        return "line start"
    if text.endswith(("==", "!=", "<=", ">=", "=>")):
        return "operator"
    if text.endswith(("->", ":")):
        return "annotation"
    return _PLACES.get(text[-1], "")


def _meant(
    spot: _Spot, request: CompletionRequest, imported: Sequence[KnownDefinition]
) -> list[tuple[KnownDefinition, DefinitionUse]]:
    """Return the definitions that may be meant, the most probable first."""
    if spot.is_call:
        called = [each for each in imported if each.name == spot.name]
        return [(each, DefinitionUse("called", 1.0, len(spot.typed), 1)) for each in called[:1]]
    begin = request.offset - len(spot.typed)
    before = request.text[max(0, begin - _RANKED_BEFORE) : begin]
    below = _below(request, _RANKED_AFTER)
    candidates = tuple(each for each in imported[:_MOST_RANKED] if each.kind != "module")
    begun = [(each, share) for each, share in _ranked(candidates, before, below) if each.name.startswith(spot.typed)]
    return [
        (each, DefinitionUse(spot.place, share, len(spot.typed), len(begun)))
        for each, share in begun[:_MOST_NAMES]
        if spot.typed or share >= _LEAST_PROBABLE
    ]


@lru_cache(maxsize=4)
def _ranked(
    definitions: tuple[KnownDefinition, ...], before: str, below: str
) -> tuple[tuple[KnownDefinition, float], ...]:
    """Rank definitions at a place; remembered, because a name is typed key by key at the same one."""
    return tuple(rank(definitions, before + below, len(before)))


@dataclass(frozen=True, slots=True)
class _Writing:
    """What the ways to write a use depend on at one place, whatever is used.

    `before` and `below` are the text around the line, `near` what stands before it in the same function, `tail` what
    the line needs behind a use.
    """

    language: str
    before: str
    below: str
    near: str
    names: frozenset[str]
    tail: str
    n_open: int
    others: Sequence[str]

    @classmethod
    def at(cls, request: CompletionRequest, spot: _Spot, others: Sequence[str]) -> _Writing:
        begin = request.offset - len(spot.typed)
        near = request.text[max(0, begin - _NEAR) : begin]
        if request.language == "python":
            near = near[max(0, near.rfind("def ")) :]
        return cls(
            language=request.language,
            before=request.text[max(0, begin - _USES_BEFORE) : begin],
            below=_below(request, _USES_AFTER),
            near=near,
            names=frozenset(_NAME.findall(near)) | keywords(request.language),
            tail=_tail(spot.head, request),
            n_open=len(left_open(spot.head, request.language)),
            others=others,
        )

    def forms(self, definition: KnownDefinition, use: DefinitionUse) -> dict[str, DefinitionUse]:
        """Return the ways to write a use of a definition up to the end of the line."""
        here = uses_around(definition.name, self.before, self.below)
        elsewhere = uses_in(definition.name, [] if here.rests else self.others)
        use = replace(use, n_here=len(here.rests), n_elsewhere=len(elsewhere.rests))
        forms = {self.tail: replace(use, shape="name"), "(": replace(use, shape="open call")}
        for arguments in self._arguments(definition):
            shape = "parameters" if arguments else "empty call"
            way = f"({', '.join(arguments)}){self.tail}"
            forms.setdefault(way, replace(use, shape=shape, n_arguments=len(arguments)))
        for former in (here, elsewhere):
            for way, share in former.shares(self.tail, self.n_open, self.language).items():
                form = forms.get(way) or replace(use, shape="as before", n_strange=self._n_strange(way))
                forms[way] = replace(form, share=share, n_former=round(share * len(former.rests)))
        return {definition.name + way: form for way, form in forms.items()}

    def _arguments(self, definition: KnownDefinition) -> list[tuple[str, ...]]:
        parameters = parameters_of(definition)
        if parameters is None:
            return [()]
        return arguments_at_hand(parameters, self.near, keywords=self.language == "python")

    def _n_strange(self, way: str) -> int:
        return sum(name not in self.names for name in _VARIABLE.findall(_STRING.sub("", way)))


def _below(request: CompletionRequest, n_characters: int) -> str:
    line_end = request.text.find("\n", request.offset)
    return request.text[line_end : line_end + n_characters] if line_end >= 0 else ""


def _tail(head: str, request: CompletionRequest) -> str:
    """Return what the line still needs behind a use: the brackets open on it, and what such lines end with."""
    closers = "".join(OPENERS[opener] for opener in reversed(left_open(head, request.language)))
    found = _FIRST_WORD.match(head)
    first = found[1] if found else ""
    line_start = request.offset - len(line_before(request.prefix))
    above = request.text[max(0, line_start - 400) : line_start].rstrip()
    is_python = request.language == "python"
    if first in (_HEADERS if is_python else _BRACED_HEADERS):
        return closers + (":" if is_python else " {")
    if above.endswith(("(", "[", ",", *(("{",) if is_python else ()))):
        return closers + ","
    near = request.text[max(0, request.offset - 4_000) : request.offset + 1_000]
    return closers + (";" if not is_python and near.count(";\n") > 3 else "")
