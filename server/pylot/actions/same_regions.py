"""Where a function does again what a region of it does."""

from __future__ import annotations

from collections.abc import Iterator

from pylot.actions.flow import Key
from pylot.actions.region import Flows, Region, flows_of, refuse_shape
from pylot.kernel.errors import ActionRefusedError


def same_regions(region: Region, flows: Flows) -> list[Region]:
    """Return a region and its equals in the same function, in the order of the text; none of them overlap."""
    if region.function is None:
        return [region]
    found = [region]
    for each in _alike(region):
        is_free = all(each.end <= other.start or each.start >= other.end for other in found)
        if is_free and _names(each) == _names(region) and _flows(each) == flows:
            found.append(each)
    return sorted(found, key=lambda each: each.start)


def _alike(region: Region) -> Iterator[Region]:
    """Yield other nodes of a function that read like a region."""
    first, n_nodes = region.nodes[0], len(region.nodes)
    assert region.function is not None
    wanted = _source(region)
    for node in region.function.walk():
        if node.type != first.type or node == first or node.text != first.text or node.parent is None:
            continue
        following = [each for each in node.parent.named if each.start >= node.start][:n_nodes]
        other = Region(tuple(following) if not region.is_expression else (node,), region.is_expression, region.function)
        if _source(other) == wanted:
            yield other


def _source(region: Region) -> list[str]:
    return [each.text for each in region.nodes]


def _names(region: Region) -> list[Key]:
    """Return what the names in a region mean, in order; those of its own scopes by their names alone."""
    bindings = region.nodes[0].code.bindings
    assert bindings is not None
    found = []
    for binding in bindings.bindings.between(region.start, region.end):
        scope, name = binding.scope, binding.name
        inner = scope >= 0 and bindings.scopes[scope].start >= region.start and bindings.scopes[scope].end <= region.end
        places = [each.start - region.start for each in binding.occurrences if region.start <= each.start < region.end]
        found += [(place, (-2 if inner else scope, name)) for place in places]
    return [key for _, key in sorted(found)]


def _flows(region: Region) -> Flows | None:
    try:
        refuse_shape(region)
        return flows_of(region)
    except ActionRefusedError:
        return None
