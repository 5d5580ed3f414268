(class_declaration
  name: (type_identifier) @name) @class
(abstract_class_declaration
  name: (type_identifier) @name) @class
(extends_clause
  value: [(identifier) (member_expression)] @base)
(implements_clause
  [
    (type_identifier) @base
    (generic_type name: (type_identifier) @base)
  ])

(interface_declaration
  name: (type_identifier) @name) @interface
(extends_type_clause
  [
    (type_identifier) @base
    (generic_type name: (type_identifier) @base)
  ])
(interface_body
  (property_signature
    name: (property_identifier) @name) @field)
(interface_body
  (method_signature
    name: (property_identifier) @name) @method)
(type_alias_declaration
  name: (type_identifier) @name) @type
(enum_declaration
  name: (identifier) @name) @enum
(enum_body
  name: (property_identifier) @name @constant)
(enum_assignment
  name: (property_identifier) @name) @constant
(internal_module
  name: (identifier) @name) @namespace

(function_signature
  name: (identifier) @name) @function
(class_body
  [
    (abstract_method_signature name: (property_identifier) @name)
    (method_signature name: (property_identifier) @name)
  ] @method)
(class_body
  (public_field_definition
    name: [(property_identifier) (private_property_identifier)] @name) @field)
(class_body
  (public_field_definition
    name: (property_identifier) @name
    value: (arrow_function)) @method)
(required_parameter
  (accessibility_modifier)
  pattern: (identifier) @name) @field
(ambient_declaration
  [
    (lexical_declaration (variable_declarator name: (identifier) @name) @variable)
    (variable_declaration (variable_declarator name: (identifier) @name) @variable)
  ])

(type_identifier) @type_use
