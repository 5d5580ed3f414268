(using_directive) @import
(namespace_declaration
  name: (_) @name) @namespace
(file_scoped_namespace_declaration
  name: (_) @package)

(class_declaration
  name: (identifier) @name) @class
(struct_declaration
  name: (identifier) @name) @class
(record_declaration
  name: (identifier) @name) @class
(interface_declaration
  name: (identifier) @name) @interface
(enum_declaration
  name: (identifier) @name) @enum
(enum_member_declaration
  name: (identifier) @name) @constant
(base_list [
  (identifier) @base
  (qualified_name) @base
  (generic_name . (identifier) @base)
])
(method_declaration
  name: (identifier) @name) @method
(constructor_declaration
  name: (identifier) @name) @method
(local_function_statement
  name: (identifier) @name) @function
(delegate_declaration
  name: (identifier) @name) @type
(property_declaration
  name: (identifier) @name) @field
(field_declaration
  (variable_declaration (variable_declarator name: (identifier) @name))) @field
(event_field_declaration
  (variable_declaration (variable_declarator name: (identifier) @name))) @field

(invocation_expression
  function: [
    (identifier) @call
    (generic_name . (identifier) @call)
    (member_access_expression name: (identifier) @call)
    (member_access_expression name: (generic_name . (identifier) @call))
    (conditional_access_expression (member_binding_expression name: (identifier) @call))
  ])
(object_creation_expression
  type: [
    (identifier) @call
    (generic_name . (identifier) @call)
  ])
(member_access_expression name: (identifier) @member)
(_ type: (identifier) @type_use)
(_ returns: (identifier) @type_use)
(generic_name . (identifier) @type_use)
(type_argument_list (identifier) @type_use)
(identifier) @any
