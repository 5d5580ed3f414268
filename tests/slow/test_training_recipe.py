"""The whole recipe in small: twenty steps, a file that llama.cpp runs, figures (issue: the model in the box)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="needs the extra `training`")
pytest.importorskip("tokenizers", reason="needs the extra `training`")

from training.data.corpus import Contribution
from training.data.documents import Document, write_corpus
from training.paths import Workplace

SERVER = Path(__file__).parents[2] / "server"
HELD_OUT = "kernel"


@pytest.fixture
def work(tmp_path: Path) -> Workplace:
    """Pylot's own source as a corpus, its smallest room held out."""
    work = Workplace(tmp_path)
    documents = [
        Document(room, path.name, "python", held_out=room == HELD_OUT, text=path.read_text(encoding="utf-8"))
        for path in sorted((SERVER / "pylot").glob("*/**/*.py"))
        for room in [path.relative_to(SERVER / "pylot").parts[0]]
        if path.stat().st_size > 200
    ]
    write_corpus(work.corpus, documents)
    row = Contribution("pylot", "0", "MIT", held_out=False, characters=sum(len(one.text) for one in documents))
    work.table.write_text(json.dumps({"sha256": "", "projects": [asdict(row)]}), encoding="utf-8")
    return work


def train(work: Workplace, step: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "training", step, "--work", str(work.root), "--recipe", "smoke", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(SERVER)}
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=500, check=False)


def test_recipe_runs_from_corpus_to_figures(work: Workplace) -> None:
    done = train(work, "all", "--no-compile", "--processes", "2", "--cases", "4", "--report-seconds", "1")

    assert done.returncode == 0, done.stderr
    assert "tokens of" in done.stdout and "as in training" in done.stdout
    assert "| python, line | 2 |" in done.stdout
    assert len(list(work.run("smoke").root.glob("pylot-tiny-*-q8_0.gguf"))) == 1


def test_slices_add_up_and_a_file_is_gone_on_with(work: Workplace) -> None:
    train(work, "tokenizer")
    first = train(work, "train", "--no-compile", "--slice-seconds", "2", "--budget", "3M")
    second = train(work, "train", "--no-compile", "--slice-seconds", "2", "--budget", "3M")
    train(work, "export")
    file = next(work.run("smoke").root.glob("*.gguf"))
    third = train(work, "train", "--run", "again", "--from-gguf", str(file), "--no-compile", "--slice-seconds", "1")

    assert "resumed" not in first.stdout
    assert "resumed at step" in second.stdout
    assert "resumed at step 0, " in third.stdout
