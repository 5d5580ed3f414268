"""Level 4: the only door to a model: roles, cards, prompt templates and providers."""
