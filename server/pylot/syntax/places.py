"""Which tree-sitter nodes are comments, strings, imports and blocks, per grammar; data for `scopes`."""

from __future__ import annotations

from types import MappingProxyType

COMMENTS = frozenset({"comment", "line_comment", "block_comment", "html_comment", "hash_bang_line"})

STRINGS = frozenset(
    {
        "string",
        "template_string",
        "regex",
        "interpreted_string_literal",
        "raw_string_literal",
        "rune_literal",
        "string_literal",
        "char_literal",
        "character_literal",
        "verbatim_string_literal",
        "interpolated_string_expression",
        "encapsed_string",
        "raw_string",
        "ansi_c_string",
        "string_array",
        "symbol_array",
        "heredoc",
        "nowdoc",
        "heredoc_body",
        "subshell_string",
        "system_lib_string",
        "concatenated_string",
    }
)

# Code inside a string: what stands there is no string.
INTERPOLATIONS = frozenset(
    {"interpolation", "template_substitution", "command_substitution", "simple_expansion", "expansion"}
)

IMPORTS = frozenset(
    {
        "import_statement",
        "import_from_statement",
        "future_import_statement",
        "import_declaration",
        "import_spec",
        "use_declaration",
        "extern_crate_declaration",
        "preproc_include",
        "using_directive",
        "using_declaration",
        "namespace_use_declaration",
        "include_expression",
        "include_once_expression",
        "require_expression",
        "require_once_expression",
        "package_declaration",
        "package_clause",
    }
)

BLOCKS = frozenset(
    {
        # python, javascript, typescript, go, rust, java, c, cpp, csharp, php
        "block",
        "statement_block",
        "class_body",
        "class_static_block",
        "switch_body",
        "interface_body",
        "enum_body",
        "object_type",
        "field_declaration_list",
        "enum_variant_list",
        "declaration_list",
        "match_block",
        "constructor_body",
        "annotation_type_body",
        "switch_block",
        "enum_body_declarations",
        "compound_statement",
        "enumerator_list",
        "enum_member_declaration_list",
        "enum_declaration_list",
        "accessor_list",
        "interface_type",
        # ruby, lua, bash
        "body_statement",
        "do_block",
        "do_group",
        "method",
        "class",
        "module",
        "then",
        "function_declaration",
        "function_definition",
        "if_statement",
        "for_statement",
        "while_statement",
        "repeat_statement",
        "do_statement",
        "case_statement",
    }
)

# An opening brace below one of these begins a value, a pattern or a list of names, which are written entry by entry.
LITERALS = frozenset(
    {
        "object",
        "object_pattern",
        "named_imports",
        "export_clause",
        "template_substitution",
        "jsx_expression",
        "literal_value",
        "field_initializer_list",
        "use_list",
        "struct_pattern",
        "array_initializer",
        "element_value_array_initializer",
        "initializer_list",
        "initializer_expression",
        "anonymous_object_creation_expression",
        "with_expression",
        "property_pattern_clause",
        "interpolation",
        "hash",
        "hash_pattern",
        "table_constructor",
        "expansion",
        "brace_expression",
        "namespace_use_group",
    }
)

# A colon below one of these opens no block in Python.
COLON_VALUES = frozenset(
    {
        "lambda",
        "pair",
        "slice",
        "typed_parameter",
        "typed_default_parameter",
        "assignment",
        "interpolation",
        "format_specifier",
        "dictionary",
        "parameters",
    }
)

# Calls by which a language without an import statement imports.
IMPORT_CALLS = MappingProxyType(
    {
        "ruby": frozenset({"require", "require_relative", "load"}),
        "lua": frozenset({"require"}),
        "bash": frozenset({"source", "."}),
        "javascript": frozenset({"require"}),
        "typescript": frozenset({"require"}),
    }
)
