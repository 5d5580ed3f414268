"""Level 9: the composition root; the only place that wires rooms together."""
