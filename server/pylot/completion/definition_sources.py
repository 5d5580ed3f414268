"""Sources of context that know what names mean: what the file imports, what is being called, what has which members.

The nearest vectors or the most similar lines hold the definition of a function that is about to be called in one case
of ten; the file's own imports, ranked, have it among the first five in nine of ten (docs/performance.md).
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable

from pylot.completion.definition_ranking import rank
from pylot.completion.known_symbols import FileKnowledge, KnownDefinition
from pylot.completion.sources import ContextPiece, Surroundings, near
from pylot.completion.values import CompletionRequest

_MOST_CHARACTERS = 900
# The rest of the probability is spread over so many names that their tokens are worth more elsewhere.
_PROBABILITY_SHOWN = 0.95
_LOOK_BACK = 1500
_CALLED_SCORE, _MEMBERS_SCORE, _IMPORTED_SCORE, _OUTLINE_SCORE = 0.9, 0.8, 0.7, 0.4
_LINES_BEFORE, _LINES_AFTER = 80, 20
_MOST_OWN = 12
_MOST_NAMED = 100
_NAMED_SCORE = 0.65
_CLASS = re.compile(r"^[ \t]*(?:export\s+)?(?:default\s+)?(?:abstract\s+)?class\s+([^\W\d]\w*)", re.MULTILINE)
_NAME = r"[^\W\d]\w*(?:\.[^\W\d]\w*)*"
_OPEN_CALL = re.compile(rf"({_NAME})\s*\((?:[^()]|\([^()]*\))*\Z")
_RECEIVER = re.compile(rf"({_NAME})\s*\??\.\w*\Z")
_CONSTRUCTORS = re.compile(r"\b(?:__init__|constructor)\b")
_THIS = frozenset({"self", "this", "cls"})


class CalledDefinitionSource:
    """The signature of the function whose arguments are being written."""

    name = "called definition"

    def gather(self, request: CompletionRequest, surroundings: Surroundings) -> list[ContextPiece]:
        """Return one definition, or nothing outside of a call."""
        call = _OPEN_CALL.search(_before(request))
        found = meant(call[1], request, surroundings.knowledge) if call else None
        return [ContextPiece(self.name, found.path, _outline(found), _CALLED_SCORE)] if found else []


class MembersSource:
    """Fields and methods of what stands before the dot, as far as they are defined in other files."""

    name = "members"

    def gather(self, request: CompletionRequest, surroundings: Surroundings) -> list[ContextPiece]:
        """Return the members of a class or a module, or nothing without a dot."""
        receiver = _RECEIVER.search(_before(request))
        if receiver is None:
            return []
        if receiver[1] in _THIS:
            bases: Iterable[KnownDefinition] = surroundings.knowledge.inherited.get(_class_around(request), ())
        else:
            found = meant(receiver[1], request, surroundings.knowledge)
            bases = [found] if found else []
        return [
            ContextPiece(self.name, each.path, _outline(each, with_members=True), _MEMBERS_SCORE)
            for each in bases
            if each.members
        ]


class OutlineSource:
    """Signatures of the current file's own definitions, for what is too far away to stand in the prompt itself."""

    name = "outline"

    def gather(self, request: CompletionRequest, surroundings: Surroundings) -> list[ContextPiece]:
        """Return the signatures of what is far from the cursor; those of the same class count as nearer."""
        line = request.text.count("\n", 0, request.offset)
        around = _class_around(request)
        far = [
            each
            for each in surroundings.knowledge.own
            if not line - _LINES_BEFORE <= each.line <= line + _LINES_AFTER and (not each.owner or each.owner == around)
        ]
        far.sort(key=lambda each: (each.owner != around, abs(each.line - line)))
        if not far:
            return []
        chosen = sorted(far[:_MOST_OWN], key=lambda each: each.line)
        return [ContextPiece(self.name, request.path, "\n".join(each.signature for each in chosen), _OUTLINE_SCORE)]


