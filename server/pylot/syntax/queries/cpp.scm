(namespace_definition
  name: [(namespace_identifier) (nested_namespace_specifier)] @name) @namespace
(class_specifier
  name: (type_identifier) @name
  body: (field_declaration_list)) @class
(base_class_clause [
  (type_identifier) @base
  (qualified_identifier) @base
  (template_type name: (type_identifier) @base)
])
(alias_declaration
  name: (type_identifier) @name) @type

(function_definition
  declarator: (function_declarator
    declarator: (field_identifier) @name)) @method
(function_definition
  declarator: [
    (pointer_declarator declarator: (function_declarator declarator: (field_identifier) @name))
    (reference_declarator (function_declarator declarator: (field_identifier) @name))
  ]) @method
(field_declaration
  declarator: [
    (function_declarator declarator: (field_identifier) @name)
    (pointer_declarator declarator: (function_declarator declarator: (field_identifier) @name))
    (reference_declarator (function_declarator declarator: (field_identifier) @name))
  ]) @method
(function_definition
  declarator: (reference_declarator
    (function_declarator
      declarator: (identifier) @name))) @function
(function_definition
  declarator: [
    (function_declarator
      declarator: (qualified_identifier
        scope: (_) @owner
        name: [(identifier) (destructor_name) (operator_name)] @name))
    (pointer_declarator
      declarator: (function_declarator
        declarator: (qualified_identifier
          scope: (_) @owner
          name: (identifier) @name)))
    (reference_declarator
      (function_declarator
        declarator: (qualified_identifier
          scope: (_) @owner
          name: [(identifier) (operator_name)] @name)))
  ]) @method

(call_expression
  function: [
    (qualified_identifier name: (identifier) @call)
    (qualified_identifier name: (template_function name: (identifier) @call))
    (template_function name: (identifier) @call)
  ])
(new_expression type: (type_identifier) @call)
