; What C and C++ share.

(preproc_include) @import

(function_definition
  declarator: (function_declarator
    declarator: (identifier) @name)) @function
(function_definition
  declarator: (pointer_declarator
    declarator: (function_declarator
      declarator: (identifier) @name))) @function
(declaration
  declarator: (function_declarator
    declarator: (identifier) @name)) @function
(declaration
  declarator: (pointer_declarator
    declarator: (function_declarator
      declarator: (identifier) @name))) @function

(struct_specifier
  name: (type_identifier) @name
  body: (field_declaration_list)) @class
(union_specifier
  name: (type_identifier) @name
  body: (field_declaration_list)) @class
(enum_specifier
  name: (type_identifier) @name
  body: (enumerator_list)) @enum
(enumerator
  name: (identifier) @name) @constant
(type_definition
  declarator: [
    (type_identifier) @name
    (pointer_declarator declarator: (type_identifier) @name)
    (function_declarator
      declarator: (parenthesized_declarator
        (pointer_declarator declarator: (type_identifier) @name)))
  ]) @type
(field_declaration
  declarator: [
    (field_identifier) @name
    (pointer_declarator declarator: (field_identifier) @name)
    (array_declarator declarator: (field_identifier) @name)
  ]) @field

(translation_unit
  (declaration
    declarator: [
      (identifier) @name
      (pointer_declarator declarator: (identifier) @name)
      (array_declarator declarator: (identifier) @name)
      (init_declarator declarator: (identifier) @name)
      (init_declarator declarator: (pointer_declarator declarator: (identifier) @name))
      (init_declarator declarator: (array_declarator declarator: (identifier) @name))
    ]) @variable)
(preproc_def
  name: (identifier) @name) @macro
(preproc_function_def
  name: (identifier) @name) @macro

(call_expression
  function: [
    (identifier) @call
    (field_expression field: (field_identifier) @call)
  ])
(field_expression field: (field_identifier) @member)
(type_identifier) @type_use
(identifier) @any
