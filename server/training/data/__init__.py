"""From packages by name and version to cleaned, deduplicated source text."""
