"""Who may take an address away, and who shares one."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from pylot.engine import launcher
from pylot.engine.client import EngineClient
from pylot.engine.launcher import endpoint_for
from pylot.engine.messages import ENGINE
from pylot.engine.process import EngineOptions
from pylot.ipc import launcher as ipc_launcher
from pylot.ipc.endpoint import Endpoint
from pylot.ipc.frames import Message, encode_frame
from pylot.kernel.errors import EngineProtocolError, EngineUnavailableError, PylotError

OPTIONS = EngineOptions(model=Path("/models/a.gguf"))


@pytest.mark.parametrize("use_unix", [True, False])
async def test_a_leaving_engine_does_not_take_the_address_of_a_newer_one(own_home: Path, use_unix: bool) -> None:
    endpoint = Endpoint(ENGINE, own_home, "engine", use_unix=use_unix)

    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    older, older_address = await endpoint.listen(serve, "older")
    newer, newer_address = await endpoint.listen(serve, "newer")
    endpoint.remove(older_address)
    reader, writer, _ = await endpoint.connect()
    await reader.read()
    writer.close()
    await writer.wait_closed()
    endpoint.remove(newer_address)
    for server in (older, newer):
        server.close()
        await server.wait_closed()

    with pytest.raises(EngineUnavailableError):
        await endpoint.connect()


async def test_a_socket_in_a_folder_that_is_not_the_users_own_is_not_spoken_to(own_home: Path) -> None:
    """Whoever could put one there would be shown the user's code."""
    (own_home / "private").mkdir()
    (own_home / "link").symlink_to(own_home / "private")
    endpoint = Endpoint(ENGINE, own_home / "link", "engine")

    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    server, _ = await endpoint.listen(serve, "")
    with pytest.raises(EngineUnavailableError):
        await endpoint.connect()
    server.close()
    await server.wait_closed()


def test_windows_share_an_engine_unless_it_would_be_another(monkeypatch: pytest.MonkeyPatch) -> None:
    """How long it stays makes no difference; another version of Pylot gets an engine of its own."""
    here = endpoint_for(OPTIONS, Path())
    patient = endpoint_for(replace(OPTIONS, idle_seconds=600.0), Path())
    longer = endpoint_for(replace(OPTIONS, n_ctx=8192), Path())
    monkeypatch.setattr(launcher, "__version__", "99.0")
    newer = endpoint_for(OPTIONS, Path())
    monkeypatch.setattr(launcher, "PROTOCOL_VERSION", 99)

    assert patient == here
    assert len({here, longer, newer, endpoint_for(OPTIONS, Path())}) == 4


@pytest.mark.parametrize(
    ("welcome", "kind"),
    [
        (None, EngineUnavailableError),
        ({"error": "version"}, EngineProtocolError),
        ({"welcome": True}, EngineProtocolError),
        ({"welcome": True, "pid": 1, "facts": 5}, EngineProtocolError),
        ({"welcome": True, "pid": 1, "facts": {"path": ""}}, EngineProtocolError),
    ],
)
async def test_a_greeting_that_fails_leaves_no_connection(
    own_home: Path, welcome: Message | None, kind: type[PylotError]
) -> None:
    endpoint, ended = Endpoint(ENGINE, own_home, "engine"), asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(encode_frame(ENGINE, welcome) if welcome is not None else b"")
        await reader.read()
        writer.close()
        await writer.wait_closed()
        ended.set()

    server, address = await endpoint.listen(serve, "")
    with pytest.raises(kind):
        await EngineClient.connect(endpoint, 0.2)
    await asyncio.wait_for(ended.wait(), 10)
    server.close()
    endpoint.remove(address)


@pytest.mark.parametrize(("size", "kept"), [(10, 10), ((1 << 20) + 1, 0)])
def test_a_log_goes_on_until_it_is_long(tmp_path: Path, size: int, kept: int) -> None:
    path = tmp_path / "logs" / "engine.log"
    ipc_launcher._open_log(path).close()
    path.write_bytes(b"x" * size)
    with ipc_launcher._open_log(path) as log:
        log.write(b"y")

    assert path.stat().st_size == kept + 1
    assert path.with_suffix(".log.1").exists() == (kept == 0)
