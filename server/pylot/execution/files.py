"""Reading and changing files: the editor's buffer where a file is open, else the disk, and never something else."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import secrets
import stat
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from pylot.execution.beneath import Target, find_target, open_parent, read_target
from pylot.kernel.errors import ActionRefusedError, ExecutionError
from pylot.storage import atomic_file
from pylot.syntax.languages import detected_language
from pylot.syntax.tree import parse
from pylot.text.file_encoding import FileEncoding, content_hash, decode_file
from pylot.workspace.roots import Roots

LARGEST_FILE = 8 << 20
_NEW_FILE_MODE = 0o644
# Their grammars stumble over what a preprocessor or another shell would take away.
_NOT_JUDGED = frozenset({"c", "cpp", "bash"})


class Editor(Protocol):
    """The editor's side of files: what is open in it, and changes that its undo knows."""

    def text(self, path: Path) -> str | None:
        """Return the text of an open document, or None."""
        ...

    async def replace(self, path: Path, before: str | None, after: str | None, label: str) -> bool:
        """Change a file from one text to another by `workspace/applyEdit`; None is a file that is not there.

        Returns:
            Whether the editor did so and the file is saved or safe in its buffer; false if it cannot or would not.
        """
        ...

    def open_paths(self) -> Sequence[Path]:
        """Return the files that are open."""
        ...

    async def save(self, paths: Sequence[Path]) -> None:
        """Let the editor save open documents, as far as it can and they are still as they were now; never raises."""
        ...


@dataclass(frozen=True, slots=True)
class FileContent:
    """A file as it is now.

    `content_hash` is the SHA-256 of its bytes, for an open document of those that it would be saved as.
    """

    target: Target
    text: str
    encoding: FileEncoding
    content_hash: str
    source: Literal["editor", "disk"]


@dataclass(frozen=True, slots=True)
class FileChange:
    """A change that was made: the content before and after it, None where there was or is no file."""

    target: Target
    before: bytes | None
    after: bytes | None
    through: Literal["editor", "disk"]


EditedDocuments = dict[Path, str]
"""The documents that agents have changed in the editor: the hash of what they left there, as it would be saved.

It is empty for a document in which there was unsaved text of the user's own before.
"""


