(element
  (start_tag
    (attribute
      (attribute_name) @_attribute
      (quoted_attribute_value (attribute_value) @name)))
  (#eq? @_attribute "id")) @section
(element
  (start_tag (tag_name) @_tag)
  . (text) @name
  (#match? @_tag "^([hH][1-6]|title)$")) @section
