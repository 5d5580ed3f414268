"""One file for each request that an editor can send."""
