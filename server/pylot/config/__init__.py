"""Level 1: layered configuration that stays usable whatever is written into it."""
