(class_definition
  name: (identifier) @name) @class

(class_definition
  superclasses: (argument_list
    [(identifier) (attribute) (subscript)] @base))

(function_definition
  name: (identifier) @name) @function

(type_alias_statement
  left: (type . [(identifier) @name (generic_type . (identifier) @name)])) @type

(decorated_definition) @wrapper

(assignment
  left: [
    (identifier) @target
    (pattern_list (identifier) @target)
    (tuple_pattern (identifier) @target)
    (attribute attribute: (identifier) @target)
  ]) @variable

(import_statement) @import
(import_from_statement) @import
(future_import_statement) @import

(assignment
  left: (identifier)
  right: [(list) (tuple) (binary_operator)]) @exports
(augmented_assignment
  left: (identifier)) @exports

(identifier) @any
