"""The Agent Client Protocol: the same agents for editors that speak it, over stdin and stdout (`pylot acp`)."""
