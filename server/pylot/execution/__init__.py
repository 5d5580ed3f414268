"""Level 7: the only door to effects; it does what `policy` has allowed or a person has approved, and decides nothing."""
