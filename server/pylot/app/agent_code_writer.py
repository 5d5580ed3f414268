"""Code that a model writes for an agent's call, in the way of code actions (C18, L4, L5)."""

from __future__ import annotations

from typing import Literal

from pylot.actions.by_model.catalogue import TASKS
from pylot.actions.by_model.task import Around
from pylot.actions.offer import Place, Plan
from pylot.agent.counted_model import CountedModel
from pylot.app.project_files import project_around
from pylot.app.workplace import Workplace
from pylot.config.prompts import Prompts
from pylot.kernel.cancellation import CancellationToken
from pylot.kernel.errors import ActionRefusedError
from pylot.tools.ports import Record

_PURPOSE = "writing_code"


class AgentCodeWriter:
    """Implement `tools.ports.CodeWriter` for one agent, with the model of the role `coder`.

    What the model writes is not run: that is for the agent to ask for.
    """

    def __init__(self, workplace: Workplace, agent: str) -> None:
        self._workplace = workplace
        self._agent = agent

    async def plan(self, task: Literal["write-tests", "document"], place: Place, record: Record) -> Plan:
        """Return what the model's answer comes to; raises PylotError when that is nothing."""
        # What asks for JSON loads libraries that nobody else should pay for.
        from pylot.actions.by_model.asking import Asking, work_out

        workplace, chosen = self._workplace, TASKS[task]
        visible = workplace.visible
        if (exclusion := visible.exclusion(place.path, place.text)) is not None:
            raise ActionRefusedError(exclusion.sentence)
        offer = next(iter(chosen.offers(place)), None)
        if offer is None:
            raise ActionRefusedError("Pylot cannot do this for what is there, or not in this language.")
        provider = workplace.models.provider("coder", self._agent)
        token = CancellationToken()
        asking = Asking(
            CountedModel(provider, "coder", _PURPOSE, record, workplace.clock),
            Prompts(workplace.directories.config),
            token,
        )
        shown, around = visible.masked_text(place.text), Around(project_around(place, visible))
        try:
            return await work_out(chosen, place, offer, around, asking, shown)
        finally:
            # Whoever stopped waiting, the model must stop too.
            token.cancel("nobody waits any more")
