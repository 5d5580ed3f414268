"""Level 5: what is known of a whole workspace: its symbols, and a search index."""
