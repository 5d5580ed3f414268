"""`pylot models` as somebody at a terminal uses it, from an empty home to a fetched model at work (I13-I15)."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pylot.models.catalogue.exam_tasks import FIM_TASKS
from pylot.models.settings import BOXED_EMBEDDER
from tests.support.file_server import FileServer, Reply, cut, honest, whole
from tests.support.random_gguf import CHAT_TEMPLATE, SHIPPED_MODEL, RandomModels, Shape

ROOT = Path(__file__).parents[3]
MODEL = SHIPPED_MODEL.read_bytes()
KNOWN = "qwen2.5-coder-0.5b"


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str

    @property
    def values(self) -> Any:
        return json.loads(self.out)


async def models(*arguments: str, hub: str = "http://127.0.0.1:1") -> Done:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "server"), "HF_ENDPOINT": hub}
    environment |= {"PYLOT_ENGINE__IDLE_SECONDS": "0.2"}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "pylot", "models", *arguments,
        env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode is not None
    return Done(process.returncode, out.decode(), err.decode())


@pytest.fixture
def home(own_home: Path) -> Path:
    return own_home / "home"


@pytest.fixture
def config(home: Path) -> Path:
    """Return the user's file, which has a comment that nobody may lose."""
    path = home / "config" / "pylot.toml"
    path.parent.mkdir(parents=True)
    path.write_text("# mine\n[engine]\nthreads = 1  # not more\n")
    return path


async def local(name: str) -> dict[str, Any]:
    found: list[dict[str, Any]] = (await models("list", "--json")).values["local"]
    return next(each for each in found if each["name"] == name)


async def test_from_nothing_to_a_model_at_work(home: Path, config: Path) -> None:
    async with FileServer(honest(MODEL)) as server:
        pulled = await models("pull", KNOWN, "--use", hub=server.url)
        asked = server.requests[0].path
    listed = await local(KNOWN)
    text = config.read_text()
    settings = tomllib.loads(text)["models"]

    assert pulled.code == 0, pulled.err
    assert f"Asking {server.url.removeprefix('http://')} for {server.url}{asked}" in pulled.out
    assert "licence: Apache-2.0" in pulled.out
    assert "100% of" in pulled.err
    assert (home / "data" / "models" / asked.rsplit("/", 1)[1]).read_bytes() == MODEL
    assert settings["roles"]["complete"] == KNOWN
    assert settings["catalogue"][KNOWN]["card"] == "qwen-coder"
    assert text.startswith("# mine\n[engine]\nthreads = 1  # not more\n")
    assert (listed["origin"], listed["fits"], "complete" in listed["roles"]) == ("configured", True, True)


async def test_a_second_pull_asks_nobody(home: Path) -> None:
    async with FileServer(honest(MODEL)) as server:
        await models("pull", KNOWN, hub=server.url)
        again = await models("pull", KNOWN, "--json", hub=server.url)

    assert len(server.requests) == 1
    assert again.values["name"] == KNOWN
    assert "is here already" in again.err


