"""The parameters of notebook notifications as plain values; what is wrong raises `InvalidParamsError`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pylot.lsp.fields import Fields, at, fields_of, mapping, sequence, string, unsigned
from pylot.lsp.from_proto import ChangedDocument, OpenedDocument, changed_document, document_uri, opened_document


@dataclass(frozen=True, slots=True)
class OpenedNotebook:
    """The parameters of `notebookDocument/didOpen`."""

    uri: str
    cells: tuple[str, ...]
    documents: tuple[OpenedDocument, ...]


@dataclass(frozen=True, slots=True)
class Splice:
    """Which cells took the place of which."""

    start: int
    n_deleted: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ChangedNotebook:
    """The parameters of `notebookDocument/didChange`, in the order in which they take effect."""

    uri: str
    splice: Splice | None = None
    closed: tuple[str, ...] = ()
    opened: tuple[OpenedDocument, ...] = ()
    changed: tuple[ChangedDocument, ...] = ()


@dataclass(frozen=True, slots=True)
class ClosedNotebook:
    """The parameters of `notebookDocument/didClose`."""

    uri: str
    documents: tuple[str, ...]


def opened_notebook(raw: object) -> OpenedNotebook:
    """Read the parameters of `notebookDocument/didOpen`."""
    params = fields_of(raw)
    notebook = mapping(params, "notebookDocument")
    return OpenedNotebook(string(notebook, "uri"), _cells(notebook), _opened(params, "cellTextDocuments"))


def changed_notebook(raw: object) -> ChangedNotebook:
    """Read the parameters of `notebookDocument/didChange`."""
    params = fields_of(raw)
    uri = string(mapping(params, "notebookDocument"), "uri")
    cells = at(params, "change", "cells")
    if not isinstance(cells, Mapping):
        return ChangedNotebook(uri)
    structure = at(cells, "structure")
    splice = closed = opened = None
    if isinstance(structure, Mapping):
        array = mapping(structure, "array")
        splice = Splice(unsigned(array, "start"), unsigned(array, "deleteCount"), _cells(array))
        closed, opened = _identifiers(structure, "didClose"), _opened(structure, "didOpen")
    changed = tuple(
        changed_document({"textDocument": mapping(it, "document"), "contentChanges": it.get("changes")})
        for it in map(fields_of, _optional(cells, "textContent"))
    )
    return ChangedNotebook(uri, splice, closed or (), opened or (), changed)


def closed_notebook(raw: object) -> ClosedNotebook:
    """Read the parameters of `notebookDocument/didClose`."""
    params = fields_of(raw)
    return ClosedNotebook(string(mapping(params, "notebookDocument"), "uri"), _identifiers(params, "cellTextDocuments"))


def _cells(holder: Fields) -> tuple[str, ...]:
    return tuple(string(fields_of(it), "document") for it in _optional(holder, "cells"))


def _opened(holder: Fields, name: str) -> tuple[OpenedDocument, ...]:
    return tuple(opened_document({"textDocument": it}) for it in _optional(holder, name))


def _identifiers(holder: Fields, name: str) -> tuple[str, ...]:
    return tuple(document_uri({"textDocument": it}) for it in _optional(holder, name))


def _optional(holder: Fields, name: str) -> list[object]:
    return list(sequence(holder, name)) if holder.get(name) is not None else []
