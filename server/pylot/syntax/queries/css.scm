(rule_set (selectors) @name) @section
(media_statement . (_) @name) @section
(keyframes_statement (keyframes_name) @name) @section
(declaration (property_name) @name) @variable
