"""The text of a file's bytes, and the bytes of a new text in the same encoding."""

from __future__ import annotations

import codecs
import hashlib
from dataclasses import dataclass

from pylot.kernel.errors import ActionRefusedError

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


@dataclass(frozen=True, slots=True)
class FileEncoding:
    """How a file writes its text: an encoding, the byte order mark in front, and its line ending if it has only one."""

    name: str = "utf-8"
    mark: bytes = b""
    newline: str = "\n"

    def encode(self, text: str) -> bytes:
        """Return the bytes of a text; raises ActionRefusedError for a letter that the encoding does not have."""
        try:
            return self.mark + text.encode(self.name)
        except UnicodeEncodeError as error:
            raise ActionRefusedError(
                f"The file's encoding, {self.name}, has no room for a letter of the text."
            ) from error

    def with_its_line_endings(self, text: str) -> str:
        """Return a text whose lines end as those of the file do."""
        plain = text.replace("\r\n", "\n")
        return plain.replace("\n", self.newline) if self.newline != "\n" else plain


def decode_file(data: bytes) -> tuple[str, FileEncoding]:
    """Return the text of a file, line endings as they are, and how to write it again; no byte is lost on the way.

    What is neither UTF-8 nor marked as something else is read as Latin-1, which knows every byte.
    """
    mark, name = next(((mark, name) for mark, name in _MARKS if data.startswith(mark)), (b"", "utf-8"))
    try:
        text = data[len(mark) :].decode(name)
    except UnicodeDecodeError:
        mark, name = b"", "latin-1"
        text = data.decode(name)
    return text, FileEncoding(name, mark, _newline(text))


def content_hash(data: bytes) -> str:
    """Return the SHA-256 of bytes, in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def _newline(text: str) -> str:
    n_pairs = text.count("\r\n")
    return "\r\n" if n_pairs and n_pairs == text.count("\n") else "\n"
