"""Level 7: the only door to effects; it does what policy or a person has allowed, and decides nothing."""
