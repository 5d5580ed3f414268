"""Level 2: processes of one user that serve several others through a socket; it does not know what they serve."""
