"""The engine as a process of its own: shared, restarted, left by the last, never in anyone's way."""

from __future__ import annotations

import asyncio
import os
import signal
import stat
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from hashlib import blake2b
from pathlib import Path
from typing import Any

import psutil
import pytest

from pylot.engine import launcher
from pylot.engine.client import EngineClient
from pylot.engine.jobs import CopyParameters, GenerateParameters, Priority, TextPiece
from pylot.engine.launcher import connect_or_start, endpoint_for, find_running
from pylot.engine.link import EngineLink
from pylot.engine.messages import ENGINE
from pylot.engine.process import EngineOptions
from pylot.ipc import launcher as ipc_launcher
from pylot.ipc.endpoint import Endpoint
from pylot.ipc.frames import encode_frame
from pylot.kernel.cancellation import CancellationToken
from pylot.kernel.clock import ManualClock
from pylot.kernel.errors import (
    EngineCrashedError,
    EngineError,
    EngineUnavailableError,
    ModelAbilityError,
    ModelFileError,
    PylotError,
)
from pylot.models.door import SHIPPED_MODELS
from tests.support.random_gguf import CHAT_TEMPLATE, RandomModels, Shape

SERVER = Path(launcher.__file__).parents[2]
OPTIONS = EngineOptions(model=SHIPPED_MODELS["pylot-tiny"], n_threads=1, idle_seconds=0.1)
PROMPT = GenerateParameters(prompt=[TextPiece("def main():\n    ")], max_tokens=8)
ENDLESS = GenerateParameters(prompt=[TextPiece("def main():\n    ")], max_tokens=1_000_000)

Start = Callable[[EngineOptions], "asyncio.Future[EngineClient]"]


@pytest.fixture
def run(own_home: Path) -> Path:
    (own_home / "run").mkdir(mode=0o700)
    return own_home / "run"


@pytest.fixture
async def clients() -> AsyncIterator[list[EngineClient]]:
    opened: list[EngineClient] = []
    yield opened
    for client in opened:
        await client.close()


async def start(run: Path, options: EngineOptions, clients: list[EngineClient]) -> EngineClient:
    client = await connect_or_start(options, run, run)
    clients.append(client)
    return client


async def finish(client: EngineClient, parameters: GenerateParameters = PROMPT) -> str:
    return [event async for event in client.generate(parameters, Priority.COMPLETION)][-1]["done"]  # type: ignore[no-any-return]


async def gone(pid: int) -> None:
    """Wait until a process has ended; one whose parent has not noticed yet counts as ended."""
    async with asyncio.timeout(10):
        while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
            await asyncio.sleep(0.01)


async def test_two_windows_share_one_engine_that_leaves_after_them(run: Path) -> None:
    """Started by the first, however many come at once; left by the last."""
    clients = await asyncio.gather(*(connect_or_start(OPTIONS, run, run) for _ in range(4)))
    pids = {client.pid for client in clients}
    modes = {stat.S_IMODE(path.stat().st_mode) for path in run.glob("*.sock")}
    await asyncio.gather(*(finish(client) for client in clients))
    for client in clients:
        await client.close()

    assert len(pids) == 1
    assert modes == {0o600}
    await gone(pids.pop())
    assert not list(run.glob("*.sock"))


async def test_a_killed_client_counts_as_gone(run: Path) -> None:
    """A connection that breaks in the middle of its work leaves nothing behind."""
    client = await connect_or_start(OPTIONS, run, run)
    stream = client.generate(ENDLESS, Priority.COMPLETION)
    await anext(stream)
    client._writer.transport.abort()
    with pytest.raises(EngineUnavailableError):
        async for _ in stream:
            pass
    await client.close()

    await gone(client.pid)


async def test_cancelling_reaches_the_decode_loop(run: Path, clients: list[EngineClient]) -> None:
    client = await start(run, OPTIONS, clients)
    token = CancellationToken()
    events = []
    async for event in client.generate(replace(ENDLESS, max_tokens=2000), Priority.COMPLETION, token):
        events.append(event)
        token.cancel("test")

    assert events[-1]["done"] == "cancelled"
    assert (await client.status())["jobs"] == 0


async def test_leaving_a_stream_cancels_it(run: Path, clients: list[EngineClient]) -> None:
    client = await start(run, OPTIONS, clients)
    stream = client.generate(replace(ENDLESS, max_tokens=1900), Priority.COMPLETION)
    await anext(stream)
    await stream.aclose()  # type: ignore[attr-defined]
    # The next job is answered although the other one wanted to go on for long.
    await finish(client)

    assert (await client.status())["jobs"] == 0


async def test_a_killed_engine_is_started_again_and_said_once(run: Path) -> None:
    said: list[str] = []
    link = EngineLink(lambda: connect_or_start(OPTIONS, run, run), clock=ManualClock(), say=said.append)
    pids = []
    for _ in range(2):
        client = await link.get()
        pids.append(client.pid)
        stream = client.generate(ENDLESS, Priority.COMPLETION)
        await anext(stream)
        os.kill(client.pid, signal.SIGKILL)
        with pytest.raises(EngineUnavailableError):
            async for _ in stream:
                pass
    answered = await finish(await link.get())
    await link.close()

    assert answered == "length"
    assert len(set(pids)) == 2
    assert said == ["The model's engine stopped; Pylot starts it again."]