async def test_a_pull_that_is_cut_goes_on(home: Path) -> None:
    half = cut(whole(MODEL), len(MODEL) // 2)
    async with FileServer(lambda n, r: half if n == 0 else honest(MODEL)(n, r)) as server:
        done = await models("pull", f"{server.url}/tiny.gguf", "--name", "mine")

    assert done.code == 0, done.err
    assert server.requests[1].start == len(MODEL) // 2
    assert (await local("mine"))["file"].endswith("tiny.gguf")


async def test_garbage_changes_nothing(home: Path, config: Path) -> None:
    before = config.read_text()
    async with FileServer(lambda _n, _r: Reply(200, {}, b"<html>")) as server:
        done = await models("pull", KNOWN, hub=server.url)

    assert done.code == 1
    assert "no GGUF model" in done.err
    assert config.read_text() == before
    assert [path.name for path in (home / "data" / "models").iterdir()] == [".download.lock"]


async def test_nothing_is_asked_without_a_command(home: Path) -> None:
    async with FileServer(honest(MODEL)) as server:
        listed = await models("list", hub=server.url)
        used = await models("use", KNOWN, hub=server.url)

    assert server.requests == []
    assert f"  {KNOWN} " in listed.out
    assert (used.code, f"`pylot models pull {KNOWN}` fetches it" in used.err) == (1, True)


async def test_a_missing_model_that_is_needed_stands_out(config: Path) -> None:
    config.write_text(f"[models.roles]\ncomplete = '{KNOWN}'\n")
    listed, used = await models("list"), await models("use", KNOWN)

    assert "needed, but: The configuration names the model" in listed.out
    assert f"`pylot models pull {KNOWN}` fetches it" in used.err


async def test_add_use_and_remove_a_file_of_ones_own(config: Path, tmp_path: Path, random_model: RandomModels) -> None:
    file = random_model(Shape(context=512))
    before = config.read_text()
    added = await models("add", "my.model", str(file), "--card", "generic", "--context", "512")
    used = await models("use", "my.model", "--role", "chat")
    kept = await models("remove", "my.model")
    settings = tomllib.loads(config.read_text())["models"]
    back = await models("use", "pylot-tiny", "--role", "chat")
    removed = await models("remove", "my.model")

    assert (added.code, used.code, kept.code, back.code, removed.code) == (0, 0, 1, 0, 0)
    assert settings["catalogue"]["my.model"] == {"file": str(file), "card": "generic", "context": 512}
    assert "serves chat" in kept.err
    assert file.exists()
    assert config.read_text().startswith(before)
    assert "my.model" not in config.read_text()


async def test_removing_deletes_only_what_lies_in_the_models_folder(home: Path) -> None:
    folder = home / "data" / "models"
    folder.mkdir(parents=True)
    for name in ("a.gguf", "b.gguf"):
        (folder / name).write_bytes(MODEL)
    kept = await models("remove", "a", "--keep-file")
    deleted = await models("remove", "b")

    assert "Its file stays" in kept.out
    assert "is deleted" in deleted.out
    assert [path.name for path in folder.glob("*.gguf")] == ["a.gguf"]


async def test_the_embedder_in_the_box_is_listed_and_serves_its_one_role(config: Path) -> None:
    """F11: it is what `embed` goes back to, and nothing else can be asked of it."""
    other, own, listed = (
        await models("use", BOXED_EMBEDDER, "--role", "chat"),
        await models("use", BOXED_EMBEDDER, "--role", "embed"),
        await models("list"),
    )

    assert (other.code, "serves the role embed only" in other.err) == (1, True)
    assert own.code == 0
    assert f'embed = "{BOXED_EMBEDDER}"' in config.read_text()
    assert any(BOXED_EMBEDDER in line for line in listed.out.splitlines())


async def test_a_found_file_can_be_used_by_its_name(home: Path, config: Path) -> None:
    folder = home / "data" / "models"
    folder.mkdir(parents=True)
    (folder / "Some-Model.gguf").write_bytes(MODEL)
    done = await models("use", "some-model")

    assert done.code == 0, done.err
    assert tomllib.loads(config.read_text())["models"]["catalogue"]["some-model"] == {"file": "Some-Model.gguf"}


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("use", "nothing"), "There is no model 'nothing'"),
        (("add", "pylot-tiny", str(SHIPPED_MODEL)), "There is a model pylot-tiny already"),
        (("add", "a b", str(SHIPPED_MODEL)), "is no name for a model"),
        (("add", "a", str(SHIPPED_MODEL), "--card", "x"), "There is no model card 'x'"),
        (("add", "a", "/nowhere.gguf"), "There is no model file"),
        (("add", "a", __file__), "is no GGUF model"),
        (("pull", "nothing"), "is no known model"),
        (("pull", "http://127.0.0.1:1/pylot-tiny.gguf"), "There is a model pylot-tiny already"),
        (("pull", KNOWN), "cannot be reached"),
        (("pull", KNOWN, "--sha256", "abc"), "64 digits"),
        (("check", KNOWN), "fetches it"),
        (("remove", "nothing"), "There is no model"),
        (("remove", "pylot-tiny"), "is a part of Pylot"),
    ],
)
async def test_what_cannot_be_done_is_one_sentence(arguments: tuple[str, ...], sentence: str, home: Path) -> None:
    done = await models(*arguments)

    assert done.code == 1
    assert sentence in done.err
    assert done.err.count("\n") == 1


async def test_a_yaml_file_is_left_to_its_owner(home: Path) -> None:
    (home / "config").mkdir(parents=True)
    (home / "config" / "pylot.yaml").write_text("engine: {threads: 1}\n")
    done = await models("use", "pylot-tiny")

    assert (done.code, "pylot.yaml" in done.err) == (1, True)
    assert not (home / "config" / "pylot.toml").exists()


async def test_a_link_to_the_settings_stays_a_link(config: Path, tmp_path: Path) -> None:
    (real := tmp_path / "dotfiles.toml").write_text(config.read_text())
    config.unlink()
    config.symlink_to(real)
    await models("use", "pylot-tiny", "--role", "chat")

    assert config.is_symlink()
    assert 'chat = "pylot-tiny"' in real.read_text()


async def test_the_exam_of_the_shipped_model(home: Path) -> None:
    done = await models("check", "pylot-tiny", "--json")

    assert done.code == 1
    assert (done.values["fim"], done.values["chat"], done.values["calls"]) == (True, False, None)
    assert [task["name"] for task in done.values["tasks"]] == [task.name for task in FIM_TASKS]
    assert done.values["leaks"] == []
    assert done.values["generatedTokensPerSecond"] > 0
    assert done.values["promptTokensPerSecond"] > 0
    assert any("gaps" in problem for problem in done.values["problems"])


async def test_the_exam_of_a_model_without_sense(home: Path, random_model: RandomModels) -> None:
    await models("add", "random", str(random_model(Shape(fim=False, chat_template=CHAT_TEMPLATE))))
    done = await models("check", "random")

    assert done.code == 1
    assert "has no fill-in-the-middle tokens" in done.out
    assert "calls no tools" in done.out
    assert "Not suitable for any work." in done.out
