"""Which deployment answers a request, and what happens when it does not (H10, H11, H14, H15, P3)."""
