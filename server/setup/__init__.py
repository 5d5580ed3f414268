"""Set up a working tree: `.venv`, the locked packages and llama.cpp built for this machine.

Uses the standard library alone, because it runs before anything is installed; only the conversion of the embedder
(`embedder/`) has a process of its own, in which numpy is there.
"""
