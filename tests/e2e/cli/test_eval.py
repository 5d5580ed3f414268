"""`pylot eval fim` as somebody at a terminal uses it: the real process, the real engine, a small repository."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

ROOT = Path(__file__).parents[3]
CODE = "import os\n\n\n" + "".join(
    f"def read_{name}(folder):\n    path = os.path.join(folder, '{name}')\n    with open(path) as file:\n"
    f"        return file.read()\n\n\n"
    for name in ("alpha", "beta", "gamma", "delta", "epsilon")
)
ENVIRONMENT = {"PYTHONPATH": str(ROOT / "server"), "PYLOT_ENGINE__IDLE_SECONDS": "0.2", "PYLOT_ENGINE__THREADS": "1"}


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "one.py").write_text(CODE)
    (folder / "two.py").write_text(CODE.replace("read_", "load_").replace("folder", "place"))
    return folder


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "pylot", "eval", "fim", *arguments]


def pylot_eval(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*arguments), env={**os.environ, **ENVIRONMENT}, capture_output=True, text=True, timeout=120, check=False
    )


def content(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_models_are_measured_beside_the_predictor(repository: Path, tmp_path: Path, own_home: Path) -> None:
    """Issue 4: the whole pipeline on the user's own code, as a table, as JSON and as a plot, without a trace of it."""
    before = content(repository)
    models = "pylot-tiny,pylot-tiny:alone,predictor"
    done = pylot_eval(
        str(repository),
        "--cases",
        "10",
        "--models",
        models,
        "--json",
        "--plot",
        str(tmp_path / "plot.svg"),
        "--calibrate",
    )
    value = json.loads(done.stdout)
    both, alone, predictor = value["models"]

    assert done.returncode == 0, done.stderr
    assert [each["name"] for each in value["models"]] == models.split(",")
    assert {each["cases"] for each in value["models"]} == {10}
    assert predictor["exact"]["lines"]["value"] > 0
    assert predictor["firstTokenMs"]["p50"] is None
    assert alone["editSimilarity"] > 0
    assert alone["firstTokenMs"]["p50"] > 0
    assert set(alone["sources"]) <= {"model"}
    assert both["problem"] == ""
    assert set(value["calibration"]) == {"model", "copier", "agreement"}
    assert ET.parse(tmp_path / "plot.svg").getroot().tag.endswith("svg")
    assert content(repository) == before
    assert not list((own_home / "home").rglob("learning.json"))


def test_the_table_is_the_same_for_the_same_seed(repository: Path) -> None:
    arguments = [str(repository), "--cases", "8", "--models", "predictor", "--seed", "7"]
    pages = [pylot_eval(*arguments).stdout.splitlines() for _ in range(2)]
    rows = [[line for line in page if "p50" not in line] for page in pages]

    assert rows[0] == rows[1]
    assert "both kinds of line exactly" in "\n".join(rows[0])


def test_what_was_taken_out_cannot_be_copied_from_the_file_on_disk(tmp_path: Path) -> None:
    """Every line stands only once, so a predictor that is ever right has seen what it must not see."""
    names = [
        "alpha",
        "bravo",
        "charlie",
        "delta",
        "echo",
        "foxtrot",
        "golf",
        "hotel",
        "india",
        "juliett",
        "kilo",
        "lima",
    ]
    unique = [f"{first}_{second}({second}_{first})" for first in names for second in names if first != second]
    (tmp_path / "unique.py").write_text("\n".join(unique) + "\n")
    value = json.loads(pylot_eval(str(tmp_path), "--cases", "20", "--models", "predictor", "--json").stdout)

    assert value["models"][0]["exact"]["line"]["value"] == 0.0


@pytest.mark.parametrize(
    ("files", "arguments", "sentence"),
    [
        (None, (), "There is no folder"),
        ({}, (), "holds no code that something could be taken out of"),
        ({"notes.md": "words\n" * 50}, (), "holds no code"),
        ({"a.py": "x = 1\n"}, (), "holds no code"),
        ({"a.py": CODE, ".pylotignore": "*"}, (), "1 files are left out: The file is named in .pylotignore."),
        ({"a.py": CODE}, ("--models", "nosuch"), "names the model 'nosuch', but Pylot knows only"),
        ({"a.py": CODE}, ("--models", "predictor,,"), "Name at least one model"),
        ({"a.py": CODE}, ("--languages", "klingon"), "Pylot knows no language 'klingon'."),
        ({"a.py": CODE}, ("--models", "predictor", "--calibrate"), "one model with :alone"),
        ({"a.py": CODE}, ("--models", "predictor", "--plot", "/nowhere/p.svg"), "The plot cannot be written"),
    ],
)
def test_bad_input_gets_one_sentence(
    tmp_path: Path, files: dict[str, str] | None, arguments: tuple[str, ...], sentence: str
) -> None:
    folder = tmp_path / "project"
    if files is not None:
        folder.mkdir()
    for name, text in (files or {}).items():
        (folder / name).write_text(text)
    done = pylot_eval(str(folder), "--cases", "3", *arguments)
    said = [line for line in done.stderr.splitlines() if " of " not in line]

    assert done.returncode == 1
    assert len(said) == 1
    assert sentence in said[0]


def test_a_server_that_is_not_there_gets_one_sentence(repository: Path, own_home: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{taken.getsockname()[1]}"
        folder = own_home / "home" / "config"
        folder.mkdir(parents=True)
        (folder / "pylot.toml").write_text(
            f'[models.providers.box]\nkind = "llama-server"\nbase_url = "{address}"\n'
            '[models.logical.coder]\ngroups = [[{ provider = "box" }]]\n'
        )
        done = pylot_eval(str(repository), "--cases", "3", "--models", "coder")

    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "The model 'coder' cannot be evaluated" in done.stderr


def test_an_unreadable_file_is_left_out_and_said(repository: Path) -> None:
    (repository / "gone.py").symlink_to(repository / "nowhere.py")
    done = pylot_eval(str(repository), "--cases", "3", "--models", "predictor")

    assert done.returncode == 0
    assert "1 files in" in done.stderr


@pytest.mark.skipif(os.name != "posix", reason="Ctrl-C is sent as a signal")
def test_an_interrupt_gives_the_figures_so_far(repository: Path) -> None:
    (repository / "many.py").write_text("".join(CODE.replace("read_", f"read_{number}_") for number in range(60)))
    arguments = command(str(repository), "--cases", "600", "--models", "predictor", "--json")
    running = subprocess.Popen(
        arguments, env={**os.environ, **ENVIRONMENT}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert running.stderr is not None
    assert "predictor" in running.stderr.readline()
    running.send_signal(signal.SIGINT)
    output, errors = running.communicate(timeout=60)

    assert running.returncode == 0
    assert "Interrupted; these are the figures so far." in errors
    assert 150 <= json.loads(output)["models"][0]["cases"] < 600
