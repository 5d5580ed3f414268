"""Level 7: which tools there are, who may call them, and what a call would do; it has no effects of its own."""
