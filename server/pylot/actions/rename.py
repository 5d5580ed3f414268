"""Renaming what a name means in one text, everywhere that it means it and nowhere else (L2, K5)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from pylot.actions.edits import TextEdit, applied
from pylot.actions.member_names import member_name_at
from pylot.actions.mentions import mentions
from pylot.actions.names import is_name
from pylot.actions.parameters import NamedCalls, calls_elsewhere, edits_of_calls
from pylot.actions.private_members import PrivateMember, private_member_at, rename_private_member
from pylot.actions.settings import ActionSettings
from pylot.kernel.errors import ActionRefusedError
from pylot.syntax.bindings import (
    BLOCK_LANGUAGES,
    BOUND_LANGUAGES,
    FREE,
    Binding,
    FileBindings,
    Occurrence,
    bindings_of_tree,
    parse_whole,
)
from pylot.syntax.code_nodes import CodeNode, read_code_nodes
from pylot.syntax.tree import SyntaxTree

_CODE_ONLY = ActionSettings()
_ASKS_FOR_NAMES = re.compile(r"\.__(?:qual)?name__\b|\.constructor\.name\b")
_VALUES = frozenset({"variable", "parameter", "function"})


@dataclass(frozen=True, slots=True)
class RenamePlan:
    """The edits that rename one thing in its own file.

    `other_files` is its old name if other files may import it, or empty; `handed_on` if it is imported here, and others
    may get it from here. `calls_elsewhere` are calls in other files that would break, if there are any. `shown` is the
    old name if code in this file asks classes or functions for their names, so that it may stand in texts.
    """

    edits: tuple[TextEdit, ...]
    other_files: str = ""
    calls_elsewhere: NamedCalls | None = None
    handed_on: str = ""
    shown: str = ""

    @property
    def concerns_others(self) -> bool:
        """Whether other files have to be looked at."""
        return bool(self.other_files or self.calls_elsewhere or self.handed_on or self.shown)


@dataclass(frozen=True, slots=True)
class _Code:
    tree: SyntaxTree
    bindings: FileBindings


def place_to_rename(text: str, language: str, offset: int) -> tuple[int, int]:
    """Return where the name at a place begins and ends.

    Raises:
        ActionRefusedError: nothing there can be renamed; the sentence says why.
    """
    if (member := _private_member(text, language, offset)) is not None:
        place = next(each for each in member.places if each.start <= offset <= each.end)
        return place.start, place.end
    if (name := member_to_rename(text, language, offset)) is not None:
        return name.start, name.end
    code = _read(text, language)
    binding = _binding_at(code, offset)
    found = next(each for each in binding.occurrences if each.start <= offset <= each.end)
    return found.start, found.end


def member_to_rename(text: str, language: str, offset: int) -> CodeNode | None:
    """Return the name of a member at a place, for which all of the workspace has to be looked at; None for others."""
    if language not in BOUND_LANGUAGES - BLOCK_LANGUAGES or _private_member(text, language, offset) is not None:
        return None
    code = read_code_nodes(text, language)
    return member_name_at(code, offset) if code is not None else None


def plan_rename(
    text: str, language: str, offset: int, new_name: str, settings: ActionSettings = _CODE_ONLY
) -> RenamePlan:
    """Return the edits that give the thing at a place another name; the settings may add words that are no code.

    Shadowing is respected, and nothing comes to mean something else. What an import brings in keeps its name where it
    comes from (`name as new`), and so does what an object literal or an export clause calls by it.

    Raises:
        ActionRefusedError: it cannot be done for certain; the sentence says why.
    """
    code = _read(text, language)
    if (member := _private_member(text, language, offset)) is not None:
        own = () if new_name == member.name else rename_private_member(member.owner.code, member, new_name)
        _check(code, own)
        return RenamePlan(own)
    binding = _binding_at(code, offset)
    if new_name == binding.name:
        return RenamePlan(())
    if not is_name(new_name, language):
        raise ActionRefusedError("The new name is not a name in this language.")
    _refuse_broken_code(code, binding)
    if binding.kind == "class" and f"_{binding.name.lstrip('_')}__" in text:
        raise ActionRefusedError("The name of this class is a part of private names that are used in this file.")
    refuse_conflicts(code.bindings, binding, new_name)
    edits = {TextEdit(each.start, each.end, _spelled(each, binding.name, new_name)) for each in binding.occurrences}
    edits |= edits_of_calls(code.bindings, binding, new_name)
    if settings.rename_in_comments or settings.rename_in_strings:
        edits |= _mentions(code, binding, new_name, settings, {each.start for each in edits})
    _check(code, edits)
    plan = RenamePlan(tuple(sorted(edits)), calls_elsewhere=calls_elsewhere(code.bindings, binding))
    if not _is_seen_elsewhere(code.bindings, binding):
        return plan
    if binding.kind == "import" or any(each.form == "import" for each in binding.occurrences):
        # Only Python hands names on by importing them; the scripts have export clauses for that, which keep the name.
        return replace(plan, handed_on=binding.name if language == "python" else "")
    is_shown = binding.kind in ("class", "function") and _ASKS_FOR_NAMES.search(text) is not None
    return replace(plan, other_files=binding.name, shown=binding.name if is_shown else "")


def _private_member(text: str, language: str, offset: int) -> PrivateMember | None:
    """Return the member at a place that only the text of its class can name."""
    if ("__" if language == "python" else "#") not in text or language not in BOUND_LANGUAGES - BLOCK_LANGUAGES:
        return None
    code = read_code_nodes(text, language)
    return private_member_at(code, offset) if code is not None else None


def _mentions(code: _Code, binding: Binding, new_name: str, settings: ActionSettings, done: set[int]) -> set[TextEdit]:
    """Return the edits of words outside of code, where the name means what is renamed."""
    scope, nodes = code.bindings.scopes[binding.scope], read_code_nodes(code.tree.text, code.tree.language)
    if nodes is None:
        return set()
    found = mentions(nodes, scope.start, scope.end, binding.name, new_name,
                     comments=settings.rename_in_comments, strings=settings.rename_in_strings)  # fmt: skip
    return {each for each in found if each.start not in done}


def _read(text: str, language: str) -> _Code:
    if language not in BOUND_LANGUAGES:
        raise ActionRefusedError("Pylot can rename in Python, JavaScript, TypeScript, Go, Java and Rust only.")
    tree = parse_whole(text, language)
    bindings = bindings_of_tree(tree) if tree is not None else None
    if tree is None or bindings is None:
        raise ActionRefusedError("This file is too large to be parsed.")
    return _Code(tree, bindings)


def _binding_at(code: _Code, offset: int) -> Binding:
    binding = code.bindings.at(offset)
    if binding is None:
        raise ActionRefusedError("There is no name here that Pylot can rename; it renames no members of objects.")
    if reason := next(_reasons(code.bindings, binding), ""):
        raise ActionRefusedError(reason)
    return binding


def _reasons(bindings: FileBindings, binding: Binding) -> Iterator[str]:
    """Yield what speaks against renaming a thing to whatever name."""
    if binding.scope == FREE or not any(each.is_definition for each in binding.occurrences):
        yield "This name is not defined in this file."
        return
    forms = {each.form for each in binding.occurrences}
    if bindings.language in BLOCK_LANGUAGES and any(
        _crosses_class(bindings, binding, each) for each in binding.occurrences
    ):
        yield "A class in the same function uses this name, which may be that of a field there."
    kind = bindings.scopes[binding.scope].kind
    if kind in ("class", "namespace") or "property" in forms:
        yield "This is a member, which is also used from outside its scope; Pylot renames no members."
    if "dotted import" in forms:
        yield "This is the name of a package, not one of this file."
    if any(_is_value_and_type(other) for other in bindings.named(binding.name)):
        yield "This name stands for a value and for a type, and Pylot cannot tell which of them each place means."
    if bindings.language == "python" and binding.name.startswith("__"):
        yield "Names that begin with two underscores have a meaning of their own in Python."
    if any(bindings.is_within(scope, binding.scope) for scope in bindings.dynamic_scopes):
        yield "Code in the same scope looks names up while it runs (as `eval` and `locals` do)."
    if kind == "block" and binding.kind == "function" and (FREE, binding.name) in bindings.bindings:
        yield "This function is used outside of the block that defines it."
    if any(_falls_through(bindings, other) for other in bindings.named(binding.name)):
        yield "A class uses a name of its own before it defines it, which then means the one outside."
    if binding.kind == "function" and "fixture" in _decorators(bindings, binding):
        yield "This is a test fixture, which tests find by the names of their parameters."


def _crosses_class(bindings: FileBindings, binding: Binding, place: Occurrence) -> bool:
    scope = place.scope
    while scope not in (binding.scope, FREE):
        if bindings.scopes[scope].kind == "class":
            return True
        scope = bindings.scopes[scope].parent
    return False


def _decorators(bindings: FileBindings, binding: Binding) -> set[str]:
    own = [each for each in bindings.scopes if each.kind == "function" and each.name == binding.name]
    return {name for each in own for name in each.decorators}


def _is_value_and_type(binding: Binding) -> bool:
    """Tell whether places of a name may mean what is defined further out: values and types do not hide each other."""
    forms = {each.form for each in binding.occurrences}
    if binding.scope == FREE:
        return False
    return ("type" in forms and binding.kind in _VALUES) or (
        binding.kind == "type" and bool(forms - {"type", "import", "export"})
    )


def _falls_through(bindings: FileBindings, binding: Binding) -> bool:
    """Tell whether code of a class's own body, outside of methods, looks up a name that it also defines."""
    if binding.scope == FREE or bindings.language != "python" or bindings.scopes[binding.scope].kind != "class":
        return False
    return any(not each.is_definition and each.scope == binding.scope for each in binding.occurrences)