class Files:
    """The files of one workspace, and those outside that somebody has allowed.

    `edited` is shared by all whose agents work in the same editor.
    """

    def __init__(self, roots: Roots, editor: Editor | None = None, edited: EditedDocuments | None = None) -> None:
        self._roots = roots
        self._editor = editor
        self._edited: EditedDocuments = {} if edited is None else edited

    def target(self, path: str | Target) -> Target:
        """Return where a path leads now, relative to the first folder of the workspace.

        What is done about a `Target`, here and below, is done there or fails, wherever its path leads by then.
        """
        if isinstance(path, Target):
            return path
        if not self._roots.folders:
            raise ExecutionError("No workspace folder is open.")
        return find_target(path, self._roots, self._roots.folders[0])

    async def read(self, path: str | Target) -> FileContent | None:
        """Return a file as it is now, or None where there is none.

        Raises ExecutionError for what is no text file or cannot be read.
        """
        target = self.target(path)
        data = await asyncio.to_thread(_read_bytes, target)
        buffer = self._editor.text(target.path) if self._editor else None
        if buffer is not None:
            encoding = decode_file(data)[1] if data is not None else FileEncoding()
            return FileContent(target, buffer, encoding, content_hash(encoding.encode(buffer)), "editor")
        if data is None:
            return None
        if b"\0" in data[:8192] and not data.startswith((b"\xff\xfe", b"\xfe\xff", b"\0\0\xfe\xff")):
            raise ExecutionError(f"{target.shown()} is not a text file.")
        text, encoding = decode_file(data)
        return FileContent(target, text, encoding, content_hash(data), "disk")

    async def check(self, path: str | Target, before_hash: str | None, text: str | None) -> FileContent | None:
        """Return the file as it is now, if it may be replaced by `text`, or removed where that is None.

        Raises:
            ActionRefusedError: it has changed since, or would parse worse than before.
        """
        target = self.target(path)
        now = await self.read(target)
        if (now.content_hash if now else None) != before_hash:
            raise ActionRefusedError(f"{target.shown()} has changed since it was read: read it again, then change it.")
        if text is not None:
            await asyncio.to_thread(_check_syntax, target, now.text if now else "", text)
        return now

    def encoded(self, now: FileContent | None, text: str) -> bytes:
        """Return the bytes that a text would be written as; raises ActionRefusedError where it cannot be."""
        return (now.encoding if now else FileEncoding()).encode(text)

    async def bytes_of(self, path: str | Target) -> bytes | None:
        """Return the bytes of a file on disk, None where there is none; raises ExecutionError."""
        return await asyncio.to_thread(_read_bytes, self.target(path))

    async def write(self, path: str | Target, before_hash: str | None, text: str) -> FileChange:
        """Replace the text of a file exactly, or make it; mode, encoding and byte order mark stay.

        Raises:
            ActionRefusedError: the file has changed since `before_hash`, or would parse worse; nothing was written.
            ExecutionError: the disk or the editor does not allow it; the old file is still there.
        """
        target = self.target(path)
        now = await self.check(target, before_hash, text)
        before, after = now.encoding.encode(now.text) if now else None, self.encoded(now, text)
        is_ours = now is not None and await self._is_ours(now)
        if self._editor and await self._editor.replace(target.path, now.text if now else None, text, "Pylot"):
            self._edited[target.path] = content_hash(after) if is_ours else ""
            return FileChange(target, before, after, "editor")
        if now is not None and now.source == "editor":
            raise ExecutionError(f"The editor did not take the change to {target.shown()}, and nothing was written.")
        with _disk_errors(target):
            await asyncio.to_thread(_replace, target, before_hash, after)
        return FileChange(target, before, after, "disk")

    async def unsaved(self) -> tuple[tuple[Target, bytes], ...]:
        """Return the files that agents have changed in the editor and are older on disk, with what the editor has."""
        found = [await self._unsaved(path) for path in list(self._edited)]
        return tuple(it for it in found if it is not None)

    async def unsaved_by_user(self) -> tuple[Target, ...]:
        """Return the open files of the workspace that the user alone has changed and not saved."""
        paths = [path for path in self._editor.open_paths() if path not in self._edited] if self._editor else []
        found: list[Target] = []
        for path in paths:
            with contextlib.suppress(ExecutionError):
                if self.target(str(path)).is_inside and (unsaved := await self._unsaved(path)) is not None:
                    found.append(unsaved[0])
        return tuple(found)

    async def save(self) -> None:
        """Let the editor save what agents have changed in it, where there is nothing unsaved of the user's own.

        What an editor does not save stays among the `unsaved`.
        """
        ours = [it.path for it, content in await self.unsaved() if self._edited.get(it.path) == content_hash(content)]
        if ours and self._editor is not None:
            await self._editor.save(ours)

    async def _unsaved(self, path: Path) -> tuple[Target, bytes] | None:
        now = await self.read(str(path))
        data = await self.bytes_of(str(path)) if now and now.source == "editor" else None
        if now is None or data is None or content_hash(data) == now.content_hash:
            return None
        return now.target, now.encoding.encode(now.text)

    async def _is_ours(self, now: FileContent) -> bool:
        """Tell whether a document holds what is on disk, or what an agent has made of that."""
        data = await self.bytes_of(now.target)
        is_saved = data is not None and content_hash(data) == now.content_hash
        return is_saved or self._edited.get(now.target.path) == now.content_hash

    async def to_delete(self, path: str | Target, before_hash: str | None) -> bytes:
        """Return the bytes of a file that may be removed.

        Raises:
            ActionRefusedError: it has changed since.
            ExecutionError: there is none.
        """
        return await asyncio.to_thread(_bytes_to_delete, self.target(path), before_hash)

    async def delete(self, path: str | Target, before_hash: str | None) -> FileChange:
        """Remove a regular file.

        Raises:
            ActionRefusedError: it has changed since `before_hash`; it is still there.
            ExecutionError: there is none, or it cannot be removed.
        """
        target = self.target(path)
        with _disk_errors(target):
            before = await asyncio.to_thread(_delete, target, before_hash)
        return FileChange(target, before, None, "disk")


