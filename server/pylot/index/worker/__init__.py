"""The process that keeps one workspace's index, and the way to it."""
