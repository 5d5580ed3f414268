(package_header (identifier) @package)
(import_header) @import

(class_declaration
  (type_identifier) @name) @class
(object_declaration
  (type_identifier) @name) @class
(class_declaration
  "interface"
  (type_identifier) @name) @interface
(class_declaration
  "enum"
  (type_identifier) @name) @enum
(enum_entry
  (simple_identifier) @name) @constant
(delegation_specifier [
  (user_type (type_identifier) @base)
  (constructor_invocation (user_type (type_identifier) @base))
])
(function_declaration
  (simple_identifier) @name) @function
(function_declaration
  receiver: (receiver_type (user_type (type_identifier) @owner)))
(class_parameter
  (binding_pattern_kind)
  (simple_identifier) @name) @field
(class_body
  (property_declaration
    (variable_declaration (simple_identifier) @name)) @field)
(source_file
  (property_declaration
    (variable_declaration (simple_identifier) @name)) @variable)
(type_alias
  . (type_identifier) @name) @type
(function_declaration (function_body) @body)
(class_declaration [(class_body) (enum_class_body)] @body)
(object_declaration (class_body) @body)

(call_expression . (simple_identifier) @call)
(call_expression
  . (navigation_expression (navigation_suffix (simple_identifier) @call)))
(navigation_suffix (simple_identifier) @member)
(type_identifier) @type_use
(simple_identifier) @any
