"""Fetch a model's file: resumed, checked, and there at once or not at all (I13).

Only an explicit command of the user leads here: nothing else in Pylot downloads anything (P1).
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pylot.engine.gguf_header import read_header
from pylot.kernel.errors import ModelDownloadError, ModelFileError
from pylot.models.catalogue.answers import AnotherFileError, Answer, BrokenOffError
from pylot.models.catalogue.partial_file import Facts, PartialFile
from pylot.models.catalogue.requests import open_answer
from pylot.models.catalogue.sources import Source
from pylot.storage.lock import hold_lock

Progress = Callable[[int, int], None]
_TRIES = 5
_MOST_TRIES = 100
_LONGEST_WAIT = 30.0
# An attempt that brought this much was none in vain.
_WORTH_BYTES = 1 << 20
_SPACE_STEP = 64 << 20
_KEPT_FREE = 256 << 20
_MAGIC = b"GGUF"
_LOCK = ".download.lock"


@dataclass(frozen=True, slots=True)
class Downloaded:
    """A file that has come; `is_verified` says that its hash was known beforehand and is right."""

    path: Path
    n_bytes: int
    sha256: str
    is_verified: bool


def free_space(folder: Path) -> int:
    """Return the bytes that are free on the disk of a folder."""
    return shutil.disk_usage(folder).free


async def download(
    source: Source,
    folder: Path,
    *,
    progress: Progress = lambda _n, _total: None,
    say: Callable[[str], None] = lambda _: None,
    space: Callable[[Path], int] = free_space,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> Downloaded:
    """Fetch a file into a folder; `progress` hears the bytes that are there and the whole (0: unknown).

    `say` hears in a sentence why nothing comes for a while.
    Cancel the task to stop; what has come is kept, and the next call goes on from there.

    Raises:
        ModelDownloadError: it could not be fetched, or is not what it should be; with one sentence.
    """
    target = folder / source.file_name
    try:
        with _alone_in(folder):
            if target.exists():
                raise ModelDownloadError(f"{target} exists already.")
            return await _Fetching(source, PartialFile(target), progress, say, space, sleep).run()
    except OSError as error:
        raise ModelDownloadError(f"{target.name} could not be written: {error.strerror}.") from error


@contextlib.contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with hold_lock(folder / _LOCK, timeout=0):
            yield
    except TimeoutError:
        raise ModelDownloadError(f"Another download into {folder} is under way; wait for its end.") from None


@dataclass(slots=True)
class _Fetching:
    source: Source
    part: PartialFile
    progress: Progress
    say: Callable[[str], None]
    space: Callable[[Path], int]
    sleep: Callable[[float], Awaitable[None]]

    async def run(self) -> Downloaded:
        await asyncio.to_thread(self.part.open, self.source.url)
        try:
            await self._fetch_all()
            return await asyncio.to_thread(self._finish)
        finally:
            if self.part.size:
                self.part.close()
            else:
                self.part.discard()

    async def _fetch_all(self) -> None:
        in_vain = 0
        for _ in range(_MOST_TRIES):
            before = self.part.size
            try:
                await self._attempt()
                return
            except BrokenOffError as error:
                if isinstance(error, AnotherFileError):
                    self.part.restart(Facts(url=self.source.url))
                in_vain = 0 if self.part.size >= before + _WORTH_BYTES else in_vain + 1
                if in_vain == _TRIES or (error.is_unreachable and not self.part.size):
                    raise ModelDownloadError(error.sentence + self._kept(), detail=error.detail) from error
                wait = min(2.0**in_vain - 1 if error.wait_seconds is None else error.wait_seconds, _LONGEST_WAIT)
                if wait:
                    self.say(f"{error.sentence} Trying again in {wait:.0f} s.")
                await self.sleep(wait)
        raise ModelDownloadError(f"{self.source.host} broke off {_MOST_TRIES} times.{self._kept()}")

    async def _attempt(self) -> None:
        part = self.part
        if part.size and part.size == part.facts.total:
            return
        async with open_answer(self.source, part.facts, part.size) as answer:
            if answer.starts_at == 0:
                part.restart(answer.facts)
            elif not answer.goes_on(part.facts, part.size):
                raise AnotherFileError(f"{self.source.host} has another file now.", wait_seconds=0.0)
            self._check_size(answer)
            self._check_space(max(0, part.facts.total - part.size))
            await self._take(answer)

    async def _take(self, answer: Answer) -> None:
        part, host, total = self.part, self.source.host, answer.facts.total
        checked = part.size
        self.progress(part.size, total)
        async for block in _blocks(answer):
            if not part.size and not _MAGIC.startswith(block[: len(_MAGIC)]):
                part.discard()
                raise ModelDownloadError(f"{self.source.url} gives {answer.description}, which is no GGUF model.")
            if total and part.size + len(block) > total:
                part.discard()
                raise ModelDownloadError(f"{host} sends more than the {total} bytes it announced.")
            if part.size > checked + _SPACE_STEP:
                checked = part.size
                self._check_space(len(block))
            await asyncio.to_thread(part.append, block)
            self.progress(part.size, total)
        if part.size < total:
            raise BrokenOffError(f"{host} broke off after {part.size} of {total} bytes.")

    def _kept(self) -> str:
        return " What has come is kept; run the command again to go on." if self.part.size else ""

    def _check_size(self, answer: Answer) -> None:
        if answer.announced_total and answer.facts.total and answer.announced_total != answer.facts.total:
            self.part.discard()
            raise ModelDownloadError(
                f"{self.source.host} contradicts itself: the file has {answer.announced_total} bytes, "
                f"but {answer.facts.total} would be sent."
            )

    def _check_space(self, needed: int) -> None:
        free = self.space(self.part.target.parent)
        if needed + _KEPT_FREE > free:
            raise ModelDownloadError(
                f"{self.part.target.name} needs {needed / 1e9:.1f} GB more, and of the {free / 1e9:.1f} GB free in "
                f"{self.part.target.parent} Pylot leaves {_KEPT_FREE / 1e9:.1f} GB alone: make room and try again."
            )

    def _finish(self) -> Downloaded:
        expected = self.source.sha256 or self.part.facts.sha256
        if expected and self.part.sha256 != expected:
            self.part.discard()
            raise ModelDownloadError(f"{self.part.target.name} has the wrong SHA-256 checksum and was thrown away.")
        try:
            self.part.flush()
            read_header(self.part.path)
        except ModelFileError as error:
            self.part.discard()
            raise ModelDownloadError(f"What {self.source.host} sent cannot be used: {error.sentence}") from error
        result = Downloaded(self.part.target, self.part.size, self.part.sha256, bool(expected))
        self.part.finish()
        return result


async def _blocks(answer: Answer) -> AsyncIterator[bytes]:
    """Yield the answer in large blocks, and what there is of the last one when it breaks off."""
    block = bytearray()
    broken: BrokenOffError | None = None
    try:
        async for chunk in answer.chunks:
            block += chunk
            if len(block) >= _WORTH_BYTES:
                yield bytes(block)
                block.clear()
    except BrokenOffError as error:
        broken = error
    if block:
        yield bytes(block)
    if broken is not None:
        raise broken
