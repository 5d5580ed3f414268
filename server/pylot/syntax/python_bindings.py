"""What every name in a text of Python is bound to (The Python Language Reference, 4.2, "Naming and binding")."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from tree_sitter import Node

from pylot.syntax.binding_builder import FILE, BindingBuilder
from pylot.syntax.binding_pieces import KnownPieces, PieceReader
from pylot.syntax.binding_values import FileBindings, Form
from pylot.syntax.tree import SyntaxTree

_TARGETS = frozenset(
    {"pattern_list", "tuple_pattern", "list_pattern", "list_splat_pattern", "list_splat", "tuple", "list",
     "parenthesized_expression", "expression_list", "as_pattern_target"}
)  # fmt: skip
_COMPREHENSIONS = ("list_comprehension", "set_comprehension", "dictionary_comprehension", "generator_expression")
# In these a name alone is given a value; elsewhere in a pattern it is looked up.
_CAPTURES = frozenset({"case_pattern", "union_pattern", "keyword_pattern", "as_pattern"})
_PIECES = frozenset({"function_definition", "decorated_definition"})
_SPLATS = frozenset({"list_splat_pattern", "dictionary_splat_pattern"})
_BY_TEXT = frozenset({"locals", "globals", "vars", "eval", "exec", "dir"})
_NO_TYPES = frozenset({"Literal", "Annotated"})
_WORD = re.compile(rb"(?<![\w.\x80-\xff])[A-Za-z_\x80-\xff][\w\x80-\xff]*")


def read_python_bindings(tree: SyntaxTree, known: KnownPieces | None = None) -> FileBindings:
    """Return the scopes and bindings of a parsed text of Python."""
    return _Walk(tree, known).result()


class _Walk:
    """One pass over a tree, with a list of its own instead of recursion: code can be deeper than Python's stack."""

    def __init__(self, tree: SyntaxTree, known: KnownPieces | None) -> None:
        self._data = tree.data
        self._pieces = PieceReader(tree, known, self._read)
        self._pending: list[tuple[Node, int, bool]] = []
        self._handlers: dict[str, Callable[[Node, int], None]] = {
            "attribute": self._attribute,
            "keyword_argument": self._keyword_argument,
            "assignment": self._assignment,
            "augmented_assignment": self._assignment,
            "for_statement": self._assignment,
            "named_expression": self._named_expression,
            "as_pattern": self._as_pattern,
            "as_pattern_target": lambda node, scope: self._push_all(node, scope, target=True),
            "delete_statement": lambda node, scope: self._push_all(node, scope, target=True),
            "dotted_name": self._dotted_name,
            "keyword_pattern": lambda node, scope: self._push_each(node.named_children[1:], scope),
            "splat_pattern": lambda node, scope: self._push_all(node, scope, target=True),
            "function_definition": self._function,
            "lambda": self._lambda,
            "class_definition": self._class,
            "type_alias_statement": self._type_alias,
            "import_statement": self._import,
            "import_from_statement": self._import,
            "future_import_statement": lambda node, scope: None,
            "global_statement": self._global,
            "nonlocal_statement": self._nonlocal,
            "call": self._call,
            "string": self._string,
            **dict.fromkeys(_COMPREHENSIONS, self._comprehension),
        }

    def result(self) -> FileBindings:
        return self._pieces.read()

    @property
    def _builder(self) -> BindingBuilder:
        return self._pieces.builder

    def _read(self, piece: Node, scope: int) -> None:
        """Read all of a piece; the pieces in it are read by calls of their own."""
        outer, self._pending = self._pending, [(piece, scope, False)]
        while self._pending:
            node, scope, target = self._pending.pop()
            kind = node.type
            if kind in _PIECES and node.id != piece.id and self._is_piece(node) and self._pieces.takes(node, scope):
                continue
            if kind == "identifier":
                if target:
                    self._builder.define(node, scope)
                else:
                    self._builder.use(node, scope)
            elif target and kind in _TARGETS:
                self._push_all(node, scope, target=True)
            elif (handler := self._handlers.get(kind)) is not None:
                handler(node, scope)
            else:
                self._push_all(node, scope)
        self._pending = outer

    def _is_piece(self, node: Node) -> bool:
        # A function's decorators stand in front of it, so they belong to its piece.
        return node.type != "function_definition" or node.parent is None or node.parent.type != "decorated_definition"

    def _push(self, node: Node | None, scope: int, *, target: bool = False) -> None:
        if node is not None:
            self._pending.append((node, scope, target))

    def _push_each(self, nodes: Sequence[Node], scope: int, *, target: bool = False) -> None:
        self._pending += [(node, scope, target) for node in nodes]

    def _push_all(self, node: Node, scope: int, *, target: bool = False) -> None:
        self._push_each(node.named_children, scope, target=target)

    def _attribute(self, node: Node, scope: int) -> None:
        owner, name = node.child_by_field_name("object"), node.child_by_field_name("attribute")
        if name is not None:
            self._builder.member(name, owner, scope)
        self._push(owner, scope)

    def _keyword_argument(self, node: Node, scope: int) -> None:
        self._push(node.child_by_field_name("value"), scope)

    def _assignment(self, node: Node, scope: int) -> None:
        """Take the left side as targets; that of a loop is one too."""
        left = node.child_by_field_name("left")
        for child in node.named_children:
            self._push(child, scope, target=left is not None and child.id == left.id)
        if left is not None and node.type == "augmented_assignment":
            self._push(left, scope)
        if left is not None and self._builder.text(left) == "__all__":
            self._listed_names(node)

    def _listed_names(self, node: Node) -> None:
        """Take the strings of `__all__`, which name what the file gives to others."""
        pending = [node.child_by_field_name("right")]
        while pending:
            child = pending.pop()
            if child is None:
                continue
            if child.type == "string_content":
                self._builder.use_word(child.start_byte, child.end_byte, child.start_point[0], FILE)
            pending += child.named_children

    def _named_expression(self, node: Node, scope: int) -> None:
        self._push(node.child_by_field_name("value"), scope)
        # PEP 572: what a comprehension names so belongs to the function around it.
        while self._builder.scopes[scope].kind == "comprehension":
            scope = self._builder.scopes[scope].parent
        self._push(node.child_by_field_name("name"), scope, target=True)

    def _as_pattern(self, node: Node, scope: int) -> None:
        self._push_each(node.named_children[:1], scope)
        # With `match` the name stands there by itself, elsewhere in an `as_pattern_target`.
        self._push_each(node.named_children[1:], scope, target=True)

    def _dotted_name(self, node: Node, scope: int) -> None:
        is_capture = node.named_child_count == 1 and node.parent is not None and node.parent.type in _CAPTURES
        self._push_each(node.named_children[:1], scope, target=is_capture)

    def _function(self, node: Node, scope: int) -> None:
        name = node.child_by_field_name("name")
        if name is not None:
            self._builder.define(name, scope, "function")
        outer = self._type_parameters(node, scope)
        decorators = self._decorators(node)
        inner = self._builder.open_scope(
            "function", node, outer, self._builder.text(name) if name is not None else "", decorators
        )
        self._parameters(node.child_by_field_name("parameters"), outer, inner)
        self._push(node.child_by_field_name("return_type"), outer)
        self._push(node.child_by_field_name("body"), inner)

    def _lambda(self, node: Node, scope: int) -> None:
        inner = self._builder.open_scope("function", node, scope)
        self._parameters(node.child_by_field_name("parameters"), scope, inner)
        self._push(node.child_by_field_name("body"), inner)

    def _parameters(self, node: Node | None, outer: int, inner: int) -> None:
        """Let names belong to the function, what stands behind them to its surroundings."""
        children = node.named_children if node is not None else []
        marks = [index for index, child in enumerate(children) if child.type == "positional_separator"]
        n_positional = marks[0] if marks else 0
        for index, child in enumerate(children):
            name = child if child.type == "identifier" else child.child_by_field_name("name")
            if name is None and child.type == "typed_parameter":
                name = child.named_child(0)
            elif name is None and child.type in _SPLATS | {"tuple_pattern"}:
                name = child
            for part in (child.child_by_field_name("type"), child.child_by_field_name("value")):
                self._push(part, outer)
            if name is not None:
                self._parameter(name, inner, can_be_named=index >= n_positional)

    def _parameter(self, name: Node, scope: int, *, can_be_named: bool) -> None:
        pending = [name]
        while pending:
            node = pending.pop()
            if node.type == "identifier":
                self._builder.define(node, scope, "parameter")
                if can_be_named and node.id == name.id:
                    self._builder.can_be_named(self._builder.text(node), scope)
            else:
                pending += node.named_children

    def _class(self, node: Node, scope: int) -> None:
        name = node.child_by_field_name("name")
        if name is not None:
            self._builder.define(name, scope, "class")
        outer = self._type_parameters(node, scope)
        self._push(node.child_by_field_name("superclasses"), outer)
        text = self._builder.text(name) if name is not None else ""
        inner = self._builder.open_scope("class", node, outer, text, self._decorators(node))
        self._push(node.child_by_field_name("body"), inner)

    def _type_parameters(self, node: Node, scope: int) -> int:
        """Return the scope of a definition's type parameters, or the one around it where it has none (PEP 695)."""
        listed = node.child_by_field_name("type_parameters")
        return scope if listed is None else self._own_types(listed, node, scope)

    def _own_types(self, listed: Node, node: Node, scope: int) -> int:
        inner = self._builder.open_scope("type parameters", node, scope)
        for each in listed.named_children:
            first = each
            while first.type != "identifier" and first.named_child_count:
                for other in first.named_children[1:]:
                    self._push(other, inner)
                first = first.named_children[0]
            if first.type == "identifier":
                self._builder.define(first, inner, "type")
        return inner

    def _type_alias(self, node: Node, scope: int) -> None:
        left, inner = node.child_by_field_name("left"), scope
        parts = left.named_children if left is not None else []
        if parts and parts[0].type == "generic_type":
            parts = parts[0].named_children
            inner = self._own_types(parts[1], node, scope) if len(parts) > 1 else scope
        if parts and parts[0].type == "identifier":
            self._builder.define(parts[0], scope, "type")
        self._push(node.child_by_field_name("right"), inner)

    def _comprehension(self, node: Node, scope: int) -> None:
        inner = self._builder.open_scope("comprehension", node, scope)
        is_first = True
        for child in node.named_children:
            if child.type != "for_in_clause":
                self._push(child, inner)
                continue
            left = child.child_by_field_name("left")
            for part in child.named_children:
                is_target = left is not None and part.id == left.id
                # What the first loop runs over is worked out before there is a scope.
                self._push(part, inner if is_target or not is_first else scope, target=is_target)
            is_first = False

    def _import(self, node: Node, scope: int) -> None:
        for child in node.children_by_field_name("name"):
            alias = child.child_by_field_name("alias")
            if alias is not None:
                self._builder.define(alias, scope, "import")
                self._take(child.child_by_field_name("name"), node, "name")
            elif child.named_child_count:
                form: Form = "import" if child.named_child_count == 1 else "dotted import"
                self._builder.define(child.named_children[0], scope, "import", form)
                self._take(child, node, "import")

    def _take(self, name: Node | None, statement: Node, form: Form) -> None:
        """Take what `from` gets out of a module; a module itself is no name of another file."""
        if name is not None and name.named_child_count == 1 and statement.type == "import_from_statement":
            self._builder.take(name.named_children[0], statement, form)

    def _global(self, node: Node, scope: int) -> None:
        self._builder.look_up_in_file(map(self._builder.text, node.named_children), scope)
        self._push_all(node, scope)

    def _nonlocal(self, node: Node, scope: int) -> None:
        self._builder.look_up_outside(map(self._builder.text, node.named_children), scope)
        self._push_all(node, scope)

    def _call(self, node: Node, scope: int) -> None:
        called, arguments = node.child_by_field_name("function"), node.child_by_field_name("arguments")
        callee = self._last_part(called)
        is_plain = called is not None and called.type == "identifier"
        if is_plain and callee in _BY_TEXT:
            self._builder.looks_up_while_running(scope)
        children = arguments.named_children if arguments is not None else []
        others = [self._builder.text(child) for child in children if child.type == "identifier"]
        for child in children:
            if child.type == "keyword_argument" and (name := child.child_by_field_name("name")) is not None:
                self._builder.call_names(name, callee, scope, is_plain=is_plain, others=others)
        self._push_all(node, scope)

    def _last_part(self, node: Node | None) -> str:
        if node is not None and node.type == "attribute":
            node = node.child_by_field_name("attribute")
        return self._builder.text(node) if node is not None and node.type == "identifier" else ""

    def _decorators(self, node: Node) -> list[str]:
        around = node.parent
        if around is None or around.type != "decorated_definition":
            return []
        made = [
            each for child in around.named_children if child.type == "decorator" for each in child.named_children[:1]
        ]
        called = [each.child_by_field_name("function") if each.type == "call" else each for each in made]
        return [self._last_part(each) for each in called]

    def _string(self, node: Node, scope: int) -> None:
        """Take the names in an annotation that is written as a string (PEP 484, "Forward references")."""
        if not self._is_annotation(node):
            self._push_all(node, scope)
            return
        for child in node.named_children:
            if child.type == "string_content":
                for word in _WORD.finditer(self._data, child.start_byte, child.end_byte):
                    line = child.start_point[0] + self._data.count(b"\n", child.start_byte, word.start())
                    self._builder.use_word(word.start(), word.end(), line, scope)

    def _is_annotation(self, node: Node) -> bool:
        around = node.parent
        while around is not None and around.type in ("binary_operator", "union_type"):
            around = around.parent
        if around is None or around.type != "type":
            return False
        listed = around.parent
        if listed is None or listed.type != "type_parameter" or listed.parent is None:
            return True
        return self._builder.text(listed.parent.named_children[0]) not in _NO_TYPES