def put_back(target: Target, data: bytes | None) -> None:
    """Make a file what it was, or remove it; raises OSError."""
    if data is None:
        with contextlib.suppress(FileNotFoundError):
            _remove(target)
        return
    _replace(target, None, data, check=False)


def read_bytes(target: Target) -> bytes | None:
    """Return the bytes of a file on disk, None where there is none; raises ExecutionError as `Files.read` does."""
    return _read_bytes(target)


def _read_bytes(target: Target) -> bytes | None:
    try:
        data = read_target(target, LARGEST_FILE)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ExecutionError(f"{target.shown()} cannot be read: {_why(error)}.") from error
    if len(data) > LARGEST_FILE:
        raise ExecutionError(f"{target.shown()} is larger than {LARGEST_FILE >> 20} MiB.")
    return data


def _replace(target: Target, before_hash: str | None, data: bytes, *, check: bool = True) -> None:
    """Write beside the file, look once more whether it is still the same, and rename over it."""

    def look() -> None:
        if check and _hash_now(target) != before_hash:
            raise ActionRefusedError(f"{target.shown()} has changed in this moment: read it again.")

    if sys.platform == "win32":
        target.path.parent.mkdir(parents=True, exist_ok=True)
        look()
        atomic_file.write_bytes(target.path, data)
        return
    folder = open_parent(target, make=True)
    name, temporary = target.path.name, f".pylot-{secrets.token_hex(8)}.tmp"
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600, dir_fd=folder)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
                os.fchmod(file.fileno(), _mode(folder, name))
            look()
            os.rename(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(temporary, dir_fd=folder)
            raise
    finally:
        os.close(folder)


def _mode(folder: int, name: str) -> int:
    try:
        return stat.S_IMODE(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode)
    except FileNotFoundError:
        return _NEW_FILE_MODE


def _hash_now(target: Target) -> str | None:
    data = _read_bytes(target)
    return None if data is None else content_hash(data)


def _delete(target: Target, before_hash: str | None) -> bytes:
    data = _bytes_to_delete(target, before_hash)
    _remove(target)
    return data


def _bytes_to_delete(target: Target, before_hash: str | None) -> bytes:
    data = _read_bytes(target)
    if data is None:
        raise ExecutionError(f"There is no file {target.shown()}.")
    if content_hash(data) != before_hash:
        raise ActionRefusedError(f"{target.shown()} has changed since it was to be deleted: look at it again.")
    return data


def _remove(target: Target) -> None:
    if sys.platform == "win32":
        target.path.unlink()
        return
    folder = open_parent(target)
    try:
        os.unlink(target.path.name, dir_fd=folder)
    finally:
        os.close(folder)


def _check_syntax(target: Target, before: str, after: str) -> None:
    language = detected_language(str(target.path), after)
    if language in _NOT_JUDGED:
        return
    old, new = parse(language, before), parse(language, after)
    if new is not None and new.error_count > (old.error_count if old else 0):
        line = after.count("\n", 0, new.problems[0].start) + 1
        raise ActionRefusedError(f"With this change {target.shown()} would no longer parse: see line {line}.")


@contextlib.contextmanager
def _disk_errors(target: Target) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ExecutionError(f"{target.shown()} cannot be changed: {_why(error)}.") from error


def _why(error: OSError) -> str:
    if error.errno in (errno.ELOOP, errno.EXDEV):
        return "a link on the way leads elsewhere"
    return (error.strerror or "the system refuses").lower()
