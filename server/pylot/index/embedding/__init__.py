"""Texts as vectors: the embedder in the box, any other in the role `embed`, and a cache of what was embedded."""
