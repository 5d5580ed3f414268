"""`pylot.search`: places of the workspace that answer a question, as locations an editor can list or jump to."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from pylot.lsp.context import Context
from pylot.lsp.errors import InvalidParamsError
from pylot.lsp.fields import Fields, mapping
from pylot.lsp.from_proto import document_uri, range_in
from pylot.text.uris import path_of

logger = logging.getLogger(__name__)

# Editors show the actions of a message side by side.
_MOST_SHOWN = 8
_NO_BREAK = "\u00a0"
_FIELDS = frozenset({"text", "limit", "perFile", "paths", "languages", "kinds"})


async def search(context: Context, arguments: tuple[object, ...]) -> object:
    """Answer a question: a string, or an object as docs/protocol.md has it.

    Where it has `show`, the user chooses among the hits, and the editor goes there.
    """
    asked = arguments[0] if arguments else None
    if isinstance(asked, str):
        asked = {"text": asked}
    if not isinstance(asked, Mapping):
        raise InvalidParamsError("The first argument must be a question, as a string or an object.")
    query = {name: value for name, value in asked.items() if name in _FIELDS}
    if asked.get("like") is not None:
        query |= _selection(context, mapping(asked, "like"))
    answer = await context.session.search(query)
    hits = [_located(hit) for hit in answer["hits"]]
    if asked.get("show") is True:
        context.in_background(_let_choose(context, hits))
    return {"form": answer["form"], "notes": answer["notes"], "hits": hits}


def _selection(context: Context, like: Fields) -> dict[str, object]:
    """Return the question for code that is like a range of an open document, which is not to be found itself."""
    uri, wanted = document_uri(like), range_in(like)
    snapshot = context.session.documents.get(uri)
    if snapshot is None:
        raise InvalidParamsError("`like` must name an open document.")
    content, encoding = snapshot.content, context.facts.encoding
    start, end = content.offset_at(wanted.start, encoding), content.offset_at(wanted.end, encoding)
    path = _relative(context, path_of(uri))
    place = {"path": path, "startLine": wanted.start.line, "endLine": max(wanted.start.line, wanted.end.line)}
    return {"text": content.text[start:end], "like": place}


def _relative(context: Context, path: str) -> str:
    file = Path(path)
    inside = [folder for folder in context.folders if path and file.is_relative_to(folder)]
    return file.relative_to(inside[0]).as_posix() if inside else file.name


def _located(hit: Mapping[str, Any]) -> dict[str, Any]:
    """Return a hit with where it is in the words of LSP; a range ends where the line after it begins."""
    uri = (Path(hit["root"]) / hit["path"]).as_uri()
    start, end = {"line": hit["startLine"], "character": 0}, {"line": hit["endLine"] + 1, "character": 0}
    rest = {name: value for name, value in hit.items() if name not in ("root", "startLine", "endLine")}
    return {"uri": uri, "range": {"start": start, "end": end}, **rest}


async def _let_choose(context: Context, hits: Sequence[Mapping[str, Any]]) -> None:
    """Offer the best hits in a message and show the one that is chosen, for editors without a list of their own."""
    titles = {_title(hit): hit for hit in hits[:_MOST_SHOWN]}
    sentence = "Go to:" if titles else "Nothing in the workspace answers this."
    # Helix makes the answers no wider than the question.
    message = sentence.ljust(max(map(len, titles), default=0), _NO_BREAK)
    actions = [types.MessageActionItem(title=title) for title in titles]
    params = types.ShowMessageRequestParams(type=types.MessageType.Info, message=message, actions=actions)
    server = context.port.server
    try:
        chosen = await server.window_show_message_request_async(params)
        if chosen is not None and chosen.title in titles and context.facts.shows_documents:
            await server.window_show_document_async(_document(titles[chosen.title]))
    except JsonRpcException as error:
        logger.info("The client did not show what was found (error %s).", error.code)


def _document(hit: Mapping[str, Any]) -> types.ShowDocumentParams:
    start = types.Position(hit["range"]["start"]["line"], 0)
    return types.ShowDocumentParams(uri=hit["uri"], take_focus=True, selection=types.Range(start, start))


def _title(hit: Mapping[str, Any]) -> str:
    place = f"{hit['path']}:{hit['range']['start']['line'] + 1}"
    return f"{hit['symbol']} ({place})" if hit["symbol"] else place
