"""Members that only the text of their class can name: `__name` in Python, `#name` in JavaScript and TypeScript."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from pylot.actions.edits import TextEdit
from pylot.actions.names import is_name
from pylot.actions.shapes import SCRIPTS
from pylot.kernel.errors import ActionRefusedError
from pylot.syntax.code_nodes import Code, CodeNode

_CLASSES = frozenset({"class_definition", "class_declaration", "class", "abstract_class_declaration"})


@dataclass(frozen=True, slots=True)
class PrivateMember:
    """One such member: its class and all its places."""

    owner: CodeNode
    places: tuple[CodeNode, ...]

    @property
    def name(self) -> str:
        """How it is written."""
        return self.places[0].text


def private_member_at(code: Code, offset: int) -> PrivateMember | None:
    """Return the private member at a place or right before it, or None."""
    for place in (offset, max(offset - 1, 0)):
        node = code.smallest(place, place)
        if not _is_private(node):
            continue
        owner = _owner(node)
        places = tuple(_places(owner, node.text)) if owner is not None else ()
        if owner is not None and node in places:
            return PrivateMember(owner, places)
    return None


def rename_private_member(code: Code, member: PrivateMember, new_name: str) -> tuple[TextEdit, ...]:
    """Return the edits that give a private member another name.

    Raises:
        ActionRefusedError: it cannot be done for certain; the sentence says why.
    """
    mark = "#" if code.language in SCRIPTS else "__"
    word = new_name.removeprefix("#")
    is_private = new_name.startswith(mark) and not (mark == "__" and new_name.endswith("__"))
    if not is_private or not is_name(word, code.language):
        raise ActionRefusedError(f"This member is private, and its new name has to begin with {mark}.")
    if member.owner.has_error:
        raise ActionRefusedError("The class of this member does not parse.")
    if new_name in {each.text for each in member.owner.walk() if not each.children}:
        raise ActionRefusedError("The class uses the new name already.")
    if mark == "__":
        _refuse_other_ways(code, member)
    return tuple(TextEdit(each.start, each.end, new_name) for each in member.places)


def _refuse_other_ways(code: Code, member: PrivateMember) -> None:
    """Refuse where the name may be used in another way than as a member."""
    if any(each.type == "identifier" and each.text == member.name and each not in member.places
           for each in _in_class(member.owner)):  # fmt: skip
        raise ActionRefusedError("This is also the name of something else in the class.")
    name = member.owner.field("name")
    mangled = f"_{name.text.lstrip('_') if name is not None else ''}{member.name}"
    word = re.compile(rf"(?<!\w){re.escape(member.name)}(?!\w)")
    in_text = any(word.search(each.text) for each in code.root.walk() if each.type == "string_content")
    if mangled in code.text or in_text:
        raise ActionRefusedError("A text in this file speaks of this member.")


def _is_private(node: CodeNode) -> bool:
    if node.type == "private_property_identifier":
        return True
    text = node.text if node.type == "identifier" and node.code.language == "python" else ""
    return text.startswith("__") and not text.endswith("__")


def _owner(node: CodeNode) -> CodeNode | None:
    """Return the class that a private member belongs to."""
    for each in node.around():
        if each.type in _CLASSES and (node.code.language == "python" or _declares(each, node.text)):
            return each
    return None


def _declares(owner: CodeNode, name: str) -> bool:
    body = owner.field("body")
    listed = body.named if body is not None else []
    return any(
        (own := each.field("name") or each.field("property")) is not None and own.text == name for each in listed
    )


def _places(owner: CodeNode, name: str) -> Iterator[CodeNode]:
    for each in _in_class(owner, name):
        if each.text != name or each.children:
            continue
        if each.type == "private_property_identifier" or _is_member(each, owner):
            yield each


def _is_member(node: CodeNode, owner: CodeNode) -> bool:
    """Tell whether a name of Python stands for a member: behind a dot, or defined right in the class."""
    parent = node.parent
    if parent is None:
        return False
    if parent.type == "attribute":
        return parent.field("attribute") == node
    around = parent.parent
    if parent.type == "function_definition" and around is not None and around.type == "decorated_definition":
        around = around.parent
    if parent.type == "assignment" and around is not None:
        around = around.parent
    is_defined = parent.field("name") == node or parent.field("left") == node
    return is_defined and around is not None and around == owner.field("body")


def _in_class(owner: CodeNode, name: str = "") -> Iterator[CodeNode]:
    """Yield the nodes of a class, but for those in classes with private members of their own."""
    body = owner.field("body")
    pending = [body] if body is not None else []
    while pending:
        each = pending.pop()
        yield each
        for child in each.named:
            is_other = child.type in _CLASSES and (owner.code.language == "python" or _declares(child, name))
            if not is_other:
                pending.append(child)
