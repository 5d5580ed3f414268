"""The engine's side of the socket, in this process: every request is answered once, whoever the client is."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from pylot.engine import socket_server, state_steps
from pylot.engine.client import EngineClient
from pylot.engine.jobs import GenerateParameters, Priority, TextPiece
from pylot.engine.llama_runtime import LlamaRuntime, RuntimeParameters
from pylot.engine.messages import ENGINE, PROTOCOL_VERSION
from pylot.engine.saved_states import SavedStates
from pylot.engine.socket_server import EngineService
from pylot.ipc import connection, frames, service
from pylot.ipc.endpoint import Endpoint
from pylot.ipc.frames import Message, encode_frame, read_frame
from pylot.kernel.errors import EngineError, EngineUnavailableError
from pylot.models.door import SHIPPED_MODELS
from pylot.storage.capped_folder import CappedFolder

HELLO: Message = {"op": "hello", "version": PROTOCOL_VERSION, "token": ""}
CHAT: Message = {"op": "chat", "id": "1", "messages": [], "max_tokens": 4}
ENDLESS: Message = {"op": "generate", "id": "1", "prompt": [{"text": "def main"}], "max_tokens": 1900}


@pytest.fixture(scope="module")
def runtime() -> Iterator[LlamaRuntime]:
    made = LlamaRuntime(SHIPPED_MODELS["pylot-tiny"], RuntimeParameters(n_ctx=2048, n_sequences=2, n_threads=1))
    yield made
    made.close()


class Bench:
    """A service at an address, how many connections have ended, and whether the address is still there."""

    def __init__(self, service: EngineService, endpoint: Endpoint) -> None:
        self.service = service
        self.endpoint = endpoint
        self.ended = asyncio.Semaphore(0)
        self.is_withdrawn = False
        self._writers: list[asyncio.StreamWriter] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self.service.serve_client(reader, writer)
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()
            self.ended.release()

    def withdraw(self) -> None:
        self.is_withdrawn = True

    async def open(self, *sent: Message) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer, _ = await self.endpoint.connect()
        self._writers.append(writer)
        writer.write(b"".join(encode_frame(ENGINE, message) for message in sent))
        return reader, writer

    async def ask(self, *sent: Message) -> list[Message]:
        """Greet and send the rest in one go; return what comes until the first `done`."""
        reader, _ = await self.open(HELLO, *sent)
        answers: list[Message] = []
        while not (answers and "done" in answers[-1]):
            answer = await read_frame(ENGINE, reader)
            assert answer is not None
            answers.append(answer)
        return answers[1:]

    async def one_ended(self) -> None:
        await self.ended.acquire()
        self.ended.release()

    async def greeting(self) -> None:
        while not self.service._n_greeting:
            await asyncio.sleep(0)

    async def close(self) -> None:
        for writer in self._writers:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()
            await self.ended.acquire()


@pytest.fixture
async def bench(runtime: LlamaRuntime, own_home: Path) -> AsyncIterator[Bench]:
    service = EngineService(runtime, token="", idle_seconds=1000)
    made = Bench(service, Endpoint(ENGINE, own_home, "bench"))
    server, address = await made.endpoint.listen(made.serve, "")
    running = asyncio.create_task(service.run_until_idle(made.withdraw))
    yield made
    service.stop()
    await made.close()
    server.close()
    made.endpoint.remove(address)
    await running


async def test_a_chat_cancelled_in_the_same_breath_is_answered(bench: Bench) -> None:
    [answer] = await bench.ask(CHAT, {"op": "cancel", "target": "1"})

    assert (answer["id"], answer["done"]) == ("1", "cancelled")


@pytest.mark.parametrize("error", [OSError("no process"), RuntimeError("surprise")])
async def test_a_chat_that_cannot_be_rendered_is_answered(
    bench: Bench, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: Any, **__: Any) -> str:
        raise error

    monkeypatch.setattr(socket_server, "render_chat", fail)
    [answer] = await bench.ask(CHAT)

    assert answer["done"] == "error"


@pytest.mark.parametrize("wrong", [{"max_tokens": float("inf")}, {"priority": float("inf")}, {"stops": 5}])
async def test_wrong_values_cost_one_answer_and_not_the_connection(bench: Bench, wrong: Message) -> None:
    reader, _ = await bench.open(HELLO, {**ENDLESS, **wrong}, {"op": "status", "id": "2"})
    answers = [await read_frame(ENGINE, reader) for _ in range(3)]

    assert [answer and answer.get("done") for answer in answers] == [None, "error", "stop"]


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"\x00\x00\x20\x00", id="a length over the limit, and no body"),
        pytest.param(encode_frame(ENGINE, {**HELLO, "token": "\ud800"}), id="half a character"),
        pytest.param(
            encode_frame(ENGINE, HELLO) + encode_frame(ENGINE, {"op": "status", "id": "x" * 5000}), id="an endless id"
        ),
    ],
)
async def test_who_does_not_greet_well_is_dropped(bench: Bench, sent: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "_GREETING_SECONDS", 0.05 if not sent else 60.0)
    reader, writer = await bench.open()
    writer.write(sent)
    await bench.one_ended()

    assert b"done" not in await reader.read()
    assert bench.service._n_clients == 0


async def test_an_engine_that_was_about_to_leave_stays_for_a_client_who_is_greeting(bench: Bench) -> None:
    """Nobody is welcomed and then dropped."""
    reader, writer = await bench.open()
    await bench.greeting()
    bench.service._end_idle_time()
    writer.write(encode_frame(ENGINE, HELLO) + encode_frame(ENGINE, {"op": "status", "id": "1"}))
    answers = [await read_frame(ENGINE, reader), await read_frame(ENGINE, reader)]

    assert answers[1] is not None
    assert answers[1]["clients"] == 1
    assert not bench.is_withdrawn


async def test_an_engine_that_has_decided_to_leave_welcomes_nobody(bench: Bench) -> None:
    reader, writer = await bench.open()
    await bench.greeting()
    bench.service.stop()
    writer.write(encode_frame(ENGINE, HELLO))

    assert await reader.read() == b""
    assert bench.is_withdrawn
    with pytest.raises(EngineUnavailableError):
        await EngineClient.connect(bench.endpoint)


async def test_a_stranger_who_goes_lets_the_engine_leave(bench: Bench) -> None:
    """A connection without greeting is no client: it neither stops nor starts the idle time."""
    _, writer = await bench.open()
    await bench.greeting()
    bench.service._end_idle_time()
    stayed = not bench.is_withdrawn
    writer.close()
    await bench.one_ended()

    assert stayed
    assert bench.is_withdrawn


async def test_a_client_who_does_not_read_is_dropped_and_its_work_cancelled(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "_MAX_UNSENT", 1 << 16)
    _, writer = await bench.open(HELLO, ENDLESS)
    writer.transport.pause_reading()  # type: ignore[attr-defined]
    for number in range(40):
        writer.write(encode_frame(ENGINE, {"op": "tokenize", "texts": ["x y " * 10_000], "id": f"t{number}"}))
    await bench.one_ended()

    assert bench.service._n_clients == 0
    assert all(job.cancelled for job in list(bench.service._decoder._jobs.values()))


async def test_what_is_too_long_to_send_is_refused_at_its_sender(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a request nor an answer over the limit costs the connection."""
    client = await EngineClient.connect(bench.endpoint)
    monkeypatch.setattr(frames, "MAX_FRAME_BYTES", 2000)
    with pytest.raises(EngineError, match="longer than"):
        await client.tokenize(["x" * 3000])
    with pytest.raises(EngineError, match="longer than"):
        await client.tokenize(["x y " * 400])
    status = await client.status()
    await client.close()

    assert status["clients"] == 1


