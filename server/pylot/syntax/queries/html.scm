; Which attributes and tags count is said in symbol_rules.py: a predicate reads the text anew for every node.
(element
  (start_tag
    (attribute (quoted_attribute_value (attribute_value) @name)))) @section
(element
  (start_tag)
  . (text) @name) @section
