"""`pylot bench` as somebody at a terminal uses it: the real processes on the shipped model."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from pylot.bench.bars import EMBEDDED, LIBRARY, OVER_SERVER, PLUGIN, TUNED
from tests.support.model_servers import llama_server_program

ROOT = Path(__file__).parents[3]
ENVIRONMENT = {"PYTHONPATH": str(ROOT / "server"), "PATH": str(Path(sys.executable).parent)}
ONE_TRACE = ("--quick", "--threads", "1", "--traces", "accepting-typescript")


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "pylot", "bench", *arguments]


def pylot_bench(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*arguments), env={**os.environ, **ENVIRONMENT}, capture_output=True, text=True, timeout=120, check=False
    )


@pytest.mark.slow
@pytest.mark.parametrize("contenders", [(EMBEDDED, OVER_SERVER, PLUGIN, TUNED, LIBRARY)])
def test_everybody_answers_the_same_keys(contenders: tuple[str, ...], tmp_path: Path, own_home: Path) -> None:
    """Issue 5: five contenders in one run on one model, as a table, as JSON and as a plot."""
    files = [str(tmp_path / "found.json"), str(tmp_path / "plot.svg")]
    server = str(llama_server_program())
    done = pylot_bench(*ONE_TRACE, "--no-single", "--llama-server", server, "--json", files[0], "--plot", files[1])

    assert done.returncode == 0, done.stderr
    found = json.loads(Path(files[0]).read_text())
    assert [each["name"] for each in found["contenders"]] == list(contenders)
    assert {each["keys"] for each in found["contenders"]} == {3}
    assert all(each["peak_bytes"] > 10_000_000 for each in found["contenders"])
    decoded = {
        (key["contender"], key["index"]): key["answer"]["decoded_tokens"]
        for key in found["keys"]
        if key["answer"]["first_ms"] is not None
    }
    # Who puts the prefix first reads all after the cursor again; Pylot what was typed, in both of its ways.
    # (With its ring of chunks the plugin's prompt is longer than the context of the shipped model.)
    assert decoded[LIBRARY, 1] > 100
    assert all(n_tokens <= 4 for (who, index), n_tokens in decoded.items() if index and who in (EMBEDDED, OVER_SERVER))
    assert "bar" in done.stdout
    assert ET.parse(files[1]).getroot().tag.endswith("svg")
    assert not any(own_home.rglob("*.json"))


@pytest.mark.slow
def test_pylot_alone_is_measured_without_a_server(tmp_path: Path, own_home: Path) -> None:
    file = tmp_path / "found.json"
    done = pylot_bench(*ONE_TRACE, "--no-pace", "--contenders", "pylot,tuned-infill", "--json", str(file))

    assert done.returncode == 0, done.stderr
    found = json.loads(file.read_text())
    assert "Left out for want of a llama-server (name one with --llama-server): tuned-infill." in found["leftOut"]
    assert found["single"]["per token outside llama_decode, ms"] > 0
    assert found["single"]["all but the model, 200 lines, p50, ms"] > 0


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--model", "{folder}/none.gguf"], "There is no model file at"),
        (["--model", "{folder}/text.gguf"], "is no GGUF model"),
        (["--model", "nothing"], "There is no model 'nothing'"),
        (["--traces", "nothing"], "There is no trace 'nothing'"),
        (["--contenders", "nothing"], "There is no contender 'nothing'"),
        (["--contenders", "llama.vscode"], "No llama-server was found"),
        (["--llama-server", "{folder}/none"], "There is no llama-server at"),
        (["--llama-server", "{folder}/text.gguf", "--contenders", "tuned-infill"], "llama-server"),
        (["--json", "{folder}/none/found.json"], "There is no folder"),
        (["--keys", "-1"], "--keys"),
    ],
)
def test_what_cannot_be_measured_is_one_sentence(
    arguments: list[str], sentence: str, tmp_path: Path, own_home: Path
) -> None:
    (tmp_path / "text.gguf").write_text("no model")
    done = pylot_bench(*(argument.format(folder=tmp_path) for argument in arguments))

    assert done.returncode in (1, 2)
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(os.name != "posix", reason="Ctrl-C is sent as a signal")
def test_an_interrupted_run_keeps_its_figures(tmp_path: Path, own_home: Path) -> None:
    file = tmp_path / "found.json"
    arguments = ("--contenders", "pylot", "--no-pace", "--no-single", "--threads", "1", "--json", str(file))
    running = subprocess.Popen(
        command(*arguments),
        env={**os.environ, **ENVIRONMENT},
        text=True,
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert running.stderr is not None
    # The first quarter of the answers is in.
    while not running.stderr.readline().startswith("answers:"):
        assert running.poll() is None
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=60)

    assert running.returncode == 0, err
    assert "Interrupted: these are the figures so far." in out
    assert 0 < len(json.loads(file.read_text())["keys"]) < 200
