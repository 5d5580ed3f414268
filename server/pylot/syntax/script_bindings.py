"""What every name in a text of JavaScript or TypeScript is bound to (ECMAScript 2024, 8 and 14)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

from tree_sitter import Node

from pylot.syntax.binding_builder import FILE, BindingBuilder
from pylot.syntax.binding_pieces import KnownPieces, PieceReader
from pylot.syntax.binding_values import FREE, BindingKind, FileBindings, Form
from pylot.syntax.tree import SyntaxTree

_PATTERNS = frozenset({"object_pattern", "array_pattern", "rest_pattern"})
_DEFAULTS = ("assignment_pattern", "object_assignment_pattern")
_PARAMETERS = ("required_parameter", "optional_parameter")
_BLOCKS = ("statement_block", "for_statement", "switch_body", "catch_clause")
_FUNCTIONS = (
    "function_declaration", "generator_function_declaration", "function_signature", "function_expression",
    "generator_function", "arrow_function", "method_definition", "abstract_method_signature", "method_signature",
    "function_type", "constructor_type", "call_signature", "construct_signature", "class_static_block",
)  # fmt: skip
_NAMED_AROUND = frozenset({"function_declaration", "generator_function_declaration", "function_signature"})
_NAMED_INSIDE = frozenset({"function_expression", "generator_function"})
_PIECES = frozenset(_FUNCTIONS)
_CLASSES = ("class_declaration", "abstract_class_declaration", "class")
_TYPES = ("interface_declaration", "type_alias_declaration")
_TAGS = ("jsx_opening_element", "jsx_closing_element", "jsx_self_closing_element")
_DECLARING = frozenset({"lexical_declaration", "variable_declaration", "ambient_declaration"})
_MODULE_WORDS = ("require", "module", "exports", "define")
_CONDITIONAL = "conditional type"


class _Target(NamedTuple):
    """What a pattern defines its names as."""

    scope: int
    kind: BindingKind = "variable"
    form: Form = "name"


def read_script_bindings(tree: SyntaxTree, known: KnownPieces | None = None) -> FileBindings:
    """Return the scopes and bindings of a parsed text of JavaScript or TypeScript.

    Values and types share one space of names here; a name that is both says so by the forms of its places.
    """
    return _Walk(tree, known).result()


class _Walk:
    """One pass over a tree, with a list of its own instead of recursion: code can be deeper than Python's stack."""

    def __init__(self, tree: SyntaxTree, known: KnownPieces | None) -> None:
        self._pieces = PieceReader(tree, known, self._read)
        self._root = tree.root
        self._pending: list[tuple[Node, int, _Target | None]] = []
        self._handlers: dict[str, Callable[[Node, int], None]] = {
            "lexical_declaration": self._declaration,
            "variable_declaration": self._declaration,
            "for_in_statement": self._for_in,
            "enum_declaration": self._enum,
            "internal_module": self._namespace,
            "module": self._namespace,
            "import_statement": self._import,
            "import_alias": self._import,
            "export_statement": self._export,
            "call_expression": self._call,
            "member_expression": self._member,
            "with_statement": self._with,
            "assignment_expression": self._assignment,
            "augmented_assignment_expression": self._assignment,
            "update_expression": self._assignment,
            "ambient_declaration": self._ambient,
            "index_signature": self._index_signature,
            "conditional_type": self._conditional,
            "infer_type": self._infer,
            "nested_type_identifier": lambda node, scope: self._push(node.child_by_field_name("module"), scope),
            **dict.fromkeys(_PARAMETERS, self._label),
            **dict.fromkeys(_BLOCKS, self._block),
            **dict.fromkeys(_FUNCTIONS, self._function),
            **dict.fromkeys(_CLASSES, self._class),
            **dict.fromkeys(_TYPES, self._type),
            **dict.fromkeys(_TAGS, self._tag),
        }

    def result(self) -> FileBindings:
        found = self._pieces.read()
        is_module = any(each.type in ("import_statement", "export_statement") for each in self._root.named_children)
        if is_module or any((FREE, name) in found.bindings for name in _MODULE_WORDS):
            return found
        # The names of a script belong to the whole page.
        return replace(found, exported=found.scopes[FILE].names)

    @property
    def _builder(self) -> BindingBuilder:
        return self._pieces.builder

    def _read(self, piece: Node, scope: int) -> None:
        """Read all of a piece; the pieces in it are read by calls of their own."""
        outer, self._pending = self._pending, [(piece, scope, None)]
        while self._pending:
            node, scope, target = self._pending.pop()
            kind = node.type
            if kind == "identifier":
                self._name(node, scope, target, "name")
            elif kind in ("shorthand_property_identifier", "shorthand_property_identifier_pattern"):
                self._name(node, scope, target, "shorthand")
            elif kind == "type_identifier":
                self._builder.use(node, scope, "type")
            elif target is not None:
                self._pattern(node, scope, target)
            elif kind in _PIECES and node.id != piece.id and self._pieces.takes(node, scope):
                continue
            elif (handler := self._handlers.get(kind)) is not None:
                handler(node, scope)
            else:
                self._push_each(node.named_children, scope)
        self._pending = outer

    def _push(self, node: Node | None, scope: int, target: _Target | None = None) -> None:
        if node is not None:
            self._pending.append((node, scope, target))

    def _push_each(self, nodes: Sequence[Node], scope: int) -> None:
        self._pending += [(node, scope, None) for node in nodes]

    def _push_fields(self, node: Node, scope: int, *names: str) -> None:
        for name in names:
            self._push_each(node.children_by_field_name(name), scope)

    def _name(self, node: Node, scope: int, target: _Target | None, form: Form) -> None:
        if target is None:
            self._builder.use(node, scope, form)
        else:
            self._builder.define(node, target.scope, target.kind, form if target.form == "name" else target.form)

    def _pattern(self, node: Node, scope: int, target: _Target) -> None:
        """Take what a pattern defines; defaults and computed keys are looked up in `scope`."""
        if node.type in _PATTERNS:
            for child in node.named_children:
                self._push(child, scope, target)
        elif node.type in _DEFAULTS:
            self._push(node.child_by_field_name("left"), scope, target)
            self._push(node.child_by_field_name("right"), scope)
        elif node.type == "pair_pattern":
            self._push(node.child_by_field_name("key"), scope)
            self._push(node.child_by_field_name("value"), scope, target)
        else:
            self._push(node, scope)

    def _hoisted(self, scope: int) -> int:
        """Return the scope that `var` defines its names in."""
        while self._builder.scopes[scope].kind == "block":
            scope = self._builder.scopes[scope].parent
        return scope

    def _declaration(self, node: Node, scope: int) -> None:
        target = _Target(scope if node.type == "lexical_declaration" else self._hoisted(scope))
        for child in node.named_children:
            if child.type == "variable_declarator":
                self._push(child.child_by_field_name("name"), scope, target)
                self._push_fields(child, scope, "type", "value")
            else:
                self._push(child, scope)

    def _for_in(self, node: Node, scope: int) -> None:
        inner = self._builder.open_scope("block", node, scope)
        kind = node.child_by_field_name("kind")
        target = None
        if kind is not None:
            target = _Target(self._hoisted(scope) if kind.type == "var" else inner)
        self._builder.assign(node.child_by_field_name("left"))
        self._push(node.child_by_field_name("left"), inner, target)
        self._push_fields(node, inner, "right", "body")

    def _assignment(self, node: Node, scope: int) -> None:
        self._builder.assign(node.child_by_field_name("left") or node.child_by_field_name("argument"))
        self._push_each(node.named_children, scope)

    def _block(self, node: Node, scope: int) -> None:
        inner = self._builder.open_scope("block", node, scope)
        caught = node.child_by_field_name("parameter") if node.type == "catch_clause" else None
        for child in node.named_children:
            self._push(child, inner, _Target(inner) if caught is not None and child.id == caught.id else None)

    def _function(self, node: Node, scope: int) -> None:
        name = node.child_by_field_name("name")
        text = self._builder.text(name) if name is not None else ""
        inner = self._builder.open_scope("function", node, scope, text)
        if name is not None and name.type == "identifier":
            self._builder.define(name, scope if node.type in _NAMED_AROUND else inner, "function")
        else:
            self._push(name, scope)
        self._type_parameters(node, inner)
        self._push(node.child_by_field_name("parameter"), inner, _Target(inner, "parameter"))
        listed = node.child_by_field_name("parameters")
        for child in listed.named_children if listed is not None else ():
            self._parameter(child, inner)
        self._push_fields(node, inner, "return_type", "type")
        # A function's own block has the names of its parameters.
        body = node.child_by_field_name("body")
        if body is not None and body.type == "statement_block":
            self._push_each(body.named_children, inner)
        else:
            self._push(body, inner)

    def _parameter(self, node: Node, scope: int) -> None:
        if node.type not in _PARAMETERS:
            self._push(node, scope, _Target(scope, "parameter"))
            return
        is_property = any(each.type in ("accessibility_modifier", "readonly") for each in node.children)
        form: Form = "property" if is_property else "name"
        for child in node.named_children:
            pattern = node.child_by_field_name("pattern")
            is_pattern = pattern is not None and child.id == pattern.id
            self._push(child, scope, _Target(scope, "parameter", form) if is_pattern else None)

    def _label(self, node: Node, scope: int) -> None:
        """Take a part of a tuple's type, whose name means nothing."""
        self._push_fields(node, scope, "type", "value")

    def _type_parameters(self, node: Node, scope: int) -> None:
        listed = node.child_by_field_name("type_parameters")
        for child in listed.named_children if listed is not None else ():
            name = child.child_by_field_name("name")
            if name is not None:
                self._builder.define(name, scope, "type", "type")
            self._push_fields(child, scope, "constraint", "value")

    def _class(self, node: Node, scope: int) -> None:
        inner = self._builder.open_scope("block", node, scope)
        name = node.child_by_field_name("name")
        if name is not None:
            self._builder.define(name, inner if node.type == "class" else scope, "class")
        self._rest(node, inner)

    def _type(self, node: Node, scope: int) -> None:
        inner = self._builder.open_scope("block", node, scope)
        name = node.child_by_field_name("name")
        if name is not None:
            self._builder.define(name, scope, "type", "type")
        self._rest(node, inner)

    def _rest(self, node: Node, scope: int) -> None:
        """Take all of a declaration but its name."""
        self._type_parameters(node, scope)
        name, types = node.child_by_field_name("name"), node.child_by_field_name("type_parameters")
        done = {each.id for each in (name, types) if each is not None}
        self._push_each([child for child in node.named_children if child.id not in done], scope)

    def _enum(self, node: Node, scope: int) -> None:
        name, body = node.child_by_field_name("name"), node.child_by_field_name("body")
        if name is not None:
            self._builder.define(name, scope, "class")
        inner = self._builder.open_scope("class", node, scope)
        for child in body.named_children if body is not None else ():
            member = child.child_by_field_name("name") if child.type == "enum_assignment" else child
            if member is not None and member.type == "property_identifier":
                self._builder.define(member, inner, form="property")
            self._push_fields(child, inner, "value")

    def _namespace(self, node: Node, scope: int) -> None:
        name, body = node.child_by_field_name("name"), node.child_by_field_name("body")
        if name is not None and name.type == "identifier":
            self._builder.define(name, scope, "class")
        inner = self._builder.open_scope("namespace", node, scope)
        self._push_each(body.named_children if body is not None else (), inner)

    def _ambient(self, node: Node, scope: int) -> None:
        for child in node.named_children:
            if child.type == "statement_block":
                # `declare global`: what is in it belongs to every file.
                self._push_each(child.named_children, self._builder.open_scope("namespace", child, scope))
            else:
                self._push(child, scope)

    def _import(self, node: Node, scope: int) -> None:
        kind: BindingKind = "import"
        pending = list(node.named_children)
        while pending:
            child = pending.pop()
            if child.type == "identifier":
                self._builder.define(child, scope, kind)
            elif child.type == "import_specifier":
                alias, name = child.child_by_field_name("alias"), child.child_by_field_name("name")
                if alias is not None:
                    self._builder.define(alias, scope, kind)
                elif name is not None:
                    self._builder.define(name, scope, kind, "import")
                if name is not None:
                    self._builder.take(name, node, "import" if alias is None else "name")
            elif child.type not in ("nested_identifier", "string", "import_attribute"):
                pending += child.named_children

    def _export(self, node: Node, scope: int) -> None:
        if node.child_by_field_name("source") is not None:
            self._hand_on(node)
            return
        for child in node.named_children:
            if child.type == "export_clause":
                for each in child.named_children:
                    has_alias = each.child_by_field_name("alias") is not None
                    if (name := each.child_by_field_name("name")) is not None and name.type == "identifier":
                        self._builder.use(name, scope, "name" if has_alias else "export")
            else:
                self._push(child, scope)
        declared = node.child_by_field_name("declaration")
        if declared is not None and scope == FILE and not any(each.type == "default" for each in node.children):
            self._exports(declared)

    def _hand_on(self, node: Node) -> None:
        """Take the names that go from one file to others through this one."""
        for clause in node.named_children:
            for each in clause.named_children if clause.type == "export_clause" else ():
                if (name := each.child_by_field_name("name")) is not None:
                    has_alias = each.child_by_field_name("alias") is not None
                    self._builder.take(name, node, "name" if has_alias else "export")

    def _exports(self, declared: Node) -> None:
        """Take the names that an exported declaration gives to other files."""
        pending = [declared]
        while pending:
            node = pending.pop()
            if node.type in ("identifier", "type_identifier", "shorthand_property_identifier_pattern"):
                self._builder.export(self._builder.text(node))
            elif node.type in _PATTERNS or node.type in _DECLARING:
                pending += node.named_children
            else:
                for field in ("name", "left", "value") if node.type == "pair_pattern" else ("name", "left"):
                    pending += node.children_by_field_name(field)

    def _member(self, node: Node, scope: int) -> None:
        if (name := node.child_by_field_name("property")) is not None:
            self._builder.member(name, node.child_by_field_name("object"), scope)
        self._push_each(node.named_children, scope)

    def _call(self, node: Node, scope: int) -> None:
        called = node.child_by_field_name("function")
        if called is not None and called.type == "identifier" and self._builder.text(called) == "eval":
            self._builder.looks_up_while_running(scope)
        self._push_each(node.named_children, scope)

    def _with(self, node: Node, scope: int) -> None:
        self._builder.looks_up_while_running(scope)
        self._push_each(node.named_children, scope)

    def _index_signature(self, node: Node, scope: int) -> None:
        inner = self._builder.open_scope("block", node, scope)
        for child in node.named_children:
            name = child.child_by_field_name("name") if child.type == "mapped_type_clause" else None
            if name is not None:
                self._builder.define(name, inner, "type", "type")
                self._push_fields(child, inner, "type", "alias")
            elif child.type == "identifier":
                self._builder.define(child, inner, "parameter")
            else:
                self._push(child, inner)

    def _conditional(self, node: Node, scope: int) -> None:
        self._push_each(node.named_children, self._builder.open_scope("block", node, scope, _CONDITIONAL))

    def _infer(self, node: Node, scope: int) -> None:
        outer = scope
        while outer > 0 and self._builder.scopes[outer].name != _CONDITIONAL:
            outer = self._builder.scopes[outer].parent
        for child in node.named_children[:1]:
            self._builder.define(child, outer, "type", "type")
        self._push_each(node.named_children[1:], scope)

    def _tag(self, node: Node, scope: int) -> None:
        """Take a tag of JSX; one in small letters is an element of the page, not a name."""
        name = node.child_by_field_name("name")
        for child in node.named_children:
            if name is not None and child.id == name.id and name.type == "identifier":
                if not self._builder.text(name)[:1].islower():
                    self._builder.use(name, scope, "component")
            else:
                self._push(child, scope)
