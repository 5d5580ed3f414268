(package_declaration [(scoped_identifier) (identifier)] @package)
(import_declaration) @import

(class_declaration
  name: (identifier) @name) @class
(record_declaration
  name: (identifier) @name) @class
(interface_declaration
  name: (identifier) @name) @interface
(annotation_type_declaration
  name: (identifier) @name) @interface
(enum_declaration
  name: (identifier) @name) @enum
(superclass [
  (type_identifier) @base
  (generic_type . (type_identifier) @base)
])
(type_list [
  (type_identifier) @base
  (generic_type . (type_identifier) @base)
])
(method_declaration
  name: (identifier) @name) @method
(constructor_declaration
  name: (identifier) @name) @method
(annotation_type_element_declaration
  name: (identifier) @name) @method
(field_declaration
  declarator: (variable_declarator name: (identifier) @name)) @field
(constant_declaration
  declarator: (variable_declarator name: (identifier) @name)) @constant
(enum_constant
  name: (identifier) @name) @constant
(record_declaration
  parameters: (formal_parameters (formal_parameter name: (identifier) @name) @field))

(method_invocation name: (identifier) @call)
(object_creation_expression
  type: [
    (type_identifier) @call
    (generic_type . (type_identifier) @call)
  ])
(field_access field: (identifier) @member)
(type_identifier) @type_use
(identifier) @any
