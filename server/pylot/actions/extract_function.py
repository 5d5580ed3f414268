"""Make a function of the selected statements, or of an expression (L2, K5)."""

from __future__ import annotations

from collections.abc import Iterable

from pylot.actions.edits import TextEdit
from pylot.actions.extract_python import PythonHome
from pylot.actions.extract_script import ScriptHome
from pylot.actions.fresh_names import name_of
from pylot.actions.offer import EXTRACT, Offer, Place, Plan
from pylot.actions.region import Flows, Region, flows_of, refuse_shape, region_at
from pylot.actions.same_regions import same_regions
from pylot.actions.shapes import SCRIPTS
from pylot.kernel.errors import ActionRefusedError

_LANGUAGES = SCRIPTS | {"python"}
_MOST_OUTPUTS = 6


class ExtractFunction:
    """Offer to make a function of what is selected, or a method where it needs its object."""

    id = "extract-function"

    def offers(self, place: Place) -> Iterable[Offer]:
        """Return an offer for the selection, and one for all places where the same is done."""
        region = region_at(place)
        if region is None or place.language not in _LANGUAGES:
            return
        try:
            flows = _flows(region)
            title = f"Extract {_home(region).kind}"
        except ActionRefusedError as error:
            yield Offer("Extract function", EXTRACT, self.id, refused=error.sentence)
            return
        yield Offer(title, EXTRACT, self.id)
        n_same = len(same_regions(region, flows))
        if n_same > 1:
            yield Offer(f"{title}, replacing all {n_same} occurrences", EXTRACT, f"{self.id}/all")

    def plan(self, place: Place, offer: Offer) -> Plan:
        """Return the edits: the new function, and calls of it where the code was."""
        region = region_at(place)
        if region is None or place.language not in _LANGUAGES:
            raise ActionRefusedError("The selection is not whole statements or an expression.")
        flows = _flows(region)
        home = _home(region)
        name = name_of(offer, home.name_for(flows), region.nodes[0].code, is_member=True)
        regions = same_regions(region, flows) if offer.id.endswith("/all") else [region]
        calls = [TextEdit(each.start, each.end, home.call(name, flows, each)) for each in regions]
        definition = TextEdit(home.offset, home.offset, home.definition(name, flows))
        if definition.start == calls[0].start:
            # Two edits at one place have no order.
            first, *calls = calls
            definition = TextEdit(first.start, first.end, definition.text + first.text)
        return Plan(tuple(sorted([definition, *calls])))


def _home(region: Region) -> PythonHome | ScriptHome:
    """Return where a function that is made of a region belongs."""
    return PythonHome(region) if region.nodes[0].code.language == "python" else ScriptHome(region)


def _flows(region: Region) -> Flows:
    """Return what flows through a region that can be a function.

    Raises:
        ActionRefusedError: it cannot; the sentence says why.
    """
    refuse_shape(region)
    flows = flows_of(region)
    if len(flows.outputs) > _MOST_OUTPUTS:
        raise ActionRefusedError("What is selected sets too many names that are used after it.")
    return flows
