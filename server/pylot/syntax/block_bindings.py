"""What the local names of a text of Go, Java or Rust are bound to; all others are left to the whole program.

A declaration holds from where it ends to the end of its block, so each one opens a scope of its own: `let x = x + 1`
speaks of two things.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from tree_sitter import Node

from pylot.syntax.binding_builder import FILE, BindingBuilder
from pylot.syntax.binding_pieces import KnownPieces, PieceReader
from pylot.syntax.binding_values import BindingKind, FileBindings, Form, ScopeKind
from pylot.syntax.tree import SyntaxTree

_Visit = Generator[tuple[Node, int], int, int]
_Fields = Mapping[str, tuple[str, ...]]
_ASSIGNING = ("assignment_expression", "augmented_assignment_expression")
_FORMAT_NAME = re.compile(rb"(?<!\{)\{([A-Za-z_]\w*)")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


@dataclass(frozen=True, slots=True)
class _Rules:
    """The kinds of nodes of one language.

    `declaring` kinds have the names that they declare in these fields, and are worked out before; `heads` open a scope
    for their names in front of their bodies. `not_names` are fields that hold identifiers which are no names.
    """

    functions: frozenset[str]
    blocks: frozenset[str]
    heads: frozenset[str]
    declaring: _Fields
    parameters: _Fields
    patterns: frozenset[str]
    not_names: _Fields
    skipped: frozenset[str]
    classes: frozenset[str] = frozenset()
    separate: frozenset[str] = frozenset()


_RULES = MappingProxyType(
    {
        "go": _Rules(
            functions=_words("function_declaration method_declaration func_literal"),
            blocks=_words("block expression_case default_case type_case communication_case"),
            heads=_words(
                "if_statement for_statement expression_switch_statement type_switch_statement select_statement"
            ),
            declaring=MappingProxyType(
                {"short_var_declaration": ("left",), "var_spec": ("name",), "const_spec": ("name",),
                 "range_clause": ("left",), "receive_statement": ("left",)}
            ),
            parameters=MappingProxyType(
                {"parameter_declaration": ("name",), "variadic_parameter_declaration": ("name",)}
            ),
            patterns=_words("expression_list"),
            not_names=MappingProxyType(
                {"function_declaration": ("name",), "package_clause": ("*",), "labeled_statement": ("label",)}
            ),
            skipped=_words("import_declaration package_clause"),
        ),
        "java": _Rules(
            functions=_words(
                "method_declaration constructor_declaration lambda_expression compact_constructor_declaration"
            ),
            blocks=_words("block switch_block switch_rule constructor_body static_initializer"),
            heads=_words("for_statement enhanced_for_statement try_with_resources_statement catch_clause"),
            declaring=MappingProxyType(
                {"variable_declarator": ("name",), "enhanced_for_statement": ("name",), "resource": ("name",),
                 "catch_formal_parameter": ("name",)}
            ),
            parameters=MappingProxyType({"formal_parameter": ("name",), "spread_parameter": ("name",)}),
            patterns=frozenset(),
            not_names=MappingProxyType(
                {"method_declaration": ("name",), "constructor_declaration": ("name",), "class_declaration": ("name",),
                 "method_invocation": ("name",), "field_access": ("field",), "labeled_statement": ("0",),
                 "break_statement": ("*",), "continue_statement": ("*",), "element_value_pair": ("key",),
                 "enum_constant": ("name",), "method_reference": ("-1",), "interface_declaration": ("name",),
                 "enum_declaration": ("name",), "record_declaration": ("name",), "marker_annotation": ("name",),
                 "annotation": ("name",), "switch_label": ("*",), "scoped_identifier": ("*",),
                 "annotation_type_declaration": ("name",)}
            ),
            skipped=_words("package_declaration import_declaration"),
            classes=_words("class_body enum_body interface_body annotation_type_body record_declaration"),
        ),
        "rust": _Rules(
            functions=_words("function_item closure_expression"),
            blocks=_words("block"),
            heads=_words("if_expression while_expression for_expression match_arm"),
            declaring=MappingProxyType(
                {"let_declaration": ("pattern",), "let_condition": ("pattern",), "for_expression": ("pattern",),
                 "match_arm": ("pattern",)}
            ),
            parameters=MappingProxyType({"parameter": ("pattern",)}),
            patterns=_words(
                """tuple_pattern tuple_struct_pattern struct_pattern field_pattern slice_pattern ref_pattern mut_pattern
                reference_pattern or_pattern captured_pattern match_pattern remaining_field_pattern"""
            ),
            not_names=MappingProxyType(
                {"function_item": ("name",), "const_item": ("name",), "static_item": ("name",), "mod_item": ("name",),
                 "scoped_identifier": ("name",), "macro_invocation": ("macro",), "function_signature_item": ("name",),
                 "enum_variant": ("name",), "generic_function": (), "macro_definition": ("*",)}
            ),
            skipped=_words("use_declaration extern_crate_declaration macro_definition attribute_item label lifetime"),
            separate=_words("function_item"),
        ),
    }
)  # fmt: skip
BLOCK_LANGUAGES = frozenset(_RULES)


def read_block_bindings(tree: SyntaxTree, known: KnownPieces | None = None) -> FileBindings:
    """Return the scopes and bindings of the locals of a parsed text; other names belong to nothing in it."""
    return _Walk(tree, _RULES[tree.language], known).result()


class _Walk:
    """One pass over a tree; each step says what to visit next, so that code can be deeper than Python's stack."""

    def __init__(self, tree: SyntaxTree, rules: _Rules, known: KnownPieces | None) -> None:
        self._tree, self._rules = tree, rules
        self._pieces = PieceReader(tree, known, self._read)
        self._piece: Node | None = None
        # The block that each scope belongs to, and the names that have been declared in a block.
        self._blocks: dict[int, int] = {}
        self._declared: dict[tuple[int, str], int] = {}

    def result(self) -> FileBindings:
        return self._pieces.read()

    @property
    def _builder(self) -> BindingBuilder:
        return self._pieces.builder

    def _read(self, piece: Node, scope: int) -> None:
        """Read all of a piece; the pieces in it are read by calls of their own."""
        outer = self._piece, self._blocks, self._declared
        self._piece, self._blocks, self._declared = piece, {FILE: FILE, scope: scope}, {}
        stack = [self._visit(piece, scope)]
        answer = None
        while stack:
            try:
                node, inner = stack[-1].send(answer) if answer is not None else next(stack[-1])
            except StopIteration as done:
                stack.pop()
                answer = done.value
                continue
            stack.append(self._visit(node, inner))
            answer = None
        self._piece, self._blocks, self._declared = outer

    def _visit(self, node: Node, scope: int) -> _Visit:
        """Visit a node and return the scope that what follows it is looked up in."""
        kind, rules = node.type, self._rules
        if kind in _ASSIGNING:
            self._builder.assign(node.child_by_field_name("left"))
        if kind in rules.skipped:
            return scope
        if kind in ("identifier", "type_identifier", "shorthand_field_identifier"):
            self._use(node, scope)
        elif kind == "shorthand_field_initializer":
            for child in node.named_children:
                self._builder.use(child, scope, "shorthand")
        elif kind == "token_tree":
            self._tokens(node, scope)
        elif kind in rules.functions:
            yield from self._function(node, scope)
        elif kind in rules.classes:
            yield from self._class(node, scope)
        elif kind in rules.blocks or kind in rules.heads:
            yield from self._block(node, scope)
        elif kind in rules.declaring:
            return (yield from self._declaration(node, scope))
        elif node.named_child_count:
            return (yield from self._each(node, scope))
        return scope

    def _each(self, node: Node, scope: int) -> _Visit:
        for child in self._children(node):
            scope = yield child, scope
        return scope

    def _children(self, node: Node) -> list[Node]:
        """Return the children that hold names."""
        places = self._rules.not_names.get(node.type, ())
        if "*" in places:
            return []
        named = node.named_children
        left_out = {named[int(place)].id for place in places if place.lstrip("-").isdigit() and named}
        left_out |= {each.id for place in places for each in node.children_by_field_name(place) if place.isalpha()}
        return [each for each in named if each.id not in left_out]

    def _function(self, node: Node, scope: int) -> _Visit:
        if node != self._piece and self._pieces.takes(node, scope):
            return scope
        inner = self._open("function", node, FILE if node.type in self._rules.separate else scope)
        for part in ("receiver", "parameters", "result"):
            listed = node.child_by_field_name(part)
            if listed is not None:
                yield from self._parameters(listed, inner)
        body = node.child_by_field_name("body")
        for child in self._children(node):
            if body is not None and child.id == body.id and body.type in self._rules.blocks:
                # The parameters belong to the block of the body.
                yield from self._each(body, inner)
            elif child.type not in ("parameter_list", "formal_parameters", "parameters", "closure_parameters",
                                    "inferred_parameters") and not self._is_parameter(node, child):  # fmt: skip
                yield child, inner
        return scope

    def _is_parameter(self, function: Node, child: Node) -> bool:
        listed = function.child_by_field_name("parameters")
        return listed is not None and listed.id == child.id

    def _parameters(self, node: Node, scope: int) -> _Visit:
        """Take the names of parameters; their types are looked up around them."""
        if node.type == "identifier":
            self._define(node, scope, "parameter")
            return scope
        for child in node.named_children:
            fields = self._rules.parameters.get(child.type)
            if fields is not None:
                names = [each for name in fields for each in child.children_by_field_name(name)]
                if child.type == "spread_parameter":
                    names = [it for each in child.named_children if each.type == "variable_declarator"
                             for it in each.children_by_field_name("name")]  # fmt: skip
                for name in names:
                    self._pattern(name, scope, "parameter")
                for each in child.named_children:
                    if each.id not in {it.id for it in names} and each.type != "variable_declarator":
                        yield each, scope
            elif child.type == "identifier" or child.type in self._rules.patterns:
                self._pattern(child, scope, "parameter")
            else:
                yield child, scope
        return scope

    def _class(self, node: Node, scope: int) -> _Visit:
        # A class may have or inherit fields that hide what is around it, so it is a scope that names do not cross.
        inner = self._open("class", node, scope)
        for child in self._children(node):
            if child.type in ("field_declaration", "constant_declaration", "formal_parameters"):
                # The names of fields are not locals, but what they are given may use such.
                for part in child.named_children:
                    value = part.child_by_field_name("value")
                    if value is not None:
                        yield value, inner
            else:
                yield child, inner
        return scope

    def _block(self, node: Node, scope: int) -> _Visit:
        if node.type in self._rules.declaring:
            yield from self._declaration(node, scope)
            return scope
        inner = self._open("block", node, scope)
        named = node.children_by_field_name("alias")
        for child in self._children(node):
            if child in named:
                self._pattern(child, inner, "variable")
            elif self._is_outside(node, child):
                yield child, scope
            else:
                inner = yield child, inner
        return scope

    def _is_outside(self, node: Node, child: Node) -> bool:
        """Tell whether a part of a statement does not see the names of its head."""
        if child.type in ("catch_clause", "finally_clause"):
            return True
        if node.type == "type_switch_statement":
            return child in node.children_by_field_name("value")
        return self._tree.language == "rust" and child == node.child_by_field_name("alternative")

    def _declaration(self, node: Node, scope: int) -> _Visit:
        """Take what a declaration is made of, then its names, for all that comes after it."""
        fields = self._rules.declaring[node.type]
        names = [each for name in fields for each in node.children_by_field_name(name)]
        is_head = node.type in self._rules.heads
        is_assigning = node.type in ("range_clause", "receive_statement") and b":=" not in self._between(node, names)
        body = node.child_by_field_name("body") or (
            node.child_by_field_name("value") if node.type == "match_arm" else None
        )
        rest = [each for each in self._children(node) if each.id not in {it.id for it in names}]
        for child in rest:
            if body is None or child.id != body.id:
                yield child, scope
        if is_assigning:
            for name in names:
                yield name, scope
            return scope
        inner = self._open("block", node.parent if node.parent is not None and not is_head else node, scope)
        if not is_head:
            self._blocks[inner] = self._blocks[scope]
        for name in names:
            self._pattern(name, inner, "variable", reuse=node.type == "short_var_declaration", outer=scope)
            guard = name.child_by_field_name("condition")
            if guard is not None:
                yield guard, inner
        if body is not None:
            yield body, inner
        return scope if is_head else inner

    def _between(self, node: Node, names: list[Node]) -> bytes:
        return self._tree.data[names[-1].end_byte : node.end_byte][:4] if names else b":="

    def _pattern(self, node: Node, scope: int, kind: BindingKind, *, reuse: bool = False, outer: int = 0) -> None:
        """Take the names that a pattern defines; what else is in it names things that are there already."""
        pending = [node]
        while pending:
            each = pending.pop()
            if each.type == "identifier":
                text = self._builder.text(each)
                if reuse and (self._blocks[outer], text) in self._declared:
                    self._builder.use(each, outer)
                elif self._tree.language == "rust" and text[:1].isupper():
                    self._builder.use(each, scope)
                else:
                    self._define(each, scope, kind)
            elif each.type == "shorthand_field_identifier":
                self._builder.define(each, scope, kind, "shorthand")
            elif each.type in self._rules.patterns:
                guard, owner = each.child_by_field_name("condition"), each.child_by_field_name("type")
                named = [it for it in each.named_children if it not in (guard, owner)]
                if each.type == "field_pattern" and each.child_by_field_name("pattern") is not None:
                    named = each.children_by_field_name("pattern")
                pending += named

    def _define(self, node: Node, scope: int, kind: BindingKind) -> None:
        around = scope
        while around > 0 and self._builder.scopes[around].kind == "block":
            around = self._builder.scopes[around].parent
        if self._builder.scopes[around].kind != "function":
            # What is defined outside of functions belongs to the whole program.
            self._builder.use(node, scope)
            return
        self._builder.define(node, scope, kind)
        self._declared[(self._blocks[scope], self._builder.text(node))] = scope

    def _use(self, node: Node, scope: int) -> None:
        form: Form = "type" if node.type == "type_identifier" else "name"
        parent = node.parent
        is_bound = parent is not None and parent.type in ("type_pattern", "instanceof_expression")
        if self._is_key(node) or (is_bound and parent is not None and parent.child_by_field_name("name") == node):
            form = "property"
        self._builder.use(node, scope, form)

    def _is_key(self, node: Node) -> bool:
        """Tell whether a name may be that of a field in a composite literal of Go."""
        element = node.parent
        holder = element.parent if element is not None and element.type == "literal_element" else None
        return holder is not None and holder.type == "keyed_element" and holder.named_children[0].id == element.id  # type: ignore[union-attr]

    def _tokens(self, node: Node, scope: int) -> None:
        """Take the names in the tokens of a macro's call, and in the texts that it may format."""
        pending = [node]
        while pending:
            each = pending.pop()
            if each.type == "identifier":
                self._token(each, scope)
            elif each.type in ("string_literal", "raw_string_literal"):
                for match in _FORMAT_NAME.finditer(self._tree.data, each.start_byte, each.end_byte):
                    line = each.start_point[0] + self._tree.data.count(b"\n", each.start_byte, match.start())
                    self._builder.use_word(match.start(1), match.end(1), line, scope)
            pending += each.children

    def _token(self, node: Node, scope: int) -> None:
        data = self._tree.data
        before, after = (
            data[max(0, node.start_byte - 8) : node.start_byte].rstrip()[-2:],
            data[node.end_byte :][:8].lstrip()[:2],
        )
        if before.endswith((b".", b"::")) and before != b"..":
            return
        if after.startswith((b"::", b"!")) and after != b"!=":
            return
        is_label = (after[:1] == b":" or after[:1] == b"=") and after not in (b"==", b"=>")
        self._builder.use(node, scope, "property" if is_label else "name")

    def _open(self, kind: ScopeKind, node: Node, parent: int) -> int:
        inner = self._builder.open_scope(kind, node, parent)
        self._blocks[inner] = inner
        return inner