def _refuse_broken_code(code: _Code, binding: Binding) -> None:
    scope = code.bindings.scopes[binding.scope]
    for problem in code.tree.problems:
        if problem.start <= scope.end and problem.end >= scope.start:
            line = code.tree.text.count("\n", 0, problem.start) + 1
            raise ActionRefusedError(f"Line {line} does not parse, so Pylot cannot tell what the name means there.")


def refuse_conflicts(bindings: FileBindings, binding: Binding, new_name: str) -> None:
    """Refuse a name that would catch other uses, or whose own uses would be caught.

    Raises:
        ActionRefusedError: the sentence says on which line.
    """
    if bindings.language == "python" and new_name.startswith("__"):
        raise ActionRefusedError("Names that begin with two underscores have a meaning of their own in Python.")
    if not new_name[0].isupper() and any(each.form == "component" for each in binding.occurrences):
        raise ActionRefusedError("A component of JSX needs a name that begins with a capital letter.")
    if bindings.language in BLOCK_LANGUAGES and (known := bindings.named(new_name)):
        # These languages refuse many a name that hides another, and know names from other files of the program.
        raise ActionRefusedError(f"The new name is used in this file already, on line {_first_line(known)}.")
    taken = bindings.bindings.get((binding.scope, new_name))
    if taken is not None:
        raise ActionRefusedError(f"The new name is taken in the same scope, on line {taken.occurrences[0].line + 1}.")
    for other in bindings.named(new_name):
        for each in other.occurrences:
            if bindings.owner_of(new_name, each.scope, assumed=binding.scope) != other.scope:
                raise ActionRefusedError(f"The new name would hide what it means on line {each.line + 1}.")
    for each in binding.occurrences:
        if bindings.owner_of(new_name, each.scope, assumed=binding.scope) != binding.scope:
            raise ActionRefusedError(f"On line {each.line + 1} the new name means something else already.")


def _first_line(known: Iterable[Binding]) -> int:
    return min(each.occurrences[0].line for each in known) + 1


def _spelled(occurrence: Occurrence, old: str, new: str) -> str:
    match occurrence.form:
        case "import":
            return f"{old} as {new}"
        case "shorthand":
            return f"{old}: {new}"
        case "export":
            return f"{new} as {old}"
        case _:
            return new


def _check(code: _Code, edits: Iterable[TextEdit]) -> None:
    """Refuse what does not parse as well as before."""
    after = parse_whole(applied(code.tree.text, edits), code.tree.language)
    if after is None or after.error_count > code.tree.error_count:
        raise ActionRefusedError("With the new name the file would not parse any more.")


def _is_seen_elsewhere(bindings: FileBindings, binding: Binding) -> bool:
    if binding.scope != 0:
        return False
    return bindings.language == "python" or binding.name in bindings.exported
