"""A model's file comes whole and right, or not at all, whatever the server does (I13)."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from pylot.kernel.errors import ModelDownloadError
from pylot.models.catalogue.download import Downloaded, download
from pylot.models.catalogue.sources import Source
from pylot.storage.lock import hold_lock
from tests.support.file_server import FileServer, Reply, Request, Script, cut, honest, part, whole
from tests.support.random_gguf import SHIPPED_MODEL

MODEL = SHIPPED_MODEL.read_bytes()
OTHER = bytearray(MODEL)
OTHER[-1] ^= 1
DIGEST = hashlib.sha256(MODEL).hexdigest()
MIDDLE = len(MODEL) // 2
PLENTY = 1 << 40


async def fetch(
    server: FileServer, folder: Path, *, free: int = PLENTY, sha256: str = "", said: list[str] | None = None
) -> Downloaded:
    async def no_wait(_seconds: float) -> None:
        pass

    source = Source(f"{server.url}/model.gguf", "model.gguf", sha256)
    heard: list[str] = [] if said is None else said
    return await download(source, folder, say=heard.append, space=lambda _: free, sleep=no_wait)


def left(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} - {".download.lock"}


def fails_first(first: Reply, then: Script) -> Script:
    return lambda number, request: first if number == 0 else then(number, request)


RECOVERED: dict[str, Script] = {
    "nothing goes wrong": honest(MODEL),
    "no length is told": lambda _n, _r: Reply(200, {}, MODEL),
    "cut in the middle": fails_first(cut(whole(MODEL), MIDDLE), honest(MODEL)),
    "cut in the head": fails_first(Reply(200, {"Content-Length": "9"}, b"GGU"), honest(MODEL)),
    "cut before the first byte": fails_first(cut(whole(MODEL), 0), honest(MODEL)),
    "closed without a word": fails_first(Reply(502), honest(MODEL)),
    "busy": fails_first(Reply(429, {"Retry-After": "7"}), honest(MODEL)),
    "range is ignored": fails_first(cut(whole(MODEL), MIDDLE), lambda _n, _r: whole(MODEL)),
    "another file now": fails_first(cut(whole(bytes(OTHER), etag='"old"'), MIDDLE), honest(MODEL)),
    "another file, but a part of it": fails_first(
        cut(whole(bytes(OTHER), etag='"old"'), MIDDLE), lambda _n, r: part(MODEL, r.start) if r.start else whole(MODEL)
    ),
    "the wrong part": fails_first(
        cut(whole(MODEL), MIDDLE), lambda _n, r: part(MODEL, r.start - 7) if r.start else whole(MODEL)
    ),
    "of another length now": fails_first(
        cut(whole(MODEL + b"more"), MIDDLE), lambda _n, r: part(MODEL, r.start) if r.start else whole(MODEL)
    ),
    "no such range": fails_first(cut(whole(MODEL), MIDDLE), lambda _n, r: Reply(416) if r.start else whole(MODEL)),
    "no validator, so no part is trusted": fails_first(
        Reply(200, {"Content-Length": str(len(MODEL))}, MODEL[:MIDDLE]), honest(MODEL)
    ),
    "a weak validator": fails_first(cut(whole(MODEL, etag='W/"x"'), MIDDLE), lambda _n, _r: whole(MODEL, etag='W/"x"')),
}


@pytest.mark.parametrize("trouble", RECOVERED)
async def test_trouble_that_passes(trouble: str, tmp_path: Path) -> None:
    async with FileServer(RECOVERED[trouble]) as server:
        done = await fetch(server, tmp_path, sha256=DIGEST)

    assert (tmp_path / "model.gguf").read_bytes() == MODEL
    assert done == Downloaded(tmp_path / "model.gguf", len(MODEL), DIGEST, is_verified=True)
    assert left(tmp_path) == {"model.gguf"}


REFUSED: dict[str, tuple[Script, str]] = {
    "a web page": (lambda _n, _r: Reply(200, {"Content-Type": "text/html"}, b"<html>hello</html>"), "gives a web page"),
    "garbage": (lambda _n, _r: whole(b"\0" * 5000), "gives something else"),
    "a beginning only": (lambda _n, _r: whole(MODEL[:5000]), "cannot be used: The model file .* is damaged"),
    "a length that is too short": (
        lambda _n, _r: Reply(200, {"Content-Length": str(MIDDLE)}, MODEL),
        "cannot be used: The model file .* ends before its weights do",
    ),
    "a hub that knows better": (
        lambda _n, _r: whole(MODEL, **{"X-Linked-Size": "5"}),
        "contradicts itself: the file has 5 bytes",
    ),
    "a hub that knows the hash": (
        lambda _n, _r: whole(MODEL, **{"X-Linked-Etag": f'"{"0" * 64}"'}),
        "wrong SHA-256 checksum and was thrown away",
    ),
    "compressed": (lambda _n, _r: whole(MODEL, **{"Content-Encoding": "gzip"}), "compressed"),
    "a part that was not asked for": (lambda _n, _r: Reply(206, {}, MODEL), "does not say which"),
    "not there": (lambda _n, _r: Reply(404), "has no file model.gguf"),
    "not for everybody": (lambda _n, _r: Reply(401), "its licence may have to be accepted"),
    "refused": (lambda _n, _r: Reply(400), r"refuses to send model.gguf \(status 400\)"),
    "leads in a circle": (lambda _n, _r: Reply(302, {"Location": "/model.gguf"}), "only leads elsewhere"),
    "leads to nowhere": (lambda _n, _r: Reply(302, {"Location": "ftp://x/"}), "no address that can be asked"),
}


@pytest.mark.parametrize("trouble", REFUSED)
async def test_trouble_that_stays_leaves_nothing(trouble: str, tmp_path: Path) -> None:
    script, sentence = REFUSED[trouble]
    async with FileServer(script) as server:
        with pytest.raises(ModelDownloadError, match=sentence) as refusal:
            await fetch(server, tmp_path)

    assert "\n" not in refusal.value.sentence
    assert left(tmp_path) == set()


async def test_the_wrong_checksum(tmp_path: Path) -> None:
    async with FileServer(honest(bytes(OTHER))) as server:
        with pytest.raises(ModelDownloadError, match="wrong SHA-256"):
            await fetch(server, tmp_path, sha256=DIGEST)

    assert left(tmp_path) == set()


async def test_a_server_that_always_cuts_is_given_up_and_its_part_kept(tmp_path: Path) -> None:
    said: list[str] = []
    async with FileServer(lambda _n, r: cut(part(MODEL, r.start) if r.start else whole(MODEL), 10)) as server:
        with pytest.raises(ModelDownloadError, match=r"broke off\. What has come is kept"):
            await fetch(server, tmp_path, said=said)
        n_asked = len(server.requests)
    async with FileServer(honest(MODEL)) as again:
        # Another port is another address, and what came from elsewhere is not trusted.
        await fetch(again, tmp_path)

    assert n_asked == 5
    assert [sentence.partition("Trying")[2] for sentence in said] == [f" again in {n} s." for n in (1, 3, 7, 15)]
    assert again.requests[0].start == 0


async def test_the_next_start_goes_on_where_the_last_one_stopped(tmp_path: Path) -> None:
    trouble = True

    def script(number: int, request: Request) -> Reply:
        if not trouble:
            return honest(MODEL)(number, request)
        return cut(whole(MODEL), MIDDLE) if number == 0 else Reply(503)

    async with FileServer(script) as server:
        with pytest.raises(ModelDownloadError, match="is busy"):
            await fetch(server, tmp_path)
        trouble, n_before = False, len(server.requests)
        done = await fetch(server, tmp_path)
        resumed = server.requests[n_before]

    assert (resumed.start, resumed.headers["if-range"]) == (MIDDLE, '"first"')
    assert done.sha256 == DIGEST


async def test_a_cancelled_download_is_kept(tmp_path: Path) -> None:
    began = asyncio.Event()
    source_url = ""

    async with FileServer(honest(MODEL)) as server:
        source_url = f"{server.url}/model.gguf"

        def stop(n_bytes: int, _total: int) -> None:
            if n_bytes:
                began.set()
                task.cancel()

        task = asyncio.ensure_future(download(Source(source_url, "model.gguf"), tmp_path, progress=stop))
        with pytest.raises(asyncio.CancelledError):
            await task
        await fetch(server, tmp_path, sha256=DIGEST)

    assert began.is_set()
    assert server.requests[1].start > 0


async def test_progress_is_told(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    async with FileServer(honest(MODEL)) as server:
        source = Source(f"{server.url}/model.gguf", "model.gguf")
        await download(source, tmp_path, progress=lambda n, total: told.append((n, total)))

    assert told[0] == (0, len(MODEL))
    assert told[-1] == (len(MODEL), len(MODEL))
    assert told == sorted(told)


async def test_no_room_is_said_before_a_byte_is_written(tmp_path: Path) -> None:
    async with FileServer(honest(MODEL)) as server:
        with pytest.raises(ModelDownloadError, match=r"needs 0\.0 GB more, .* make room and try again"):
            await fetch(server, tmp_path, free=len(MODEL))

    assert left(tmp_path) == set()


async def test_a_full_disk_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_self: object, _data: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pylot.models.catalogue.partial_file.PartialFile.append", full)
    async with FileServer(honest(MODEL)) as server:
        with pytest.raises(ModelDownloadError, match="could not be written: No space left"):
            await fetch(server, tmp_path)


async def test_nobody_listens(tmp_path: Path) -> None:
    async with FileServer(honest(MODEL)) as server:
        pass
    with pytest.raises(ModelDownloadError, match=r"^127\.0\.0\.1:\d+ cannot be reached\.$"):
        await fetch(server, tmp_path)
    assert left(tmp_path) == set()


async def test_what_is_there_is_not_fetched_again(tmp_path: Path) -> None:
    (tmp_path / "model.gguf").write_bytes(b"mine")
    async with FileServer(honest(MODEL)) as server:
        with pytest.raises(ModelDownloadError, match="exists already"):
            await fetch(server, tmp_path)

    assert (server.requests, (tmp_path / "model.gguf").read_bytes()) == ([], b"mine")


async def test_one_download_at_a_time(tmp_path: Path) -> None:
    async with FileServer(honest(MODEL)) as server:
        with hold_lock(tmp_path / ".download.lock", 0), pytest.raises(ModelDownloadError, match="is under way"):
            await fetch(server, tmp_path)


async def test_a_link_in_the_way_is_not_followed(tmp_path: Path) -> None:
    (victim := tmp_path / "victim").write_bytes(b"mine")
    (folder := tmp_path / "models").mkdir()
    (folder / "model.gguf.part").symlink_to(victim)
    async with FileServer(honest(MODEL)) as server:
        with pytest.raises(ModelDownloadError, match="could not be written"):
            await fetch(server, folder)

    assert victim.read_bytes() == b"mine"


async def test_the_key_is_shown_to_the_hub_alone(tmp_path: Path) -> None:
    async with FileServer(honest(MODEL)) as elsewhere:
        lead = Reply(
            302, {"Location": f"{elsewhere.url}/x", "X-Linked-Etag": f'"{DIGEST}"', "X-Linked-Size": str(len(MODEL))}
        )
        async with FileServer(lambda _n, _r: lead) as hub:
            source = replace(Source(f"{hub.url}/model.gguf", "model.gguf"), key="secret")
            done = await download(source, tmp_path)

    assert hub.requests[0].headers["authorization"] == "Bearer secret"
    assert "authorization" not in elsewhere.requests[0].headers
    # The hub told the hash of what lies elsewhere.
    assert done.is_verified
