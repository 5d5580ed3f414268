(package_clause (package_identifier) @package)
(import_spec) @import

(function_declaration
  name: (identifier) @name) @function
(method_declaration
  receiver: (parameter_list
    (parameter_declaration
      type: [
        (type_identifier) @owner
        (pointer_type (type_identifier) @owner)
        (generic_type type: (type_identifier) @owner)
        (pointer_type (generic_type type: (type_identifier) @owner))
      ]))
  name: (field_identifier) @name) @method

(type_spec
  name: (type_identifier) @name
  type: (struct_type)) @class
(type_spec
  name: (type_identifier) @name
  type: (interface_type)) @interface
(type_spec type: (struct_type (field_declaration_list) @body))
(type_spec type: (interface_type "{" @body))
(type_spec
  name: (type_identifier) @name) @type
(type_alias
  name: (type_identifier) @name) @type
(field_declaration
  name: (field_identifier) @name) @field
(field_declaration
  !name
  type: [
    (type_identifier) @base
    (pointer_type (type_identifier) @base)
    (qualified_type) @base
    (pointer_type (qualified_type) @base)
  ])
(type_spec
  type: (interface_type (type_elem (type_identifier) @base)))
(method_elem
  name: (field_identifier) @name) @method

(source_file
  (const_declaration
    (const_spec name: (identifier) @name) @constant))
(source_file
  (var_declaration [
    (var_spec name: (identifier) @name) @variable
    (var_spec_list (var_spec name: (identifier) @name) @variable)
  ]))

(call_expression
  function: [
    (identifier) @call
    (selector_expression field: (field_identifier) @call)
  ])
(selector_expression field: (field_identifier) @member)
(type_identifier) @type_use
(identifier) @any
