"""Every code action that asks a model or reads the project, in the order in which editors list them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

from pylot.actions.by_model.branches import FillBranches
from pylot.actions.by_model.document import Document, DocumentModule
from pylot.actions.by_model.fix import FixFinding
from pylot.actions.by_model.implement import AddStubs, Implement
from pylot.actions.by_model.reading import Explain, Review
from pylot.actions.by_model.task import Program, Task, without_block_cursor
from pylot.actions.by_model.write_body import WriteBody
from pylot.actions.by_model.write_method import WriteMethod
from pylot.actions.by_model.write_new import WriteFromComment, WriteMissing
from pylot.actions.by_model.write_tests import WriteTests
from pylot.actions.offer import Offer, Place

_TASKS: tuple[Task, ...] = (
    FixFinding(),
    WriteBody(),
    WriteFromComment(),
    WriteMissing(),
    WriteMethod(),
    Implement(),
    FillBranches(),
    Document(),
    DocumentModule(),
    WriteTests(),
    Explain(),
    Review(),
)
_PROGRAMS: tuple[Program, ...] = (AddStubs(),)
TASKS: Mapping[str, Task] = MappingProxyType({task.id: task for task in _TASKS})
PROGRAMS: Mapping[str, Program] = MappingProxyType({program.id: program for program in _PROGRAMS})


class ModelOffers:
    """Offer what a model could do at a place.

    `why_not` says why an offer with an id cannot be worked out now, nothing if it can, or None while that is not known.
    What may be impossible is shown, with that reason, only to a user who has opened the list.
    """

    def __init__(self, why_not: Callable[[str], str | None]) -> None:
        self._why_not = why_not

    def offers(self, place: Place) -> Iterator[Offer]:
        """Return the offers; waits for nothing."""
        place = without_block_cursor(place)
        for program in _PROGRAMS:
            yield from program.offers(place)
        for task in _TASKS:
            reason = self._why_not(task.id)
            if reason != "" and not place.invoked:
                continue
            for offer in task.offers(place):
                yield Offer(
                    offer.title,
                    offer.kind,
                    offer.id,
                    offer.data,
                    is_model=True,
                    refused=reason or "",
                    fixes=offer.fixes,
                )
