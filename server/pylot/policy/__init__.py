"""Level 6: what an agent may do, must ask for, and may not: pure decisions, without effects."""
