(command
  name: (command_name (word))
  argument: [(word) (string)]) @import

(function_definition
  name: (word) @name) @function
(program
  (variable_assignment
    name: (variable_name) @name) @variable)
(program
  (declaration_command
    (variable_assignment
      name: (variable_name) @name) @variable))

(command_name (word) @call)
(variable_name) @any
