; Two levels say where things are; what is deeper is content.
(document
  (block_node
    (block_mapping
      (block_mapping_pair key: (flow_node) @name) @section)))
(document
  (block_node
    (block_mapping
      (block_mapping_pair
        value: (block_node
          (block_mapping
            (block_mapping_pair key: (flow_node) @name) @section))))))
