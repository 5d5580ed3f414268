"""Model files: which ones are worth having, which are here, how they come, and what they are good for (I13-I15)."""
