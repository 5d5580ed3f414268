"""Models behind HTTP: llama-server and every API that speaks OpenAI's protocol (H8, H16)."""
