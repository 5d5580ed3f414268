"""Set up a working tree: `.venv`, the locked packages and llama.cpp built for this machine.

Uses the standard library alone, because it runs before anything is installed.
"""
