(class_declaration
  name: (identifier) @name) @class
(variable_declarator
  name: (identifier) @name
  value: (class)) @class
(class_heritage
  [(identifier) (member_expression)] @base)

(class_body
  (field_definition
    property: (property_identifier) @name) @field)
(class_body
  (field_definition
    property: (property_identifier) @name
    value: (arrow_function)) @method)
