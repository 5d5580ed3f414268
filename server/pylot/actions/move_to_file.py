"""Move a function or class to a file of its own, with the imports that it needs (L2, K5)."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePath

from pylot.actions.edits import TextEdit
from pylot.actions.evaluation import binding_at, bindings_in
from pylot.actions.layout import begins_line, line_end, line_start, newline_of, next_line
from pylot.actions.offer import MOVE, Offer, OtherFile, Place, Plan
from pylot.actions.shapes import SCRIPTS, words
from pylot.kernel.errors import ActionRefusedError
from pylot.syntax.binding_values import FREE, Binding
from pylot.syntax.code_nodes import CodeNode, is_comment

_DEFINITIONS = words("function_definition class_definition function_declaration class_declaration "
                     "generator_function_declaration abstract_class_declaration interface_declaration "
                     "type_alias_declaration enum_declaration")  # fmt: skip
_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+|[^\W_]+")
_OWN_FILE = words(
    "__file__ __name__ __all__ __package__ __path__ __spec__ __doc__ require module exports __dirname __filename"
)


@dataclass(frozen=True, slots=True)
class _Moved:
    """A definition at the top of a file: `outer` with its decorators or `export`, `start` with its comments."""

    name: CodeNode
    outer: CodeNode
    start: int
    is_exported: bool


class MoveToFile:
    """Offer to move the definition under the cursor to a new file beside this one."""

    id = "move-to-file"

    def offers(self, place: Place) -> Iterable[Offer]:
        """Return one offer on the name of a definition at the top of a file."""
        moved = _moved_at(place)
        if moved is None or not place.path:
            return
        title = f"Move {moved.name.text} to a new file"
        try:
            _plan(place, moved)
        except ActionRefusedError as error:
            if place.invoked:
                yield Offer(title, MOVE, self.id, refused=error.sentence)
            return
        yield Offer(title, MOVE, self.id)

    def plan(self, place: Place, offer: Offer) -> Plan:
        """Return the edits: the new file, and an import of it where the definition was."""
        moved = _moved_at(place)
        if moved is None or not place.path:
            raise ActionRefusedError("There is no definition here that could be moved.")
        return _plan(place, moved)


def _moved_at(place: Place) -> _Moved | None:
    if place.code is None or place.language not in SCRIPTS | {"python"}:
        return None
    node = place.code.smallest(place.start, place.end)
    holder = node.parent
    if holder is None or holder.type not in _DEFINITIONS or holder.field("name") != node:
        return None
    outer = holder
    if holder.parent is not None and holder.parent.type in ("decorated_definition", "export_statement"):
        outer = holder.parent
    if (
        outer.parent is None
        or outer.parent.type not in ("module", "program")
        or not begins_line(place.text, outer.start)
    ):
        return None
    return _Moved(node, outer, _with_comments(outer), outer.type == "export_statement")


def _with_comments(outer: CodeNode) -> int:
    """Return where the comments right in front of a definition begin."""
    text, start = outer.code.text, line_start(outer.code.text, outer.start)
    root = outer.code.root
    for each in reversed([it for it in root.children if it.end <= outer.start]):
        is_near = is_comment(each.type) and text[each.end : start].count("\n") == 1 and begins_line(text, each.start)
        if not is_near or each.start == 0:
            break
        start = line_start(text, each.start)
    return start


def _plan(place: Place, moved: _Moved) -> Plan:
    code = place.code
    assert code is not None
    if code.bindings is None or code.root.has_error:
        raise ActionRefusedError("This file does not parse.")
    if any(each.text == "default" for each in moved.outer.children):
        raise ActionRefusedError("This is what the file exports by default.")
    rest = place.text[moved.outer.end : line_end(place.text, moved.outer.end)].strip()
    if rest:
        raise ActionRefusedError("Something else stands on the last line of this.")
    is_python = place.language == "python"
    if not is_python and not any(each.type in ("import_statement", "export_statement") for each in code.root.named):
        raise ActionRefusedError("Only a module can import what is moved.")
    imports = _needed(moved)
    target = _file_for(place, moved.name.text)
    newline = newline_of(place.text)
    body = place.text[moved.start : moved.outer.end]
    if is_python:
        future = [each.text for each in code.root.named if each.type == "future_import_statement"]
        text = _python_file([*future, *imports], body, newline)
        edits = _python_edits(place, moved, target)
    else:
        body = body if moved.is_exported else _exported(body, moved)
        text = newline.join(imports) + (newline * 2 if imports else "") + body + newline
        edits = _script_edits(place, moved, target)
    path = str(PurePath(place.path).with_name(target))
    return Plan(edits, f"Move {moved.name.text} to {target}", (OtherFile(path, None, (TextEdit(0, 0, text),)),))


def _needed(moved: _Moved) -> list[str]:
    """Return the imports that a definition needs, each with its needed names only.

    Raises:
        ActionRefusedError: it needs something that stays behind.
    """
    code, own = moved.outer.code, moved.name.text
    bindings = code.bindings
    assert bindings is not None
    found: dict[tuple[int, str, str], str] = {}
    for each in bindings_in(moved.outer):
        if each.scope == FREE:
            if each.name in _OWN_FILE:
                raise ActionRefusedError(f"This speaks of the file that it is in (`{each.name}`).")
            continue
        if each.scope != 0 or each.name == own:
            continue
        if each.kind != "import":
            raise ActionRefusedError(f"This needs {each.name}, which stays behind.")
        key, statement = _import_of(each, moved)
        found[key] = statement
    if any("import *" in each.text or "wildcard_import" in {it.type for it in each.named}
           for each in code.root.named if each.type == "import_from_statement"):  # fmt: skip
        raise ActionRefusedError("Names of this may come from an import of everything.")
    sets = [each for each in (binding_at(code, moved.name.start),) if each is not None]
    if any(len([it for it in each.occurrences if it.is_definition]) != 1 for each in sets):
        raise ActionRefusedError("This is defined more than once.")
    _refuse_early_use(sets, moved)
    return list(dict.fromkeys(found[key] for key in sorted(found)))


def _refuse_early_use(sets: list[Binding], moved: _Moved) -> None:
    for each in sets:
        for place in each.occurrences:
            if place.form in ("export", "dotted import"):
                raise ActionRefusedError("This is named in an export clause.")


def _import_of(binding: Binding, moved: _Moved) -> tuple[tuple[int, str, str], str]:
    """Return the import of one name as a statement of its own, and its place in the order of imports."""
    code = moved.outer.code
    places = [each for each in binding.occurrences if each.is_definition]
    if len(places) != 1:
        raise ActionRefusedError(f"The name {binding.name} is imported more than once.")
    name = code.smallest(places[0].start, places[0].end)
    statement = next(
        (each for each in name.around() if each.type in ("import_statement", "import_from_statement")), None
    )
    if statement is None or statement.parent != code.root:
        raise ActionRefusedError(f"The name {binding.name} is only imported sometimes.")
    if code.language != "python":
        return (0, statement.text, name.text), _script_import(name, statement)
    part = name
    while part.parent is not None and part.parent != statement:
        part = part.parent
    module = statement.field("module_name")
    if module is None:
        return (_group(part.text), part.text, ""), f"import {part.text}"
    return (_group(module.text), module.text, part.text), f"from {module.text} import {part.text}"


def _script_import(name: CodeNode, statement: CodeNode) -> str:
    source = statement.field("source")
    if source is None:
        raise ActionRefusedError("Pylot cannot read one of the imports.")
    is_type = "type " if statement.text.startswith("import type") else ""
    end = ";" if statement.text.endswith(";") else ""
    around = [each.type for each in name.around()]
    if "import_specifier" in around:
        part = next(each for each in name.around() if each.type == "import_specifier")
        return f"import {is_type}{{ {part.text} }} from {source.text}{end}"
    if "namespace_import" in around:
        return f"import {is_type}* as {name.text} from {source.text}{end}"
    return f"import {is_type}{name.text} from {source.text}{end}"


def _group(module: str) -> int:
    """Return where imports of a module come: the standard library, others, those beside the file."""
    if module.startswith("."):
        return 2
    return 0 if module.split(".")[0].split(" ")[0] in sys.stdlib_module_names else 1


def _python_file(imports: list[str], body: str, newline: str) -> str:
    """Return a file with its imports in groups, those of one module together."""
    merged: dict[str, list[str]] = {}
    for each in imports:
        head, separator, names = each.partition(" import ")
        merged.setdefault(head if separator else each, []).extend([names] if separator else [])
    groups: dict[int, list[str]] = {}
    for head, taken in merged.items():
        module = head.split(" ", 1)[1]
        group = -1 if module == "__future__" else _group(module)
        groups.setdefault(group, []).append(f"{head} import {', '.join(taken)}" if taken else head)
    parts = [newline.join(groups[key]) for key in sorted(groups)]
    return (newline * 2).join(parts) + (newline * 3 if parts else "") + body + newline


def _file_for(place: Place, name: str) -> str:
    suffix = PurePath(place.path).suffix
    stem = "_".join(each.lower() for each in _PARTS.findall(name)) if place.language == "python" else name
    if (
        not stem
        or stem == PurePath(place.path).stem
        or (place.language == "python" and stem in sys.stdlib_module_names)
    ):
        raise ActionRefusedError("A file of this name would hide another.")
    return f"{stem}{suffix}"


def _python_edits(place: Place, moved: _Moved, target: str) -> tuple[TextEdit, ...]:
    dots = "." if place.in_package else ""
    statement = f"from {dots}{PurePath(target).stem} import {moved.name.text}"
    return _with_import(place, moved, statement)


def _script_edits(place: Place, moved: _Moved, target: str) -> tuple[TextEdit, ...]:
    sources = [each for it in place.code.root.named if (each := it.field("source"))] if place.code else []
    quote = sources[0].text[0] if sources else '"'
    suffix = PurePath(target).suffix
    names_files = any(re.search(r"^.\..*\.[cm]?[jt]sx?.$", each.text) for each in sources)
    is_bare = suffix in (".ts", ".tsx") and not names_files
    file = target.removesuffix(suffix) + ("" if is_bare else suffix.replace("t", "j"))
    source = f"{quote}./{file}{quote};"
    holder = moved.name.parent
    kind = "type " if holder is not None and holder.type in ("interface_declaration", "type_alias_declaration") else ""
    statement = f"import {kind}{{ {moved.name.text} }} from {source}"
    if moved.is_exported:
        statement += f"{newline_of(place.text)}export {kind}{{ {moved.name.text} }};"
    return _with_import(place, moved, statement)


def _with_import(place: Place, moved: _Moved, statement: str) -> tuple[TextEdit, ...]:
    """Return the edits that take a definition out and import it behind the other imports in front of it."""
    text, newline = place.text, newline_of(place.text)
    end = next_line(text, moved.outer.end)
    while end < len(text) and not text[end : line_end(text, end)].strip():
        end = next_line(text, end)
    kinds = ("import_statement", "import_from_statement", "future_import_statement")
    root = moved.outer.code.root
    before = [each for each in root.named if each.type in kinds and each.end <= moved.start]
    if not before:
        return (TextEdit(moved.start, end, statement + newline * (3 if end < len(text) else 1)),)
    at = line_end(text, before[-1].end)
    return (TextEdit(at, at, newline + statement), TextEdit(moved.start, end, ""))


def _exported(body: str, moved: _Moved) -> str:
    index = moved.outer.start - moved.start
    return f"{body[:index]}export {body[index:]}"
