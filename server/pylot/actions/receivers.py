"""Of which class the value in front of a dot is, where the text says so for certain (L2).

Certain are `self`, `this` and `super()` in a method, a class by its name, what a constructor was just called for, and
parameters and locals that are declared to be of a class, or were given a new one, and never get another value.
"""

from __future__ import annotations

import builtins
from dataclasses import dataclass, replace

from pylot.actions.class_lineage import CLASSES, Class, Lineages, Outside
from pylot.actions.evaluation import binding_at
from pylot.actions.member_names import class_defining, object_before
from pylot.actions.shapes import words
from pylot.syntax.binding_values import FREE, Binding
from pylot.syntax.code_nodes import CodeNode

_CALLS = words("call new_expression")
_LITERALS = words("""string concatenated_string integer float true false none list tuple set dictionary number null
    template_string array regex list_comprehension set_comprehension dictionary_comprehension
    generator_expression""")  # fmt: skip
_TYPED = words("typed_parameter typed_default_parameter required_parameter optional_parameter")
_OWN_THIS = words("function_expression function_declaration generator_function generator_function_declaration")


@dataclass(frozen=True, slots=True)
class Receiver:
    """What is in front of a dot: an object of a class or of one derived from it, or such a class itself.

    For one that is `above`, members are looked up behind the class, as `super()` does; `is_class` is the class itself.
    """

    owner: Class | Outside
    above: bool = False
    is_class: bool = False


