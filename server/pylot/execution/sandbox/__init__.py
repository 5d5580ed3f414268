"""What a command may change and reach, held by the kernel (reference T5)."""
