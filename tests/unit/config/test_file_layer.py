"""T23: whatever is written into a configuration file, the last good version stays in force."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pylot.config.file_layer import LARGEST_FILE, read_layer
from pylot.config.layers import Layer, LayerKind

PREVIOUS = Layer(LayerKind.USER, {"log": {"level": "info"}})


@pytest.mark.parametrize(
    ("name", "content", "values", "lines"),
    [
        ("a.toml", "[log]\nlevel = 'x'\nb.c = 1\n", {"log": {"level": "x", "b": {"c": 1}}}, {("log", "level"): 1}),
        ("a.toml", "\ufefflog = {level = 'x'}", {"log": {"level": "x"}}, {("log",): 0}),
        (
            "a.yaml",
            "log:\n  level: x\n  b:\n    c: 1\n",
            {"log": {"level": "x", "b": {"c": 1}}},
            {("log", "b", "c"): 3},
        ),
        ("a.yml", "# nothing\n", {}, {}),
    ],
)
def test_good_files(tmp_path: Path, name: str, content: str, values: object, lines: dict[tuple[str, ...], int]) -> None:
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")

    layer, problems = read_layer(path, LayerKind.USER)

    assert not problems
    assert layer.values == values
    assert lines.items() <= layer.lines.items()


@pytest.mark.parametrize(
    ("name", "content", "line", "message"),
    [
        ("a.toml", b"[log]\nlevel = secret\n", 1, "not valid TOML"),
        ("a.toml", b"[log]\nlevel = '''", 1, "not valid TOML"),
        ("a.toml", b"a = 1\n\xff\n", 1, "not UTF-8"),
        ("a.toml", b"a = " + b"[" * 100_000, 0, "nested too deeply"),
        ("a.toml", b"#" * (LARGEST_FILE + 1), 0, "larger than 1 MiB"),
        ("a.yaml", b"log:\n  level: [secret\n", 2, "not valid YAML"),
        ("a.yaml", b"a: &a [x]\nb: [*a, *a]\n", 1, "aliases are not supported"),
        ("a.yaml", b"!!python/object/apply:os.system ['secret']\n", 0, "not valid YAML"),
        ("a.yaml", b"[" * 100_000, 0, "nested too deeply"),
        ("a.yaml", b"- secret\n", 0, "sections"),
    ],
)
def test_bad_files_leave_the_last_good_version(
    tmp_path: Path, name: str, content: bytes, line: int, message: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)

    layer, (problem,) = read_layer(path, LayerKind.USER, PREVIOUS)

    assert layer is PREVIOUS
    assert message in problem.message
    assert problem.line == line
    assert "secret" not in problem.sentence
    assert read_layer(path, LayerKind.USER)[0].values == {}


def test_a_missing_file_is_an_empty_layer(tmp_path: Path) -> None:
    assert read_layer(tmp_path / "a.toml", LayerKind.USER, PREVIOUS) == (
        Layer(LayerKind.USER, {}, tmp_path / "a.toml"),
        [],
    )


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs FIFOs")
def test_a_fifo_is_not_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    os.mkfifo(path)

    _, (problem,) = read_layer(path, LayerKind.USER)

    assert "not a regular file" in problem.message
