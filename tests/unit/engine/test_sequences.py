"""The sequence table decides what of the KV cache survives (I8)."""

from __future__ import annotations

from pylot.engine.sequences import Placement, SequenceTable


def table(*tokens: list[int], n_cells: int = 10_000) -> SequenceTable:
    made = SequenceTable(3, n_cells)
    for sequence_id, own in enumerate(tokens):
        made[sequence_id].tokens = own
        made.touch(sequence_id)
    return made


def test_a_prompt_goes_where_its_prefix_is() -> None:
    prompt = list(range(100))

    assert table(list(range(500, 600)), prompt[:90]).place(prompt, "a") == Placement(1, 90)


def test_a_stranger_takes_an_empty_sequence() -> None:
    assert table(list(range(100)), list(range(200, 300))).place([7, 8], "a") == Placement(2, 0)


def test_without_an_empty_one_a_stranger_takes_the_oldest() -> None:
    made = table(list(range(100)), list(range(200, 300)), list(range(300, 400)))
    made.touch(0)

    assert made.place([900], "a") == Placement(1, 0)


def test_a_long_tail_is_forked_not_destroyed() -> None:
    shared = list(range(100))
    made = table(shared + list(range(1000, 1400)))

    assert made.place([*shared, 7], "a") == Placement(1, 100, copy_from=0)
    assert len(made[0].tokens) == 500


def test_what_is_decoded_ahead_destroys_no_tail_that_may_be_wanted_first() -> None:
    shared = list(range(100))
    now, ahead = table(shared + list(range(1000, 1100))), table(shared + list(range(1000, 1100)))

    assert now.place([*shared, 7], "a") == Placement(0, 100)
    assert ahead.place([*shared, 7], "a", ahead=True) == Placement(1, 100, copy_from=0)


def test_a_busy_sequence_lends_its_prefix() -> None:
    made = table(list(range(100)))
    made[0].owner = "other"

    assert made.place([*range(100), 7], "a") == Placement(1, 100, copy_from=0)


def test_no_place_while_all_are_busy() -> None:
    made = table()
    for name in "abc":
        assert made.place([1], name)

    assert made.place([1], "d") is None
    made.release(1)
    assert made.place([1], "d") == Placement(1, 0)


def test_victims_are_idle_and_oldest_first() -> None:
    made = table([1] * 40, [2] * 40, [3] * 10, n_cells=100)
    made[0].owner = "busy"

    assert made.victims(20, keep=2) == [1]
    assert made.victims(5, keep=2) == []
