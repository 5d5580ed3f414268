(create_table (object_reference name: (identifier) @name)) @class
(create_view . (_) (object_reference name: (identifier) @name)) @class
(create_materialized_view (object_reference name: (identifier) @name)) @class
(create_function (object_reference name: (identifier) @name)) @function
(create_index column: (identifier) @name) @section
(create_table
  (column_definitions
    (column_definition name: (identifier) @name) @field))
(object_reference name: (identifier) @type_use)
(invocation (object_reference name: (identifier) @call))
