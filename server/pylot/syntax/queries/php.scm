(namespace_definition
  name: (namespace_name) @package)
(namespace_use_declaration) @import
(expression_statement [
  (require_expression)
  (require_once_expression)
  (include_expression)
  (include_once_expression)
]) @import

(class_declaration
  name: (name) @name) @class
(trait_declaration
  name: (name) @name) @class
(interface_declaration
  name: (name) @name) @interface
(enum_declaration
  name: (name) @name) @enum
(enum_case
  name: (name) @name) @constant
(base_clause [(name) (qualified_name)] @base)
(class_interface_clause [(name) (qualified_name)] @base)
(declaration_list (use_declaration [(name) (qualified_name)] @base))
(method_declaration
  name: (name) @name) @method
(function_definition
  name: (name) @name) @function
(property_declaration
  (property_element name: (variable_name (name) @name))) @field
(property_promotion_parameter
  name: (variable_name (name) @name)) @field
(const_declaration
  (const_element . (name) @name)) @constant

(function_call_expression
  function: [
    (name) @call
    (qualified_name (name) @call)
  ])
(member_call_expression name: (name) @call)
(nullsafe_member_call_expression name: (name) @call)
(scoped_call_expression
  scope: (name) @type_use
  name: (name) @call)
(object_creation_expression [
  (name) @call
  (qualified_name (name) @call)
])
(member_access_expression name: (name) @member)
(class_constant_access_expression . (name) @type_use)
(named_type (name) @type_use)
(name) @any
