"""From cleaned source text to windows of tokens, in the shapes in which the product asks."""
