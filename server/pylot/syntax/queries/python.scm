(class_definition
  name: (identifier) @name) @class

(class_definition
  superclasses: (argument_list
    [(identifier) (attribute) (subscript)] @base))

(function_definition
  name: (identifier) @name) @function

(type_alias_statement
  left: (type . [(identifier) @name (generic_type . (identifier) @name)])) @type

(assignment
  left: [
    (identifier) @name
    (pattern_list (identifier) @name)
    (tuple_pattern (identifier) @name)
    (attribute attribute: (identifier) @name)
  ]) @variable

(assignment
  left: (identifier)
  type: (type)) @variable

(named_expression
  name: (identifier) @name) @variable

(for_statement
  left: (identifier) @name) @variable

(with_item
  value: (as_pattern
    alias: (as_pattern_target (identifier) @name))) @variable

(import_statement) @import
(import_from_statement) @import
(future_import_statement) @import

(assignment
  left: (identifier)
  right: [(list) (tuple) (binary_operator)]) @exports
(augmented_assignment
  left: (identifier)) @exports

(call
  function: [
    (identifier) @call
    (attribute attribute: (identifier) @call)
  ])
(attribute attribute: (identifier) @member)
(type (identifier) @type_use)
(identifier) @any
