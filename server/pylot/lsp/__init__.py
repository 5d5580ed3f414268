"""Level 10: translate LSP to plain values and back; the only room that knows pygls and lsprotocol."""
