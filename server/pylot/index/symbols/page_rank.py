"""PageRank with a preference for some nodes.

Page, Brin, Motwani and Winograd, "The PageRank citation ranking: bringing order to the web", 1999, section 6.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

_DAMPING = 0.85
_MOST_ROUNDS = 50
_ACCURACY = 1e-6

Edges = Mapping[str, Mapping[str, float]]


def page_rank(nodes: Sequence[str], edges: Edges, preferred: Mapping[str, float]) -> dict[str, float]:
    """Return how likely each node is to be visited by who follows edges by their weights, and at times starts anew.

    The walk starts at the `preferred` nodes by their weights, or at all alike where there are none; the sum is 1.
    """
    total = sum(preferred.get(node, 0.0) for node in nodes)
    start = {node: preferred.get(node, 0.0) / total if total else 1 / len(nodes) for node in nodes}
    shares = {source: _shares(targets) for source, targets in edges.items() if targets}
    rank = dict(start)
    for _ in range(_MOST_ROUNDS):
        lost = sum(rank[node] for node in nodes if node not in shares)
        anew = 1 - _DAMPING + _DAMPING * lost
        following = {node: anew * start[node] for node in nodes}
        for source, targets in shares.items():
            given = _DAMPING * rank[source]
            for target, share in targets:
                following[target] += given * share
        change = sum(abs(following[node] - rank[node]) for node in nodes)
        rank = following
        if change < _ACCURACY:
            break
    return rank


def _shares(targets: Mapping[str, float]) -> list[tuple[str, float]]:
    total = sum(targets.values())
    return [(target, weight / total) for target, weight in targets.items()]
