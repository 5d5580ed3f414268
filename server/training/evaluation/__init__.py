"""How good the raw model is, without the rest of Pylot: on lines of projects that it never saw."""
