(variable_declaration) @import

(function_declaration
  name: (identifier) @name) @function
(function_declaration
  name: [
    (dot_index_expression
      table: (_) @owner
      field: (identifier) @name)
    (method_index_expression
      table: (_) @owner
      method: (identifier) @name)
  ]) @function
(assignment_statement
  (variable_list . name: (identifier) @name)
  (expression_list . value: (function_definition))) @function
(assignment_statement
  (variable_list
    . name: (dot_index_expression
      table: (identifier) @owner
      field: (identifier) @name))
  (expression_list . value: (function_definition))) @function
(chunk
  [
    (variable_declaration
      (assignment_statement (variable_list name: (identifier) @name)))
    (assignment_statement (variable_list name: (identifier) @name))
  ] @variable)

(function_call
  name: [
    (identifier) @call
    (dot_index_expression field: (identifier) @call)
    (method_index_expression method: (identifier) @call)
  ])
(dot_index_expression field: (identifier) @member)
(identifier) @any
