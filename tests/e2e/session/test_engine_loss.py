"""The engine dies, is shared, and leaves: the issue's fourth point."""

from __future__ import annotations

import os
import signal
import time

import psutil
import pytest

from tests.support.cancelling import SLOW_MODEL, open_file, prepare
from tests.support.editor import Editor, Home
from tests.support.random_gguf import RandomModels
from tests.support.stdio_client import JsonObject

RESTARTED = "The model's engine stopped; Pylot starts it again."


def wait_until_gone(pid: int) -> None:
    try:
        psutil.Process(pid).wait(10)
    except psutil.NoSuchProcess:
        return


def wait_until_working(editor: Editor) -> JsonObject:
    """Wait until the engine has a job."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        provider = editor.engine()
        if provider["engine"]["jobs"]:
            return provider
    raise AssertionError("the engine has nothing to do")


@pytest.mark.skipif(os.name == "nt", reason="there are no signals to kill with")
def test_a_killed_engine_is_started_again(home: Home, random_model: RandomModels) -> None:
    """The completion that was under way is answered, the next one too, and the user hears of it once."""
    prepare(home, random_model(SLOW_MODEL))
    with Editor() as editor:
        pids = [open_file(editor)]
        for _ in range(2):
            editor.type("x")
            waiting = editor.ask_ghost_text(invoked=True)
            pid = wait_until_working(editor)["pid"]
            os.kill(pid, signal.SIGKILL)
            assert editor.answer(waiting)["result"] == {"items": []}
            failed = editor.traces(1)[0]
            editor.type("y")
            assert editor.ghost_texts(invoked=True)
            pids.append(editor.engine()["pid"])
        sentences = editor.sentences()
        editor.leave()

    assert len(set(pids)) == 3
    assert failed["reason"] == "model_failed"
    assert "engine stopped" in failed["sentence"]
    assert sentences == [RESTARTED]


def test_two_servers_share_one_engine_that_leaves_after_them(home: Home) -> None:
    with Editor() as first, Editor() as second:
        pids = []
        for editor in (first, second):
            editor.start()
            editor.show("file:///project/a.py", "import os\n\nvalues = [1, 2]\n‸\n")
            pids.append(editor.load_model())
        n_clients = second.engine()["engine"]["clients"]
        first.leave()
        assert second.ghost_texts(invoked=True)
        assert second.engine()["pid"] == pids[0]
        second.leave()

    assert pids[0] == pids[1]
    assert n_clients == 2
    wait_until_gone(pids[0])
    assert not list((home.folder.parent / "run").glob("*.sock"))


def test_the_engine_leaves_after_a_server_that_was_killed(home: Home) -> None:
    with Editor() as editor:
        editor.start()
        editor.show("file:///project/a.py", "import os\n\nvalues = [1, 2]\n‸\n")
        pid = editor.load_model()

    wait_until_gone(pid)
    assert not list((home.folder.parent / "run").glob("*.sock"))
