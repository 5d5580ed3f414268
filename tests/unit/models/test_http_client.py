"""Requests to a model server: where they may go, how they fail, and what is kept out of the log (H16, P1, P4)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from pylot.kernel.errors import (
    ConfigError,
    ModelAbilityError,
    ProviderAuthError,
    ProviderError,
    ProviderModelMissingError,
    ProviderRateLimitedError,
    ProviderRequestError,
    ProviderUnavailableError,
    PylotError,
)
from pylot.models.http.address import parse_address
from pylot.models.http.client import HttpClient
from pylot.models.http.failures import FieldsRefusedError, retry_after, status_error
from pylot.models.settings import ProviderSettings
from tests.support.faulty_server import MODES, RETRY_AFTER, FaultyServer, Mode, faulty_server


@pytest.fixture
async def server() -> AsyncIterator[FaultyServer]:
    async with faulty_server() as server:
        yield server


@pytest.fixture
async def client(server: FaultyServer) -> AsyncIterator[HttpClient]:
    client = client_of(server)
    yield client
    await client.close()


def client_of(server: FaultyServer, **settings: object) -> HttpClient:
    return HttpClient("box", ProviderSettings.model_validate({"base_url": server.url, **settings}))


async def stream(client: HttpClient) -> list[str]:
    return [data async for data in client.events("/v1/completions", {})]


@pytest.mark.parametrize(
    ("url", "remote", "expected"),
    [
        ("http://127.0.0.1:8080", False, "http://127.0.0.1:8080"),
        ("http://localhost/v1/", False, "http://localhost"),
        ("http://[::1]:1", False, "http://[::1]:1"),
        ("http://127.9.9.9", False, "http://127.9.9.9"),
        ("unix:/run/llama.sock", False, "unix:/run/llama.sock"),
        ("https://api.example.com/v1", True, "https://api.example.com"),
        ("https://api.example.com/v1", False, "not this machine"),
        ("http://192.168.1.4:8000", False, "not this machine"),
        ("http://0.0.0.0:8000", False, "not this machine"),
        ("http://127.0.0.1.example.com", False, "not this machine"),
        ("http://localhost.example.com", False, "not this machine"),
        ("http://2130706433", False, "not this machine"),
        ("http://user:key@127.0.0.1", False, "may hold no user"),
        ("http://127.0.0.1/?key=1", False, "may hold no user"),
        ("127.0.0.1:8080", False, "must begin with"),
        ("ftp://127.0.0.1", False, "must begin with"),
        ("http://127.0.0.1:port", False, "is no address"),
        ("", False, "must begin with"),
    ],
)
def test_only_this_machine_unless_the_user_says_so(url: str, remote: bool, expected: str) -> None:
    if " " in expected:
        with pytest.raises(ConfigError, match=expected):
            parse_address("box", url, remote=remote)
    else:
        assert parse_address("box", url, remote=remote).origin == expected


EXPECTED: dict[Mode, tuple[type[PylotError], str]] = {
    "refuse": (ProviderUnavailableError, "cannot be reached: nothing answers there"),
    "cut": (ProviderUnavailableError, "broke off"),
    "bad utf-8": (ProviderUnavailableError, "bytes that are no text"),
    "web page": (ProviderUnavailableError, "a page instead of a stream"),
    "status 401": (ProviderAuthError, "does not accept the key"),
    "status 429": (ProviderRateLimitedError, "takes no more requests for now"),
    "status 500": (ProviderUnavailableError, "failed \\(status 500\\)"),
    "too long": (ProviderRequestError, "the prompt is too long"),
    "huge event": (ProviderUnavailableError, "an endless line"),
    "huge answer": (ProviderUnavailableError, "more than 8 MiB"),
    "wrong model": (ProviderModelMissingError, "does not have the model"),
}


@pytest.mark.parametrize("mode", EXPECTED)
async def test_each_fault_is_one_sentence(server: FaultyServer, client: HttpClient, mode: Mode) -> None:
    await server.be(mode)
    kind, words = EXPECTED[mode]

    with pytest.raises(kind, match=rf"^box \({server.url}\) .*{words}.*\.$") as caught:
        await stream(client)

    assert type(caught.value) is kind or isinstance(caught.value, FieldsRefusedError)


@pytest.mark.parametrize("mode", ["bad json", "bad utf-8", "huge answer", "web page"])
async def test_answers_that_are_no_json(server: FaultyServer, client: HttpClient, mode: Mode) -> None:
    await server.be(mode)

    with pytest.raises(ProviderUnavailableError, match="garbage"):
        await client.get("/props")


@pytest.mark.parametrize("mode", ["hang", "trickle"])
async def test_time_is_bounded(server: FaultyServer, mode: Mode) -> None:
    await server.be(mode)
    client = client_of(server, read_seconds=0.05, total_seconds=0.1)
    with pytest.raises(ProviderUnavailableError, match=r"was silent for 0.05 s|did not answer within 0.1 s"):
        await client.get("/props")
    await client.close()


async def test_a_server_recovers_in_every_mode(server: FaultyServer, client: HttpClient) -> None:
    for mode in MODES:
        await server.be(mode)
        task = asyncio.create_task(stream(client))
        await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await server.be("good")

        assert (await stream(client))[-1] == "[DONE]"


async def test_rate_limit_carries_the_wait(server: FaultyServer, client: HttpClient) -> None:
    await server.be("status 429")
    with pytest.raises(ProviderRateLimitedError) as caught:
        await client.get("/v1/models")

    assert caught.value.retry_after == RETRY_AFTER


async def test_a_connection_is_used_again(server: FaultyServer, client: HttpClient) -> None:
    for _ in range(3):
        await client.get("/props")
        await stream(client)

    assert server.n_connections == client.n_connections == 1


async def test_a_dropped_idle_connection_costs_one_retry(server: FaultyServer, client: HttpClient) -> None:
    server.drops_after = 1
    for _ in range(3):
        await client.get("/props")

    assert server.requests == ["/props"] * 3
    assert server.n_connections <= 5


async def test_a_fresh_connection_that_breaks_is_not_tried_again(server: FaultyServer, client: HttpClient) -> None:
    server.drops_after = 0
    with pytest.raises(ProviderUnavailableError, match="broke off"):
        await client.get("/props")

    assert server.n_connections == 1


async def test_a_unix_socket(server: FaultyServer, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("s") / "s"
    listening = await asyncio.start_unix_server(server._serve, path)
    client = HttpClient("box", ProviderSettings(base_url=f"unix:{path}"))

    assert "model_alias" in await client.get("/props")
    await client.close()
    listening.close()


@pytest.mark.parametrize(
    ("settings", "environment", "expected"),
    [
        ({}, {}, None),
        ({"api_key_env": "BOX_KEY"}, {"BOX_KEY": " sk-1\n"}, "Bearer sk-1"),
        ({"api_key_env": "BOX_KEY"}, {}, "the environment variable BOX_KEY is empty"),
        ({"api_key_env": "BOX_KEY"}, {"BOX_KEY": "sk\n1"}, "characters that no key has"),
        ({"api_key_keyring": "pylot:box"}, {}, "Bearer of-pylot-box"),
        ({"api_key_keyring": "other:box"}, {}, "keyring does not give out the key"),
        ({"api_key_keyring": "empty:box"}, {}, "the keyring entry empty:box is empty"),
    ],
)
async def test_keys(
    server: FaultyServer,
    monkeypatch: pytest.MonkeyPatch,
    settings: dict[str, str],
    environment: dict[str, str],
    expected: str | None,
) -> None:
    """A key comes from the environment or the keyring and is sent as a bearer token (H6)."""
    monkeypatch.setattr("pylot.models.http.keys.importlib.import_module", lambda name: FakeKeyring)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    client = client_of(server, **settings)
    if expected is None or expected.startswith("Bearer"):
        await client.get("/props")
        assert server.keys == [expected]
    else:
        with pytest.raises(ProviderAuthError, match=expected):
            await client.get("/props")
    await client.close()


class FakeKeyring:
    @staticmethod
    def get_password(service: str, user: str) -> str | None:
        if service == "other":
            raise RuntimeError("locked")
        return f"of-{service}-{user}" if service == "pylot" else None


async def test_a_missing_keyring_package_is_one_sentence(server: FaultyServer, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr("pylot.models.http.keys.importlib.import_module", refuse)
    with pytest.raises(ProviderAuthError, match="keyring is not installed"):
        await client_of(server, api_key_keyring="pylot:box").get("/props")


async def test_proxies_of_the_environment_are_left_alone(server: FaultyServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is on this machine never goes through a proxy, whatever the settings say (P1)."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://192.0.2.1:3128")
    client = client_of(server, use_proxies=True)

    assert "model_alias" in await client.get("/props")
    await client.close()


async def test_nothing_of_an_answer_is_logged(
    server: FaultyServer, client: HttpClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    await server.be("status 500")
    with pytest.raises(ProviderError) as caught:
        await client.post("/completion", {"prompt": "secret_user_code()"})

    assert "secret" not in caplog.text + caught.value.sentence + caught.value.detail


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (400, b'{"error": {"message": "maximum context length is 10 tokens"}}', (ProviderRequestError, True)),
        (400, b'{"error": {"message": "Unknown parameter: seed", "param": "seed"}}', (ProviderRequestError, False)),
        (413, b"", (ProviderRequestError, True)),
        (422, b"\xff", (ProviderRequestError, False)),
        (403, b"", (ProviderAuthError, None)),
        (404, b"", (ProviderModelMissingError, None)),
        (404, b"This is a chat model, use v1/chat/completions", (ModelAbilityError, None)),
        (501, b"", (ModelAbilityError, None)),
        (500, b'{"error": {"message": "input (600 tokens) is too large to process"}}', (ProviderRequestError, True)),
        (500, b'{"error": {"message": "out of memory"}}', (ProviderUnavailableError, None)),
        (408, b"", (ProviderUnavailableError, None)),
        (503, b'{"error": {"message": "Loading model"}}', (ProviderUnavailableError, None)),
        (302, b"", (ProviderUnavailableError, None)),
        (529, b"", (ProviderUnavailableError, None)),
    ],
)
def test_status_codes(status: int, body: bytes, expected: tuple[type[PylotError], bool | None]) -> None:
    error = status_error("box", status, {}, body, fields=["seed"])

    assert isinstance(error, expected[0])
    assert getattr(error, "too_long", None) == expected[1]
    assert "seed" not in error.sentence
    if isinstance(error, FieldsRefusedError):
        assert error.fields == ({"seed"} if b"seed" in body else set())


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("7", 7.0),
        ("0.5", 0.5),
        ("-3", 0.0),
        ("1e9", 3600.0),
        ("nan", None),
        ("soon", None),
        ("", None),
        ("Sun, 06 Nov 2044 08:49:37 GMT", 37.0),
        ("Sun, 06 Nov 1994 08:49:37 GMT", 0.0),
    ],
)
def test_retry_after(value: str, expected: float | None) -> None:
    now = datetime(2044, 11, 6, 8, 49, 0, tzinfo=UTC)

    assert retry_after({"retry-after": value}, now) == expected
