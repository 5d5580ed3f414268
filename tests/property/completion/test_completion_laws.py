"""Laws of the pure steps, for any text."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from pylot.completion.answer_cache import Answer, AnswerCache
from pylot.completion.change import difference
from pylot.completion.cursor import rest_of_line
from pylot.completion.lookup import Place, remaining, typed_since
from pylot.completion.postprocess.draft import PostContext
from pylot.completion.postprocess.pipeline import run
from pylot.completion.values import Indentation
from pylot.syntax.blocks import block_end

LAW = settings(deadline=None, derandomize=True, database=None)
CODE = st.text(alphabet="ab_ \n\t()[]{}\"'`:;,.#/\\\r👍é", max_size=60)


@LAW
@given(CODE, CODE)
def test_a_difference_leads_from_one_text_to_the_other(before: str, after: str) -> None:
    change = difference(before, after)

    if change is None:
        assert before == after
    else:
        assert before[: change.start] + change.inserted + before[change.end :] == after
        assert change.removed == before[change.start : change.end]


@LAW
@given(CODE, CODE, CODE, CODE, st.integers(0, 60))
def test_an_answer_is_only_given_where_it_leads_to_the_same_text(
    prefix: str, suffix: str, answer: str, typed: str, n_typed: int
) -> None:
    """T9: what is left of an answer, inserted now, gives the text that accepting it at once would have given."""
    for text in (answer[:n_typed], typed):
        now = Place(prefix + text, suffix)
        since = typed_since(Place(prefix, suffix), now)
        rest = remaining(answer, 0, since) if since else None
        if rest is not None:
            assert now.prefix + rest.text + now.suffix[rest.replace_right :] == prefix + answer + suffix


@LAW
@given(CODE, CODE, CODE, CODE, CODE)
def test_the_cache_never_answers_for_another_text(
    prefix: str, suffix: str, answer: str, other_prefix: str, other_suffix: str
) -> None:
    """T9 for the cache: every hit, inserted, gives what accepting the answer at its own place would have given."""
    cache = AnswerCache()
    cache.add("a", Place(prefix, suffix), Answer(answer, "model", 0.5))
    for place in (Place(other_prefix, other_suffix), Place(prefix + other_prefix, other_suffix + suffix)):
        for hit in cache.find("a", place):
            accepted = place.prefix + hit.text + place.suffix[hit.replace_right :]
            kept_closers = place.suffix[: len(place.suffix) - len(suffix)]
            assert accepted in (prefix + answer + suffix, prefix + answer + kept_closers + suffix)


@LAW
@given(CODE, CODE, CODE, st.sampled_from(["python", "javascript", "ruby", "plaintext"]), st.booleans())
def test_any_text_can_be_post_processed(prefix: str, suffix: str, text: str, language: str, single_line: bool) -> None:
    context = PostContext(
        prefix, suffix, language, single_line, indentation=Indentation(2, insert_spaces=False), block_end=block_end
    )
    outcome = run(text, context)

    if outcome.draft is None:
        assert outcome.reason
    else:
        assert outcome.draft.text.strip()
        assert 0 <= outcome.draft.replace_right <= len(rest_of_line(suffix))
        assert not (single_line and "\n" in outcome.draft.text)
