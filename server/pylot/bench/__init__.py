"""Typing replayed for several contenders on one model, side by side: the benchmark behind `pylot bench`."""
