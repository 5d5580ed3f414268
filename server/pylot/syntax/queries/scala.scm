(package_clause name: (package_identifier) @package)
(import_declaration) @import

(class_definition
  name: (identifier) @name) @class
(object_definition
  name: (identifier) @name) @class
(trait_definition
  name: (identifier) @name) @interface
(enum_definition
  name: (identifier) @name) @enum
(simple_enum_case
  name: (identifier) @name) @constant
(full_enum_case
  name: (identifier) @name) @constant
(extends_clause [
  (type_identifier) @base
  (generic_type type: (type_identifier) @base)
])
(class_parameter
  name: (identifier) @name) @field
(function_definition
  name: (identifier) @name) @function
(function_declaration
  name: (identifier) @name) @function
(type_definition
  name: (type_identifier) @name) @type
(template_body [
  (val_definition pattern: (identifier) @name)
  (var_definition pattern: (identifier) @name)
  (val_declaration name: (identifier) @name)
] @field)
(compilation_unit [
  (val_definition pattern: (identifier) @name)
  (var_definition pattern: (identifier) @name)
] @variable)

(call_expression
  function: [
    (identifier) @call
    (field_expression field: (identifier) @call)
    (generic_function function: (identifier) @call)
  ])
(instance_expression (type_identifier) @call)
(field_expression field: (identifier) @member)
(type_identifier) @type_use
(identifier) @any
