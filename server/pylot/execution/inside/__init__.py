"""What runs inside a sandbox: the standard library alone, because every command waits for it to start."""