class ImportedDefinitionsSource:
    """Signatures of what the file imports, those first that are most probably used next."""

    name = "imported definitions"

    def gather(self, request: CompletionRequest, surroundings: Surroundings) -> list[ContextPiece]:
        """Return one piece per file that something is imported from, the most probable first."""
        by_path: dict[str, list[str]] = {}
        shown, n_characters = 0.0, 0
        for definition, probability in rank(surroundings.knowledge.imported, request.text, request.offset):
            outline = _outline(definition)
            if shown > _PROBABILITY_SHOWN or n_characters + len(outline) > _MOST_CHARACTERS:
                break
            by_path.setdefault(definition.path, []).append(outline)
            shown += probability
            n_characters += len(outline)
        return [
            ContextPiece(self.name, path, "\n".join(outlines), _IMPORTED_SCORE - 0.01 * position)
            for position, (path, outlines) in enumerate(by_path.items())
        ]


class NamesSource:
    """The bare names that the file can use, for those whose import or definition is too far away to be seen.

    They cost a few tokens each, where the line that brings one may cost thirty.
    """

    name = "names"

    def gather(self, request: CompletionRequest, surroundings: Surroundings) -> list[ContextPiece]:
        """Return one piece: what is most probably used next first, then the others in the order of the file."""
        ranked = rank(surroundings.knowledge.imported, request.text, request.offset)
        likely = [definition.name for definition, _ in ranked]
        seen = near(request)
        names = [name for name in dict.fromkeys((*likely, *surroundings.knowledge.names)) if name not in seen]
        if not names:
            return []
        return [ContextPiece(self.name, request.path, ", ".join(names[:_MOST_NAMED]), _NAMED_SCORE)]


def meant(name: str, request: CompletionRequest, knowledge: FileKnowledge) -> KnownDefinition | None:
    """Return the definition elsewhere that a name, dotted or not, stands for at a place, as far as plain text tells.

    A variable stands for the class that it was last made of or annotated with before the place.
    """
    imported = {definition.name: definition for definition in knowledge.imported}
    first, _, rest = name.partition(".")
    if found := imported.get(name):
        return found
    owner = imported.get(first) or imported.get(_class_of(first, request))
    if owner is None or not rest:
        return owner
    last = re.compile(rf"(?<!\w){re.escape(rest.rpartition('.')[2])}(?!\w)")
    for member in owner.members:
        if last.search(member.partition("(")[0]):
            return KnownDefinition(rest, "method", owner.path, member)
    return None


def _class_of(variable: str, request: CompletionRequest) -> str:
    name = re.escape(variable)
    made = re.compile(rf"(?<![\w.]){name}\s*(?::\s*([A-Za-z_]\w*)|=\s*(?:await\s+|new\s+)?([A-Za-z_]\w*)\s*\()")
    last = deque(made.finditer(request.text, 0, request.offset), maxlen=1)
    return next((found[1] or found[2] for found in last), "")


def _class_around(request: CompletionRequest) -> str:
    """Return the name of the last class that begins before the cursor."""
    begin = request.text.rfind("class ", 0, request.offset)
    while begin >= 0:
        line_start = request.text.rfind("\n", 0, begin) + 1
        if found := _CLASS.match(request.text, line_start):
            return found[1]
        begin = request.text.rfind("class ", 0, begin)
    return ""


def _before(request: CompletionRequest) -> str:
    return request.text[max(0, request.offset - _LOOK_BACK) : request.offset]


def _outline(definition: KnownDefinition, *, with_members: bool = False) -> str:
    """Return a definition as a stub of source: what it is called with is what is worth its tokens."""
    lines = [definition.signature]
    if definition.doc:
        lines.append(f"    {definition.doc}")
    lines += [f"    {member}" for member in definition.members if with_members or _CONSTRUCTORS.search(member)]
    return "\n".join(lines)