async def test_an_engine_that_keeps_crashing_is_left_alone() -> None:
    clock, said = ManualClock(), list[str]()
    link = EngineLink(lambda: never(), clock=clock, say=said.append)
    link._crashes.extend([clock.now] * 4)
    with pytest.raises(EngineUnavailableError, match="crashed 4 times"):
        await link.get()
    with pytest.raises(EngineUnavailableError, match="crashed 4 times"):
        await link.get()

    assert len(said) == 1


async def never() -> EngineClient:
    raise AssertionError("not to be called")


@pytest.mark.parametrize(
    ("options", "kind", "sentence"),
    [
        (replace(OPTIONS, model=Path("/nowhere/model.gguf")), ModelFileError, "There is no model file"),
        (replace(OPTIONS, model=Path(__file__)), ModelFileError, "is no GGUF model"),
    ],
)
async def test_what_cannot_be_loaded_is_said_in_one_sentence(
    run: Path, options: EngineOptions, kind: type[PylotError], sentence: str
) -> None:
    with pytest.raises(kind, match=sentence):
        await connect_or_start(options, run, run)


@pytest.mark.parametrize(
    ("binding", "sentence"),
    [
        ("raise ModuleNotFoundError('llama_cpp')", "is not installed"),
        ("raise RuntimeError('no library')", "does not work"),
        ("import os; os._exit(9)", "stopped while it was starting"),
    ],
)
async def test_a_binding_that_cannot_be_used_is_said_in_one_sentence(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, binding: str, sentence: str
) -> None:
    (tmp_path / "llama_cpp.py").write_text(binding)
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}{os.pathsep}{SERVER}")
    with pytest.raises(EngineError, match=sentence) as refusal:
        await connect_or_start(OPTIONS, run, run)

    assert isinstance(refusal.value, EngineCrashedError) == ("_exit" in binding)


async def test_a_second_engine_leaves_the_address_of_a_live_one_alone(run: Path, clients: list[EngineClient]) -> None:
    """Started by hand, past the launcher's lock."""
    client = await start(run, OPTIONS, clients)
    with pytest.raises(EngineError, match=f"running already: process {client.pid}"):
        endpoint, log_file = endpoint_for(OPTIONS, run), run / "second.log"
        await ipc_launcher.start(endpoint, launcher.command_for(OPTIONS, endpoint, log_file), log_file)
    found = await find_running(OPTIONS, run)
    assert found is not None
    clients.append(found)

    assert found.pid == client.pid


