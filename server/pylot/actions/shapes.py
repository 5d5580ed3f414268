"""What the actions have to know of each grammar, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

_ANY = ("*",)

Steps = Mapping[str, tuple[str, ...]]
"""Kinds of nodes, each with the places below it that a rule is about: a field, a child by its number, or a child of a
kind by its number (`kind:0`)."""


def words(text: str) -> frozenset[str]:
    """Return the words of a text, which is easier to read than a list of strings."""
    return frozenset(text.split())


def _steps(text: str) -> Steps:
    """Read words like `kind` (anything below it) and `kind.place`."""
    found: dict[str, tuple[str, ...]] = {}
    for word in text.split():
        kind, _, place = word.partition(".")
        found[kind] = (*found.get(kind, ()), place) if place else _ANY
    return MappingProxyType(found)


@dataclass(frozen=True, slots=True)
class Shape:
    """The kinds of nodes of one language.

    What lies under `strict` steps is worked out exactly once when its statement is, what lies under `lazy` ones
    perhaps never, or often. `constants` never change, `effects` may change anything, `assignments` also local names;
    `reads` see what others change. `bare_bodies` are statements that stand where a block could.
    """

    blocks: frozenset[str]
    expressions: frozenset[str]
    constants: frozenset[str]
    effects: frozenset[str]
    reads: frozenset[str]
    functions: frozenset[str]
    strict: Steps
    assignments: frozenset[str]
    lazy: Steps = field(default_factory=dict)
    bare_bodies: Steps = field(default_factory=dict)


_PYTHON = Shape(
    blocks=words("module block"),
    expressions=words(
        """call binary_operator unary_operator not_operator boolean_operator comparison_operator conditional_expression
        attribute subscript list tuple set dictionary string concatenated_string integer float true false none
        list_comprehension set_comprehension dictionary_comprehension generator_expression parenthesized_expression
        await lambda"""
    ),
    constants=words("string concatenated_string integer float true false none"),
    effects=words("call await yield named_expression"),
    reads=words("attribute subscript"),
    functions=words("function_definition lambda"),
    strict=_steps(
        """binary_operator unary_operator not_operator parenthesized_expression call.function call.arguments
        argument_list keyword_argument.value attribute.object subscript slice list tuple set dictionary pair
        list_splat dictionary_splat string interpolation.expression concatenated_string await return_statement
        expression_statement assignment.right assignment.left augmented_assignment.right raise_statement
        delete_statement assert_statement.0 expression_list named_expression.value comparison_operator.0
        comparison_operator.1 boolean_operator.left conditional_expression.1 for_statement.right if_statement.condition
        default_parameter.value typed_default_parameter.value parameters function_definition.parameters
        decorated_definition.definition decorated_definition.decorator:0 class_definition.superclasses
        with_statement with_clause.0 with_item.value as_pattern.0 match_statement.subject yield decorator
        format_specifier format_expression.expression
        list_comprehension.for_in_clause:0 set_comprehension.for_in_clause:0 dictionary_comprehension.for_in_clause:0
        generator_expression.for_in_clause:0 for_in_clause.right"""
    ),
    assignments=words("named_expression"),
    lazy=_steps(
        """boolean_operator.right conditional_expression.0 conditional_expression.2 comparison_operator
        while_statement.condition elif_clause.condition if_clause case_clause.guard list_comprehension
        set_comprehension dictionary_comprehension generator_expression lambda.body assert_statement.1 with_clause
        if_statement.alternative try_statement except_clause.value decorated_definition"""
    ),
)

_SCRIPT = Shape(
    blocks=words("program statement_block switch_case switch_default class_static_block"),
    expressions=words(
        """call_expression new_expression binary_expression unary_expression ternary_expression member_expression
        subscript_expression array object string template_string number true false null regex parenthesized_expression
        await_expression as_expression satisfies_expression non_null_expression"""
    ),
    constants=words("string number true false null template_string"),
    effects=words(
        """call_expression new_expression await_expression yield_expression assignment_expression
        augmented_assignment_expression update_expression"""
    ),
    reads=words("member_expression subscript_expression"),
    functions=words(
        """function_declaration generator_function_declaration function_expression generator_function arrow_function
        method_definition"""
    ),
    strict=_steps(
        """binary_expression.left unary_expression parenthesized_expression
        call_expression.arguments call_expression.function new_expression.arguments arguments member_expression.object
        subscript_expression array object pair.value pair.key computed_property_name spread_element template_string
        template_substitution await_expression return_statement throw_statement expression_statement
        assignment_expression augmented_assignment_expression.right variable_declarator.value
        lexical_declaration.0 variable_declaration.0 ternary_expression.condition for_in_statement.right
        if_statement.condition switch_statement.value as_expression.0
        satisfies_expression.0 non_null_expression yield_expression sequence_expression.0"""
    ),
    assignments=words("assignment_expression augmented_assignment_expression update_expression"),
    lazy=_steps(
        """ternary_expression.consequence ternary_expression.alternative while_statement.condition
        do_statement.condition for_statement.condition for_statement.increment for_statement.initializer
        switch_case.value switch_body switch_statement.body lexical_declaration variable_declaration arrow_function.body
        else_clause if_statement.alternative required_parameter.value assignment_pattern.right formal_parameters
        object_assignment_pattern.right sequence_expression binary_expression"""
    ),
    bare_bodies=_steps(
        """if_statement.consequence else_clause for_statement.body for_in_statement.body while_statement.body
        do_statement.body"""
    ),
)

_GO = Shape(
    blocks=words("statement_list"),
    expressions=words(
        """call_expression binary_expression selector_expression index_expression slice_expression
        type_assertion_expression composite_literal interpreted_string_literal raw_string_literal
        parenthesized_expression"""
    ),
    constants=words("interpreted_string_literal raw_string_literal"),
    effects=words("call_expression unary_expression"),
    reads=words("selector_expression index_expression slice_expression"),
    functions=words("function_declaration method_declaration func_literal"),
    strict=_steps(
        """binary_expression.left call_expression.arguments argument_list parenthesized_expression
        index_expression.index return_statement expression_statement short_var_declaration.right
        assignment_statement.right expression_list if_statement.condition expression_switch_statement.value
        for_statement.range_clause:0 range_clause.right literal_element keyed_element.value literal_value
        composite_literal.body"""
    ),
    assignments=words("assignment_statement"),
)

_JAVA = Shape(
    blocks=words("block switch_block_statement_group constructor_body"),
    expressions=words(
        """method_invocation binary_expression field_access array_access object_creation_expression cast_expression
        string_literal parenthesized_expression instanceof_expression"""
    ),
    constants=words("string_literal true false"),
    effects=words("method_invocation object_creation_expression assignment_expression update_expression"),
    reads=words("field_access array_access"),
    functions=words("method_declaration constructor_declaration lambda_expression"),
    strict=_steps(
        """binary_expression.left method_invocation.arguments method_invocation.object
        object_creation_expression.arguments argument_list parenthesized_expression array_access.index
        return_statement throw_statement expression_statement local_variable_declaration.declarator
        variable_declarator.value assignment_expression.right if_statement.condition enhanced_for_statement.value
        switch_expression.condition"""
    ),
    assignments=words("assignment_expression update_expression"),
)

_RUST = Shape(
    blocks=words("block"),
    expressions=words(
        """call_expression binary_expression string_literal integer_literal float_literal boolean_literal
        parenthesized_expression struct_expression"""
    ),
    constants=words("string_literal integer_literal float_literal boolean_literal"),
    effects=words(
        """call_expression macro_invocation assignment_expression compound_assignment_expr try_expression
        await_expression"""
    ),
    reads=words("field_expression index_expression"),
    functions=words("function_item closure_expression"),
    strict=_steps(
        """binary_expression.left call_expression.arguments arguments parenthesized_expression return_expression
        expression_statement let_declaration.value assignment_expression.right if_expression.condition
        match_expression.value for_expression.value"""
    ),
    assignments=words("assignment_expression compound_assignment_expr"),
)

SHAPES: Mapping[str, Shape] = MappingProxyType(
    {
        "python": _PYTHON,
        "javascript": _SCRIPT,
        "typescript": _SCRIPT,
        "tsx": _SCRIPT,
        "go": _GO,
        "java": _JAVA,
        "rust": _RUST,
    }
)
SCRIPTS = frozenset({"javascript", "typescript", "tsx"})
