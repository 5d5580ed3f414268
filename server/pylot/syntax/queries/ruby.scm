(call
  !receiver
  method: (identifier)
  arguments: (argument_list . (string) .)) @import

(module
  name: [(constant) (scope_resolution)] @name) @module
(class
  name: [(constant) (scope_resolution)] @name) @class
(superclass [(constant) (scope_resolution)] @base)
(body_statement
  (call
    !receiver
    method: (identifier)
    arguments: (argument_list . (constant) @base .)))
(method
  name: (_) @name) @method
(singleton_method
  name: (_) @name) @method
(body_statement
  (call
    !receiver
    method: (identifier)
    arguments: (argument_list (simple_symbol) @name)) @field)
(assignment
  left: (constant) @name) @constant
(assignment
  left: (instance_variable) @name) @field

(call
  method: [(identifier) (constant)] @call)
(constant) @type_use
(identifier) @any
