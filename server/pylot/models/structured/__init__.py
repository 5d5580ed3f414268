"""Answers with a structure: JSON of a schema and calls of tools, from any model, always checked (T10)."""
