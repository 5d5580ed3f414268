"""What can be said of agents, and of all else that needs a chat model, on a line."""

from __future__ import annotations

from collections.abc import Mapping

from pylot.app.model_shelf import Shelf

# The rules, the tools and a few results; docs/agent.md names the same figure.
LEAST_CONTEXT = 8_000


def describe_agents(shelf: Shelf, roles: Mapping[str, str]) -> tuple[str, str, str]:
    """Return a verdict (`good` or `note`) on the model that chooses an agent's steps, a line about it, the next step.

    `roles` are the names of the models that serve the roles.
    """
    name = roles["action"]
    model = shelf.find(name)
    if model is None:
        return "good", f"ask {name}, at a server that you named", ""
    if model.header is None:
        return "note", model.problem, "mend models.roles or models.catalogue in pylot.toml"
    if not model.header.has_chat_template:
        step = "`pylot models list` shows models that chat, `pylot models use NAME --role chat` takes one"
        return "note", f"{name} cannot chat, so no agents and no code actions that ask a model", step
    context = model.context or shelf.engine.context
    if context < LEAST_CONTEXT:
        said = f"{name} has {context:,} tokens of context, and agents need {LEAST_CONTEXT:,} at least"
        return "note", said, "raise engine.context in pylot.toml; 16,384 is good"
    return "good", f"ask {name}", ""
