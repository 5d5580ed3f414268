"""A task from the user's words to the answer: context, directive, actions, observations, limits."""
