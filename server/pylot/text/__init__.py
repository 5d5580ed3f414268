"""Level 1: what the text of an open document is; knows no protocol types and does no I/O."""