class Receivers:
    """Tell the classes of expressions in the files of a workspace; used by one action, in one thread."""

    def __init__(self, lineages: Lineages) -> None:
        self._lineages = lineages

    def of(self, path: str, node: CodeNode) -> Receiver | None:
        """Return the class that a value is of, or None where that is not certain."""
        while node.type in ("parenthesized_expression", "non_null_expression") and node.named:
            node = node.named[0]
        if node.type in _LITERALS:
            return Receiver(Outside())
        if node.type in ("this", "super"):
            return self._this(path, node)
        if node.type in _CALLS:
            return self._made(path, node)
        if node.type == "identifier":
            return self._named(path, node)
        return self._class_itself(path, node) if node.type in ("attribute", "member_expression") else None

    def owner_at(self, path: str, name: CodeNode) -> Class | Outside | None:
        """Return the class that a member belongs to at one of its places; None where that is not certain."""
        around, before = class_defining(name), object_before(name)
        if around is not None:
            return self._lineages.class_at(path, around)
        found = self.of(path, before) if before is not None else None
        return found.owner if found is not None else None

    def _class_itself(self, path: str, node: CodeNode) -> Receiver | None:
        meant = self._lineages.meaning(path, node)
        return Receiver(meant, is_class=isinstance(meant, Class)) if meant is not None else None

    def _this(self, path: str, node: CodeNode) -> Receiver | None:
        owner = self.class_around(path, node)
        return Receiver(owner, above=node.type == "super") if owner is not None else None

    def class_around(self, path: str, node: CodeNode) -> Class | None:
        """Return the class whose object `this` is at a place of a script, or whose method a place of Python is in."""
        below = node
        for each in node.around():
            if each.type in _OWN_THIS or each.type in ("object", "class"):
                return None
            if each.type in CLASSES:
                body = each.field("body")
                is_inside = body is not None and body.start <= below.start < body.end
                return self._lineages.class_at(path, each) if is_inside else None
            below = each
        return None

    def _made(self, path: str, node: CodeNode) -> Receiver | None:
        called = node.field("function") or node.field("constructor")
        if called is None:
            return None
        if called.type == "identifier" and called.text == "super" and not _arguments_of(node):
            owner = self.class_around(path, node)
            return Receiver(owner, above=True) if owner is not None else None
        if called.text == "type" and len(given := _arguments_of(node)) == 1:
            found = self.of(path, given[0])
            return replace(found, is_class=True) if found is not None and not found.is_class else None
        meant = self._lineages.meaning(path, called)
        if isinstance(meant, Class):
            return Receiver(meant) if self.makes_itself(meant) else None
        is_builtin = meant is not None and isinstance(getattr(builtins, meant.name, None), type)
        return Receiver(Outside(called.text)) if is_builtin else None

    def makes_itself(self, one: Class) -> bool:
        """Tell whether calling a class makes an object of it."""
        lineage = self._lineages.of(one)
        if lineage.unclear:
            return False
        for each in lineage.classes:
            node = self._lineages.node(each)
            body = node.field("body") if node is not None else None
            if node is None or body is None or any(it.type == "keyword_argument" for it in _header(node)):
                return False
            if any(it.type == "function_definition" and _name(it) == "__new__" for it in body.named):
                return False
        return True

    def _named(self, path: str, node: CodeNode) -> Receiver | None:
        binding = binding_at(node.code, node.start)
        if binding is None or binding.scope == FREE or binding.kind in ("class", "import"):
            return self._class_itself(path, node)
        if binding.kind == "function":
            return Receiver(Outside(binding.name))
        place = _only_value(node, binding)
        if place is None:
            return None
        if self._is_at_top(node, binding) and self._is_known_elsewhere(path, binding.name):
            return None
        return self._declared(path, place)

    def _declared(self, path: str, place: CodeNode) -> Receiver | None:
        """Return what the one place that gives a name its value says of it."""
        around = place.parent
        if around is None:
            return None
        if around.type in ("parameters", "lambda_parameters"):
            return self._object_of_method(path, place, around)
        if around.type in _TYPED or around.type == "assignment" or around.type == "variable_declarator":
            if (declared := around.field("type")) is not None:
                return self._of_type(path, declared)
            value = around.field("right") or around.field("value")
            is_target = place in (around.field("left"), around.field("name"))
            is_made = value is not None and value.type in _CALLS
            return self.of(path, value) if is_target and is_made and value is not None else None
        return None

    def _object_of_method(self, path: str, place: CodeNode, listed: CodeNode) -> Receiver | None:
        """Return the class of a method for its first parameter."""
        function = listed.parent
        if function is None or function.type != "function_definition" or listed.named[0] != place:
            return None
        around = function.parent
        decorators = ""
        if around is not None and around.type == "decorated_definition":
            decorators = " ".join(each.text for each in around.named if each.type == "decorator")
            around = around.parent
        owner = around.parent if around is not None and around.type == "block" else None
        if owner is None or owner.type not in CLASSES or "staticmethod" in decorators:
            return None
        found = self._lineages.class_at(path, owner)
        return Receiver(found, is_class="classmethod" in decorators) if found is not None else None

    def _of_type(self, path: str, declared: CodeNode) -> Receiver | None:
        """Return the class that a type names, or names beside `None`."""
        node = declared
        while node.type in ("type", "type_annotation") and len(node.named) == 1:
            node = node.named[0]
        if node.type in ("binary_operator", "union_type"):
            parts = [
                each for each in node.named if each.type not in ("none", "literal_type") and each.text != "undefined"
            ]
            if len(parts) != 1:
                return None
            node = parts[0]
        if node.type == "generic_type" and node.code.language != "python":
            node = node.named[0]
        if node.type == "string" and len(node.named) == 3:
            node = node.named[1]
        if node.type not in ("identifier", "string_content", "type_identifier", "attribute", "nested_type_identifier"):
            return None
        meant = self._lineages.meaning(path, node)
        # What can be handed over for `object` or `Exception` may be of any class.
        is_ours = isinstance(meant, Class) and not self._lineages.of(meant).unclear
        return Receiver(meant) if meant is not None and is_ours else None

    def _is_at_top(self, node: CodeNode, binding: Binding) -> bool:
        bindings = node.code.bindings
        return bindings is not None and bindings.scopes[binding.scope].kind in ("module", "class")

    def _is_known_elsewhere(self, path: str, name: str) -> bool:
        """Tell whether another file may give a name at the top of this one another value."""
        if self._lineages.workspace.language != "python":
            return False
        return any(use.path != path for use in self._lineages.workspace.table.references(name))


def _only_value(node: CodeNode, binding: Binding) -> CodeNode | None:
    """Return the one place that gives a name a value, or None if there are several."""
    places = [each for each in binding.occurrences if each.sets]
    bindings = node.code.bindings
    if len(places) != 1 or bindings is None or bindings.scopes[binding.scope].kind == "class":
        return None
    return node.code.smallest(places[0].start, places[0].end)


def _arguments_of(call: CodeNode) -> list[CodeNode]:
    listed = call.field("arguments")
    return listed.named if listed is not None else []


def _header(node: CodeNode) -> list[CodeNode]:
    listed = node.field("superclasses")
    return listed.named if listed is not None else []


def _name(node: CodeNode) -> str:
    name = node.field("name")
    return name.text if name is not None else ""
