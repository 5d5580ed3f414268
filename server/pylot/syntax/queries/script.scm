; What JavaScript and TypeScript share.

(function_declaration
  name: (identifier) @name) @function
(generator_function_declaration
  name: (identifier) @name) @function

(variable_declarator
  name: (identifier) @name
  value: [(arrow_function) (function_expression) (generator_function)]) @function

(program
  [
    (lexical_declaration (variable_declarator name: (identifier) @name) @variable)
    (variable_declaration (variable_declarator name: (identifier) @name) @variable)
    (lexical_declaration (variable_declarator
      name: (object_pattern (shorthand_property_identifier_pattern) @name)) @variable)
  ])
(export_statement
  declaration: [
    (lexical_declaration (variable_declarator name: (identifier) @name) @variable)
    (variable_declaration (variable_declarator name: (identifier) @name) @variable)
  ])

(class_body
  (method_definition
    name: [(property_identifier) (private_property_identifier)] @name) @method)

(assignment_expression
  left: (member_expression
    object: [(identifier) (member_expression)]
    property: (property_identifier) @name)
  right: [(function_expression) (arrow_function)]) @function
(assignment_expression
  left: (member_expression
    object: (this)
    property: (property_identifier) @name)) @variable

(export_statement
  "default" @name
  value: [(arrow_function) (function_expression)]) @function
(export_statement
  "default" @name
  value: (class)) @class

(import_statement) @import
(export_statement) @import
(variable_declarator
  value: (call_expression
    function: (identifier)
    arguments: (arguments . (string) .))) @import

(call_expression
  function: [
    (identifier) @call
    (member_expression property: (property_identifier) @call)
  ])
(new_expression
  constructor: [
    (identifier) @call
    (member_expression property: (property_identifier) @call)
  ])
(member_expression
  property: (property_identifier) @member)
[(identifier) (shorthand_property_identifier)] @any
