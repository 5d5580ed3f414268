"""Two lists of hits made one: by words and by meaning, each with the weight that the form of a question gives it.

Scores are combined, not ranks: a convex combination keeps how much better one hit is than the next
(https://arxiv.org/abs/2210.11934), and did better here than reciprocal ranks.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType

from pylot.index.chunk_rows import Scored
from pylot.index.question import Form
from pylot.index.words import plain_name

# Fitted on the packages that `make eval-search` does not report.
LEXICAL_WEIGHT: Mapping[Form, float] = MappingProxyType({Form.CODE: 1.0, Form.KEYWORDS: 0.7, Form.PROSE: 0.4})
NAMED_BONUS = 0.5


def fuse(
    lexical: Sequence[Scored], similarities: Mapping[str, float], weight: float, names: Collection[str] = ()
) -> dict[str, float]:
    """Return scores from 0 to 1 by id, best first.

    `similarities` are cosines; `weight` is that of the words. What only one list knows counts nothing in the other:
    fetching the cosines of hits by words as well changed MRR@10 by less than .002.
    A chunk whose own name is among `names` stands before others, however often those use it.
    """
    scores: dict[str, float] = {}
    most_words = max((one.score for one in lexical), default=0.0)
    if most_words > 0:
        for one in lexical:
            bonus = NAMED_BONUS if names and plain_name(one.symbol.rpartition(".")[2]) in names else 0.0
            scores[one.id] = weight * one.score / most_words + bonus
    nearest = max(similarities.values(), default=0.0)
    if nearest > 0:
        # Where nothing is really near, all are about as far: then the words shall count for more.
        floor = max(min(similarities.values()), 0.0) / 2
        for found, similarity in similarities.items():
            meaning = max(similarity - floor, 0.0) / (nearest - floor)
            scores[found] = scores.get(found, 0.0) + (1 - weight) * meaning
    best = 1 + NAMED_BONUS if names else 1.0
    return {found: score / best for found, score in sorted(scores.items(), key=lambda item: -item[1])}
