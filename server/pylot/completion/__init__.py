"""Level 6: ghost text, from gate to learning; pure parts around one asynchronous service."""
