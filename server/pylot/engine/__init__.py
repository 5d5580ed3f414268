"""Level 3: the llama.cpp host, a process of its own, and the client that talks to it."""
