"""Every model there is, as plain values: on this machine, of several deployments, and those to be had."""

from __future__ import annotations

from pylot.app.model_shelf import Shelf
from pylot.engine.gguf_header import GgufHeader
from pylot.engine.resources import SAFETY
from pylot.index.embedding.boxed import FOLDER, MISSING, MODEL_FILE, is_boxed_embedder_here
from pylot.models.cards import effective_format, resolve_tokens
from pylot.models.catalogue.entries import KnownModel
from pylot.models.catalogue.local import LocalModel
from pylot.models.settings import BOXED_EMBEDDER, EMBEDDED, ROLES


def list_values(shelf: Shelf) -> dict[str, object]:
    """Return everything about local and known models as JSON values."""
    here = {model.path.name for model in shelf.local if model.header is not None}
    return {
        "folder": str(shelf.folder),
        "freeBytes": shelf.free_bytes,
        "local": [_local_values(shelf, model) for model in shelf.local],
        "embedder": _embedder_values(shelf),
        "logical": [_logical_values(shelf, name) for name in shelf.models.logical],
        "known": [_known_values(shelf, name, known) for name, known in shelf.known.items() if known.file not in here],
    }


def has_fim(shelf: Shelf, header: GgufHeader) -> bool:
    """Tell from a file's header whether Pylot could let the model fill in the middle."""
    card = shelf.cards.match(header)
    return effective_format(card, resolve_tokens(card, header)).order != "plain"


def _local_values(shelf: Shelf, model: LocalModel) -> dict[str, object]:
    header = model.header
    fits, notes = shelf.fit(model) if header else (False, ())
    return {
        "name": model.name,
        "file": str(model.path),
        "origin": model.origin,
        "roles": list(model.roles),
        "problem": model.problem,
        "bytes": header.file_bytes if header else 0,
        "quantization": header.quantization if header else "",
        "context": header.context_length if header else 0,
        "fim": has_fim(shelf, header) if header else False,
        "chat": header.has_chat_template if header else False,
        "memoryBytes": model.memory(shelf.engine.context),
        "fits": fits,
        "notes": list(notes),
    }


def _known_values(shelf: Shelf, name: str, known: KnownModel) -> dict[str, object]:
    need = known.memory(shelf.engine.context)
    return {
        "name": name,
        "title": known.title,
        "repository": known.repository,
        "file": known.file,
        "licence": known.licence,
        "parameters": known.parameters,
        "fim": known.fim,
        "chat": known.chat,
        "context": known.context,
        "bytes": known.n_bytes,
        "memoryBytes": need,
        "fits": need <= shelf.free_bytes * SAFETY,
        "note": known.note,
    }


def _embedder_values(shelf: Shelf) -> dict[str, object]:
    is_here = is_boxed_embedder_here()
    return {
        "name": BOXED_EMBEDDER,
        "roles": ["embed"] if shelf.models.uses_boxed_embedder else [],
        "problem": "" if is_here else MISSING,
        "bytes": (FOLDER / MODEL_FILE).stat().st_size if is_here else 0,
    }


def _logical_values(shelf: Shelf, name: str) -> dict[str, object]:
    groups = shelf.models.logical[name].groups
    return {
        "name": name,
        "roles": [role for role in ROLES if shelf.models.roles.model_for(role) == name],
        "deployments": [
            it.model if it.provider == EMBEDDED else f"{it.provider}/{it.model}".rstrip("/")
            for group in groups
            for it in group
        ],
    }
