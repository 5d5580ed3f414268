"""The command line as somebody at a terminal uses it: the real process, its output and its exit code."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from pylot.cli.main import ALONE, COMMANDS, build_parser

ROOT = Path(__file__).parents[3]
CODE = (
    "import os\n\n\ndef first(path):\n    return os.path.join(path, 'a')\n\n\ndef second(path):\n    return os.path.jo"
)


def pylot(*arguments: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "server"), "PYLOT_ENGINE__IDLE_SECONDS": "0.2"}
    command = [sys.executable, "-m", "pylot", *arguments]
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_has_help(command: str) -> None:
    done = pylot(command, "--help")

    assert done.returncode == 0
    assert COMMANDS[command].split(",")[0].split(";")[0] in " ".join(done.stdout.split())


@pytest.mark.parametrize(
    "verb", [["agent", "tasks"], ["approvals", "answer"], ["tools", "accept"], ["agent", "forget"]]
)
def test_a_verb_says_what_it_does(verb: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        build_parser(verb[0]).parse_args([*verb, "--help"])
    usage, said, *_ = capsys.readouterr().out.split("\n\n")

    assert usage.startswith("usage: ")
    assert said.endswith(".")


def test_without_a_command_the_usage_is_shown() -> None:
    done = pylot()

    assert done.returncode == 2
    assert "usage: pylot" in done.stderr


@pytest.mark.parametrize("command", sorted(ALONE))
def test_a_command_with_verbs_shows_what_there_is(command: str) -> None:
    """Sentences and pages name `pylot models` and the like as they are spoken."""
    assert pylot(command).returncode == 0


def test_complete_says_where_the_text_came_from(tmp_path: Path) -> None:
    file = tmp_path / "code.py"
    file.write_text(CODE)
    done = pylot("complete", f"{file}:9:22", "--json", cwd=tmp_path)
    answer = json.loads(done.stdout)

    assert done.returncode == 0, done.stderr
    assert "in(path, 'a')" in [suggestion["text"] for suggestion in answer["suggestions"]]
    # Where both say the same, it is shown once, from whichever is surer.
    assert {suggestion["source"] for suggestion in answer["suggestions"]} <= {"copy", "model"}
    assert {step["name"] for step in answer["trace"]["steps"]} >= {"copy", "generate"}
    assert answer["trace"]["promptTokens"]["typed"] > 0


def test_complete_explains_silence(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("PASSWORD=\n")
    done = pylot("complete", f"{file}:1:10", "--explain", cwd=tmp_path)

    assert done.returncode == 1
    assert "No suggestion: This file is excluded from completion." in done.stdout
    assert "gate" in done.stdout


@pytest.mark.parametrize(
    ("place", "sentence"),
    [
        ("code.py", "is no place"),
        ("code.py:0:1", "is no place"),
        ("code.py:x:1", "is no place"),
        ("nowhere.py:1:1", "There is no file"),
        (".:1:1", "no text file"),
        ("code.py:99:1", "there is no line 99"),
    ],
)
def test_complete_refuses_a_wrong_place_in_one_sentence(place: str, sentence: str, tmp_path: Path) -> None:
    (tmp_path / "code.py").write_text(CODE)
    done = pylot("complete", place, cwd=tmp_path)

    assert done.returncode == 1
    assert sentence in done.stderr
    assert done.stderr.count("\n") == 1


def test_configuration_from_nothing_to_mended(own_home: Path) -> None:
    """(M2, M4)"""
    folder = Path(pylot("config", "path").stdout.strip())
    created, again = pylot("config", "init"), pylot("config", "init")
    good = pylot("config", "check")
    (folder / "pylot.toml").write_text('[completion]\neagerness = "loud"\n')
    bad = pylot("config", "check", "--json")
    shown = pylot("config", "show", "--json")

    assert folder.is_relative_to(own_home)
    assert created.stdout.startswith("Created")
    assert "stays as it is" in again.stdout
    assert (good.returncode, bad.returncode) == (0, 1)
    assert "completion.eagerness" in json.loads(bad.stdout)["problems"][0]
    assert json.loads(shown.stdout)["completion"]["eagerness"] == "balanced"


def test_doctor_finds_everything_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYLOT_INDEX__ENABLED", "true")
    done = pylot("doctor", "--json")
    findings = json.loads(done.stdout)

    assert done.returncode == 0, findings
    # A GPU that the build leaves alone is worth a note, so is a machine that has no sandbox, and the shipped model
    # does not chat.
    noted = ("Hardware", "Sandbox", "Agents")
    assert {finding["verdict"] for finding in findings if finding["part"] not in noted} == {"good"}
    assert [finding["verdict"] for finding in findings if finding["part"] == "Agents"] == ["note"]


def test_doctor_names_the_next_step(own_home: Path) -> None:
    (own_home / "home" / "config").mkdir(parents=True)
    (own_home / "home" / "config" / "pylot.toml").write_text('[models.roles]\ncomplete = "nothing"\n')
    done = pylot("doctor")

    assert done.returncode == 1
    assert "FIX   Model" in done.stdout
    assert "next: " in done.stdout


def test_a_server_that_is_not_there_is_named(own_home: Path, tmp_path: Path) -> None:
    """Both by doctor, which asks for no file of it, and where a suggestion was wanted (H16)."""
    (own_home / "home" / "config").mkdir(parents=True)
    (own_home / "home" / "config" / "pylot.toml").write_text(
        '[models.roles]\ncomplete = "far"\n[models.logical.far]\ngroups = [[{provider = "here", model = ""}]]\n'
        '[models.providers.here]\nkind = "llama-server"\nbase_url = "http://127.0.0.1:9"\n'
    )
    done = pylot("doctor")

    assert "ok    Model" in done.stdout
    assert "FIX   Ghost text" in done.stdout
    (tmp_path / "code.py").write_text("import os\n")
    said = pylot("complete", "code.py:2:1", cwd=tmp_path).stdout
    why = "The model failed to answer. here (http://127.0.0.1:9) cannot be reached: nothing answers there."
    assert said == f"No suggestion: {why}\n"


def test_status_without_an_engine() -> None:
    assert "No engine is running" in pylot("status").stdout


def test_the_demo_shows_both_sources() -> None:
    """The whole path on the shipped model and the local predictor, with what was reused."""
    done = pylot("demo", "--json")
    figures = json.loads(done.stdout)

    assert done.returncode == 0, done.stderr
    assert all(count > 0 for count in figures["bySource"].values())
    assert figures["accepted"] > 0
    assert figures["reusedShare"] > 0.95


def test_the_demo_without_a_terminal_is_plain_text() -> None:
    done = pylot("demo")

    assert "⟦" in done.stdout
    assert "\x1b" not in done.stdout
    assert "prompt reused" in done.stdout


def test_parse_says_what_a_file_holds(tmp_path: Path) -> None:
    """(L1)"""
    file = tmp_path / "code.py"
    file.write_text(CODE)
    values = json.loads(pylot("parse", str(file), "--json").stdout)
    plain = pylot("parse", str(file))
    unknown = pylot("parse", str(file), "--language", "latin")

    assert [each["qualified"] for each in values["definitions"]] == ["first", "second"]
    assert [each["name"] for each in values["scopes"]] == ["", "first", "second"]
    [path] = [each for each in values["scopes"][1]["names"] if each["name"] == "path"]
    assert path["definitions"] == [{"line": 4, "column": 11}]
    assert path["references"] == [{"line": 5, "column": 25}]
    assert "def first(path)" in plain.stdout
    assert (unknown.returncode, unknown.stderr) == (1, "pylot: Pylot knows no language of this name.\n")


@pytest.mark.parametrize(
    "command",
    [["config", "init"], ["map"], ["index"], ["search", "x"], ["agent", "tasks"], ["approvals", "list"]],
    ids=" ".join,
)
def test_a_folder_that_cannot_be_written_costs_one_sentence(
    own_home: Path, monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    (own_home / "home").write_text("in the way of every folder of Pylot's")
    monkeypatch.setenv("PYLOT_INDEX__ENABLED", "true")
    done = pylot(*command, cwd=own_home)

    assert done.returncode == 1
    assert done.stderr.startswith("pylot: ")
    assert done.stderr.splitlines()[0].endswith(": Not a directory.")
    assert "Traceback" not in done.stderr


def test_names_that_a_terminal_would_obey_are_shown(tmp_path: Path) -> None:
    """(T25)"""
    name = "\x1b[8mhidden.py"
    (tmp_path / name).write_text("def first(): pass\n")
    done = pylot("complete", f"{name}:9:1", cwd=tmp_path)

    assert done.stderr == "pylot: ⟨U+001B⟩[8mhidden.py has 2 lines; there is no line 9.\n"


def test_a_terminal_without_unicode_gets_escapes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "code.py").write_text("def größe(): pass\n", encoding="utf-8")
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    shown, values = pylot("parse", "code.py", cwd=tmp_path), pylot("parse", "code.py", "--json", cwd=tmp_path)

    assert "def gr\\xf6\\xdfe()" in shown.stdout
    assert [it["name"] for it in json.loads(values.stdout)["definitions"]] == ["größe"]
