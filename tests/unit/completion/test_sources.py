"""Context is what shares names with the text at the cursor, without being that text again."""

from __future__ import annotations

import pytest

from pylot.completion.sources import CurrentFileSource, OpenFilesSource, RecentEditsSource, Surroundings
from pylot.completion.values import CompletionRequest, OpenFile, RecentEdit

NEAR = "radius = read_radius()\narea = compute_area(radius)\n"
RELATED = "def compute_area(radius):\n    return radius * radius * PI\n"
UNRELATED = "soup = make_soup(salt)\n" * 60


def request(text: str) -> CompletionRequest:
    return CompletionRequest("file:///a.py", "/home/a.py", "python", 1, text, len(text))


def open_files(*files: tuple[str, str]) -> Surroundings:
    return Surroundings(open_files=[OpenFile(path, "python", text) for path, text in files])


def edits(*after: str) -> Surroundings:
    """Recent edits, oldest first."""
    return Surroundings(
        recent_edits=[RecentEdit(f"/home/{time}.py", float(time), 1, "", text) for time, text in enumerate(after)]
    )


def test_window_that_shares_most_names_is_taken() -> None:
    text = UNRELATED + RELATED + UNRELATED
    [piece] = OpenFilesSource().gather(request(NEAR), open_files(("/home/b.py", text)))

    assert RELATED in piece.text
    assert len(piece.text.split("\n")) <= 40
    assert (piece.source, piece.path) == ("open files", "/home/b.py")


def test_files_come_best_first_and_strangers_not_at_all() -> None:
    files = open_files(
        ("/home/weak.py", UNRELATED[:400] + RELATED), ("/home/strange.py", UNRELATED), ("/home/strong.py", RELATED)
    )
    pieces = OpenFilesSource().gather(request(NEAR), files)

    assert [piece.path for piece in pieces] == ["/home/strong.py", "/home/weak.py"]


@pytest.mark.parametrize("text", [NEAR, NEAR + "total = 0\n"])
def test_near_copies_are_left_out(text: str) -> None:
    """A model that sees the same text again repeats it."""
    assert OpenFilesSource().gather(request(NEAR), open_files(("/home/b.py", text))) == []
    assert RecentEditsSource().gather(request(NEAR), edits(text)) == []


def test_equal_files_keep_their_order_and_equal_windows_the_first() -> None:
    filler = "\n" * 60
    files = open_files(("/home/b.py", RELATED + filler + RELATED), ("/home/c.py", RELATED + filler + RELATED))
    first, second = OpenFilesSource().gather(request(NEAR), files)

    assert [first.path, second.path] == ["/home/b.py", "/home/c.py"]
    assert first.text == second.text
    assert first.text.startswith(RELATED)


def test_only_files_last_used_are_looked_at() -> None:
    files = [OpenFile(f"/home/{number}.py", "python", RELATED, float(number)) for number in range(25)]
    pieces = OpenFilesSource().gather(request(NEAR), Surroundings(open_files=files))

    assert [piece.path for piece in pieces] == [f"/home/{number}.py" for number in range(24, 4, -1)]


def test_recent_edits_come_newest_first() -> None:
    pieces = RecentEditsSource().gather(request(NEAR), edits("first_call()", "  \n", "second_call()"))

    assert [(piece.text, round(piece.score, 1)) for piece in pieces] == [("second_call()", 0.6), ("first_call()", 0.4)]


def test_edit_that_stands_at_the_cursor_is_left_out() -> None:
    assert RecentEditsSource().gather(request(NEAR), edits("compute_area(radius)")) == []


@pytest.mark.parametrize(
    ("text", "heads"),
    [
        (NEAR, []),
        ("import math\n" + "x = 1\n" * 1000, ["import math\n" + "x = 1\n" * 29]),
        ("\n" * 40 + "x = 1\n" * 1000, []),
    ],
    ids=["near the top", "far below", "nothing there"],
)
def test_head_of_the_file_once_it_is_far_away(text: str, heads: list[str]) -> None:
    assert [piece.text for piece in CurrentFileSource().gather(request(text), Surroundings())] == heads
