"""Level 2: what the structure of a text says about a place in it; pure, without I/O."""
