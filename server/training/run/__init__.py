"""One training run: processes, batches, steps, checkpoints."""
