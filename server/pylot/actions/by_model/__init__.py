"""Code actions that take judgement: what is offered, what a model is asked, and what of its answer is trusted."""
