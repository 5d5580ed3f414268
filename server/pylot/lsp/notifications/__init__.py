"""One file for each notification that an editor can send."""
