"""Level 5: what a workspace holds, read in the background and kept current, and questions about it."""
