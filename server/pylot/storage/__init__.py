"""Level 1: the only writer of state; it does not know what it stores."""