async def test_an_engine_that_takes_too_long_is_ended(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine itself, which is no child of the process that was started."""
    pids: list[int] = []

    async def run_out_of_time(lines: ipc_launcher._Lines) -> None:
        while lines.pid is None:
            await asyncio.sleep(0.01)
        pids.append(lines.pid)
        raise TimeoutError

    monkeypatch.setattr(ipc_launcher._Lines, "answer", run_out_of_time)
    with pytest.raises(EngineError, match="too long"):
        await connect_or_start(replace(OPTIONS, idle_seconds=600.0), run, run)

    await gone(pids[0])


async def test_an_engine_outlives_its_starter_where_there_is_no_fork(
    run: Path, clients: list[EngineClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What Windows does, exercised here."""
    script = "import os, sys; del os.fork; from pylot.cli.main import main; sys.exit(main(sys.argv[1:]))"
    command = launcher.command_for

    def command_without_fork(*arguments: Any) -> list[str]:
        python, _, _, *rest = command(*arguments)
        return [python, "-c", script, *rest]

    monkeypatch.setattr(launcher, "command_for", command_without_fork)
    client = await start(run, OPTIONS, clients)

    assert psutil.Process(client.pid).parent() != psutil.Process()
    assert await finish(client) == "length"


async def test_weights_that_llama_cpp_refuses(run: Path, tmp_path: Path, random_model: RandomModels) -> None:
    """A header may be right and the rest wrong; the engine says so and the caller lives on."""
    path = tmp_path / "model.gguf"
    path.write_bytes(random_model().read_bytes().replace(b"blk.0.attn_q.weight", b"blk.0.attn_x.weight"))
    with pytest.raises(ModelFileError, match=r"llama\.cpp cannot load"):
        await connect_or_start(replace(OPTIONS, model=path), run, run)


async def test_chat_embeddings_and_tokens(run: Path, clients: list[EngineClient], random_model: RandomModels) -> None:
    """Chat uses the file's own template, rendered in the sandbox (H7)."""
    model = random_model(Shape(chat_template=CHAT_TEMPLATE))
    client = await start(run, replace(OPTIONS, model=model), clients)
    events = [event async for event in client.chat([{"role": "user", "content": "hi"}], PROMPT, Priority.CHAT)]
    vectors = await client.embed(["one", "two"], Priority.INDEX)
    tokens = await client.tokenize(["def main"])

    assert events[-1]["done"] == "length"
    assert events[-1]["prompt_tokens"] > 5
    assert [len(vector) for vector in vectors] == [64, 64]
    assert len(tokens[0]) > 1


async def test_a_model_without_template_cannot_chat(run: Path, clients: list[EngineClient]) -> None:
    client = await start(run, OPTIONS, clients)
    with pytest.raises(PylotError, match="no chat template"):
        async for _ in client.chat([{"role": "user", "content": "hi"}], PROMPT, Priority.CHAT):
            pass
    assert issubclass(ModelAbilityError, PylotError)


async def test_loopback_with_a_token_where_there_are_no_unix_sockets(run: Path) -> None:
    """What Windows uses, exercised here: the wrong token gets nothing."""
    endpoint = Endpoint(ENGINE, run, "tcp", use_unix=False)
    greetings: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        greetings.append(await reader.readline())
        writer.close()

    server, _ = await endpoint.listen(serve, endpoint.new_token())
    reader, writer, token = await endpoint.connect()
    writer.write(token.encode() + b"\n")
    await reader.read()
    writer.close()
    mode = stat.S_IMODE(endpoint.address_path.stat().st_mode)
    server.close()
    await server.wait_closed()

    assert len(token) == 64
    assert greetings == [token.encode() + b"\n"]
    assert mode == 0o600


@pytest.mark.parametrize(
    "hello", [{"op": "hello", "version": 1, "token": "wrong"}, {"op": "hello", "version": 99, "token": ""}, {}]
)
async def test_strangers_are_turned_away(run: Path, clients: list[EngineClient], hello: dict[str, object]) -> None:
    client = await start(run, OPTIONS, clients)
    reader, writer, _ = await endpoint_for(OPTIONS, run).connect()
    writer.write(encode_frame(ENGINE, hello) + encode_frame(ENGINE, {"op": "status", "id": "1"}))
    answer = await reader.read()
    writer.close()

    assert b"clients" not in answer
    assert await finish(client) == "length"


async def test_nonsense_on_the_socket_harms_nobody(run: Path, clients: list[EngineClient]) -> None:
    client = await start(run, OPTIONS, clients)
    for message in ({"op": "generate"}, {"op": "nonsense"}, {"op": "embed", "texts": 5}, {"op": "cancel"}):
        client.send({**message, "id": "x"})
    assert await finish(client) == "length"
    found = await find_running(OPTIONS, run)
    assert found is not None
    clients.append(found)
    assert found.pid == client.pid


async def test_texts_are_sent_once_and_copied_from_in_the_same_way_every_time(
    run: Path, clients: list[EngineClient]
) -> None:
    """The reported probability is that of the mixed distribution; what the engine does not have is left out."""
    line = "measured_value = interpolate(table, temperature, pressure)\n"
    client = await start(run, OPTIONS, clients)
    plain = GenerateParameters(prompt=[TextPiece("\n\nmeasured_value = ")], max_tokens=32, stops=["\n"])
    (digest,) = client.name_sources([line])
    copying = replace(plain, copying=CopyParameters(((4, 0.5), (8, 0.95)), (digest,)))
    # Until a text has arrived, generations do without it; then every one gives the same.
    async with asyncio.timeout(30):
        while (events := await generated(client, copying))[-1]["missing_sources"]:
            pass
    unknown = await generated(client, replace(copying, copying=CopyParameters(((8, 0.95),), ("unknown",))))

    assert text_of(events) == line.removeprefix("measured_value = ").rstrip()
    assert min(event["logprob"] for event in events[:-1]) > -0.7
    again = await generated(client, copying)
    assert [(it["text"], it["logprob"]) for it in again[:-1]] == [(it["text"], it["logprob"]) for it in events[:-1]]
    assert client.name_sources([line]) == (digest,)
    assert unknown[-1]["missing_sources"] == ["unknown"]
    assert text_of(unknown) == text_of(await generated(client, plain))


async def test_texts_are_digested_once_however_many_they_are(
    run: Path, clients: list[EngineClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A keystroke must not pay for the megabyte that may be copied from."""
    digested = []

    def counting(data: bytes, *, digest_size: int) -> Any:
        digested.append(data)
        return blake2b(data, digest_size=digest_size)

    monkeypatch.setattr("pylot.engine.client.blake2b", counting)
    client = await start(run, OPTIONS, clients)
    texts = [f"digested = {number}\n" for number in range(50)]
    named = {client.name_sources(list(texts)) for _ in range(3)}

    assert len(named) == 1
    assert len(digested) == len(texts)


async def generated(client: EngineClient, parameters: GenerateParameters) -> list[dict[str, Any]]:
    return [event async for event in client.generate(parameters, Priority.COMPLETION)]


def text_of(events: list[dict[str, Any]]) -> str:
    return "".join(event.get("text", "") for event in events) + str(events[-1]["rest"])
