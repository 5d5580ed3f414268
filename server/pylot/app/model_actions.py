"""Code actions of an editor window that ask a model: which can be offered now, and asking, with progress and an end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from pylot.actions.by_model.catalogue import PROGRAMS, TASKS, ModelOffers
from pylot.actions.by_model.task import Around, without_block_cursor
from pylot.actions.by_model.trying import RunsTests, tried
from pylot.actions.offer import Offer, Place, Plan
from pylot.app.cancellable import until_cancelled
from pylot.app.client import Client
from pylot.app.project_files import project_around
from pylot.app.visibility import Visibility
from pylot.config.prompts import Prompts
from pylot.kernel.cancellation import CancellationToken
from pylot.kernel.errors import ActionRefusedError, PylotError
from pylot.models.provider import Provider

# Who asks, in the call log and in `models.agents`.
AGENT = "actions"
_FILLS_IN = frozenset({"write-body"})
_TESTS = "write-tests"


class ModelActions:
    """Belongs to the event loop; `provider` gives the way to the model of the role `coder`, or raises.

    Written tests are run by `test_runner`, once somebody has put one there.
    """

    def __init__(
        self, visible: Visibility, client: Client, configuration: Path, provider: Callable[[], Provider]
    ) -> None:
        self._visible = visible
        self._client = client
        self._prompts = Prompts(configuration)
        self._provider = provider
        self.test_runner: RunsTests | None = None
        self._why_not: str | None = None
        self._fills_in = False
        self._asked_last, self._n_before = 0, 0
        self.offerer = ModelOffers(self._reason)
        self.works: dict[str, Callable[[Place, Offer], Awaitable[Plan]]] = {
            **dict.fromkeys(TASKS, self.work),
            **dict.fromkeys(PROGRAMS, self._run),
        }

    def look(self) -> None:
        """See what the model can do, as far as that is known without loading it."""
        try:
            profile = self._provider().profile
        except PylotError as error:
            self._why_not, self._fills_in = error.sentence, False
            return
        if profile is None:
            self._why_not, self._fills_in = None, False
            return
        can_chat = profile.can_chat
        self._why_not = "" if can_chat else f"{profile.name} cannot chat; `pylot models list` shows models that can."
        self._fills_in = profile.has_fim

    async def work(self, place: Place, offer: Offer) -> Plan:
        """Return what a model makes of an offer; the user sees how it goes on, and can end it.

        Raises:
            PylotError: it came to nothing; the sentence says why.
        """
        place = without_block_cursor(place)
        exclusion = self._visible.exclusion(place.path, place.text)
        if exclusion is not None:
            raise ActionRefusedError(exclusion.sentence)
        token = CancellationToken()
        progress = self._client.begin_progress(f"Pylot: {offer.title}", lambda: token.cancel("cancelled by the user"))
        n_characters = 0

        def hear(text: str) -> None:
            nonlocal n_characters
            n_characters += len(text)
            progress.report(f"{n_characters} characters")

        outcome = ""
        try:
            plan = await until_cancelled(token, self._asked(place, offer, token, hear))
            outcome = plan.label
            return plan
        except PylotError as error:
            outcome = error.sentence
            raise
        finally:
            progress.end(outcome)

    async def _run(self, place: Place, offer: Offer) -> Plan:
        """Return what a program makes of an offer for which it reads the project."""
        program = PROGRAMS.get(offer.id)
        if program is None:
            raise ActionRefusedError("There is no such code action.")
        place = without_block_cursor(place)
        return await asyncio.to_thread(program.plan, place, Around(project_around(place, self._visible)))

    async def _asked(self, place: Place, offer: Offer, token: CancellationToken, hear: Callable[[str], None]) -> Plan:
        # What asks for JSON loads libraries that nobody else should pay for.
        from pylot.actions.by_model.asking import Asking, work_out

        provider, task = self._provider(), TASKS.get(offer.id)
        if task is None:
            raise ActionRefusedError("There is no such code action.")
        shown = self._visible.masked_text(place.text)
        asking = Asking(provider, self._prompts, token, hear, self._count(place, offer))
        profile = await provider.ready()
        if task.id in _FILLS_IN and not profile.can_chat and profile.has_fim:
            from pylot.actions.by_model.filling import fill_body

            return await fill_body(place, shown, asking)
        plan = await work_out(task, place, offer, Around(project_around(place, self._visible)), asking, shown)
        return await tried(plan, self.test_runner) if self.test_runner and offer.id == _TESTS else plan

    def _count(self, place: Place, offer: Offer) -> int:
        """Return how often in a row this offer has been chosen for this text before."""
        asked = hash((place.path, place.text, place.start, place.end, offer.id, repr(offer.data)))
        self._n_before = self._n_before + 1 if asked == self._asked_last else 0
        self._asked_last = asked
        return self._n_before

    def _reason(self, task_id: str) -> str | None:
        return "" if self._fills_in and task_id in _FILLS_IN else self._why_not