async def test_an_engine_leaves_for_another_model_only_when_nobody_else_needs_it(bench: Bench) -> None:
    """I7: another window's engine is never taken away, and neither is one at work."""
    client, other = [await EngineClient.connect(bench.endpoint) for _ in range(2)]
    with_another_window = await client.leave()
    await other.close()
    while bench.service._n_clients > 1:
        await asyncio.sleep(0)
    [_, at_work] = [await bench.open(HELLO, ENDLESS), await client.leave()]
    stayed = not bench.is_withdrawn
    bench._writers[-1].close()
    while bench.service._n_clients > 1:
        await asyncio.sleep(0)
    bench.service._decoder.cancel("job-1")
    while bench.service._decoder.status()["jobs"]:
        await asyncio.sleep(0)
    lost: list[str] = []
    client.on_lost(lambda: lost.append("lost"))
    alone = await client.leave()
    await client.close()

    assert (with_another_window, at_work, stayed, alone) == (False, False, True, True)
    assert (bench.is_withdrawn, lost) == (True, [])


async def test_without_memory_to_compute_in_it_answers_and_leaves(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """I12: clients start it again, with less; to stay would be to fail for ever."""
    monkeypatch.setattr("pylot.engine.llama_runtime.lib.llama_decode", lambda *_: -2)
    [answer] = await bench.ask(ENDLESS)
    await bench.service._stop.wait()

    assert answer["done"] == "error"
    assert answer["error"] == "The model ran out of memory while it answered; its engine starts again."
    assert bench.is_withdrawn


async def test_a_state_survives_the_engine(own_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Saved by one engine and restored by the next; only what was looked up is restored (issue 5)."""
    monkeypatch.setattr(state_steps, "_LEAST_SECONDS", 0)
    folder = CappedFolder(own_home / "states", 1 << 20)
    texts = []
    for _ in range(2):
        parameters = RuntimeParameters(n_ctx=512, n_sequences=2, n_threads=1, keeps_states=True)
        runtime = LlamaRuntime(SHIPPED_MODELS["pylot-tiny"], parameters)
        service = EngineService(runtime, token="", idle_seconds=1000, states=SavedStates(folder, "tiny"))
        endpoint = Endpoint(ENGINE, own_home, "states")
        server, _ = await endpoint.listen(service.serve_client, "")
        running = asyncio.create_task(service.run_until_idle(server.close))
        client = await EngineClient.connect(endpoint)
        prompt = [TextPiece("import os\n\n\ndef main(path):\n    return os.")]

        assert await client.restore_state("a") == 0
        note, n_restored = await client.state_note("a"), await client.restore_state("a")
        asked = GenerateParameters(prompt=prompt, max_tokens=4)
        *tokens, usage = [event async for event in client.generate(asked, Priority.COMPLETION)]
        texts.append((note, n_restored, usage["decoded_tokens"], [token["text"] for token in tokens]))
        assert await client.save_state("a", prompt, "a note") > 0
        await client.close()
        service.stop()
        await running
        runtime.close()

    n_tokens = usage["prompt_tokens"]
    assert [it[:3] for it in texts] == [("", 0, n_tokens), ("a note", n_tokens, 1)]
    assert texts[0][3] == texts[1][3]


async def test_without_a_folder_nothing_is_kept(bench: Bench) -> None:
    asked: Message = {"key": "a", "prompt": [], "note": "", "id": "1"}
    answers = [(await bench.ask({"op": op, **asked}))[0] for op in ("save", "note", "restore", "forget")]

    assert answers == [
        {"id": "1", "done": "stop", "bytes": 0},
        {"id": "1", "done": "stop", "note": ""},
        {"id": "1", "done": "stop", "tokens": 0},
        {"id": "1", "done": "stop"},
    ]
