"""The files of a workspace that read like the lines before the cursor are found at once (issue 4)."""

from __future__ import annotations

from pylot.completion.flat_text import flatten
from pylot.completion.line_index import LineIndex

HANDLER = "def handle(event):\r\n\tstore = open_store(event.name)\r\n\n\tstore.write(event.body)\r\n"


def test_a_file_is_found_by_its_line_its_pair_of_lines_and_a_beginning() -> None:
    index = LineIndex()
    index.put("one.py", "def handle(event):\n    store = open_store(event.name)\n")
    index.put("two.py", "x = 1\nstore = open_store(path)\n")

    assert index.paths_like("def handle(event):\n") == ["one.py"]
    assert index.paths_like("    def handle(event):\nstore = open_store(") == ["one.py", "two.py"]
    assert index.paths_like("def handle(event):\nstore = open_store(event.name)\n") == ["one.py"]
    assert index.paths_like("nothing like this\n") == []


def test_a_changed_file_is_found_by_its_new_text_alone_and_a_removed_one_not_at_all() -> None:
    index = LineIndex()
    index.put("one.py", "first_line()\n")
    index.put("one.py", "second_line()\n")

    assert (index.paths_like("first_line()\n"), index.paths_like("second_line()\n")) == ([], ["one.py"])
    index.remove("one.py")
    assert (index.paths_like("second_line()\n"), index.n_files) == ([], 0)


def test_the_text_comes_back_with_line_feeds_and_its_indentation() -> None:
    index = LineIndex()
    index.put("one.py", HANDLER)
    (file,) = index.files_like("def handle(event):\n", lambda _path: True)

    assert file.text == HANDLER.replace("\r\n", "\n")
    assert file.flat == flatten(HANDLER)


def test_a_file_that_is_no_longer_allowed_is_not_used() -> None:
    index = LineIndex()
    for path in ("one.py", "two.py"):
        index.put(path, "def handle(event):\n")

    assert [file.path for file in index.files_like("def handle(event):\n", lambda path: path != "one.py")] == ["two.py"]


def test_memory_stays_within_its_bound_and_is_used_again() -> None:
    index = LineIndex(max_bytes=20_000)
    texts = [f"def function_{number}(argument):\n    return argument_{number}\n" * 5 for number in range(100)]
    taken = [index.put(f"{number}.py", text) for number, text in enumerate(texts)]
    n_taken = sum(taken)

    assert 0 < n_taken < 100
    assert index.n_bytes <= 20_000
    for number in range(n_taken):
        index.remove(f"{number}.py")
    assert [index.put(f"{number}.py", text) for number, text in enumerate(texts)] == taken


def test_every_line_is_found_however_the_entries_were_merged() -> None:
    index = LineIndex()
    for file in range(40):
        index.put(f"{file}.py", "".join(f"line_{number} = of_file_{file}()\n" for number in range(200)))

    for file in range(40):
        for number in (0, 99, 199):
            assert index.paths_like(f"line_{number} = of_file_{file}()\n")[0] == f"{file}.py"
