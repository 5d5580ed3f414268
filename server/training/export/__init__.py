"""From a checkpoint to the GGUF file that is shipped, and back."""
