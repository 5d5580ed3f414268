"""Level 2: which files may be seen at all; the one exclusion gate of every surface (design section 8)."""
