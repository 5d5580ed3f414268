(use_declaration) @import
(mod_item
  !body
  name: (identifier)) @import
(mod_item
  name: (identifier) @name
  body: (declaration_list)) @module

(function_item
  name: (identifier) @name) @function
(function_signature_item
  name: (identifier) @name) @function
(struct_item
  name: (type_identifier) @name) @class
(union_item
  name: (type_identifier) @name) @class
(enum_item
  name: (type_identifier) @name) @enum
(enum_variant
  name: (identifier) @name) @constant
(trait_item
  name: (type_identifier) @name) @interface
(trait_item
  bounds: (trait_bounds (type_identifier) @base))
(impl_item
  type: [
    (type_identifier) @name
    (generic_type type: (type_identifier) @name)
  ]) @implementation
(type_item
  name: (type_identifier) @name) @type
(field_declaration
  name: (field_identifier) @name) @field
(const_item
  name: (identifier) @name) @constant
(static_item
  name: (identifier) @name) @variable
(macro_definition
  name: (identifier) @name) @macro

(call_expression
  function: [
    (identifier) @call
    (field_expression field: (field_identifier) @call)
    (scoped_identifier name: (identifier) @call)
    (generic_function function: (identifier) @call)
    (generic_function function: (scoped_identifier name: (identifier) @call))
    (generic_function function: (field_expression field: (field_identifier) @call))
  ])
(macro_invocation
  macro: [
    (identifier) @call
    (scoped_identifier name: (identifier) @call)
  ])
(field_expression field: (field_identifier) @member)
(type_identifier) @type_use
(identifier) @any
