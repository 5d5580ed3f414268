"""How good a model is on somebody's own code: held-out places, the suggestions made there, and how many are right."""
