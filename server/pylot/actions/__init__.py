"""Changes to code that a program can work out: plans of edits, as plain values."""
