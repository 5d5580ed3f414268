"""Parameters of code actions, as plain values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pylot.actions.offer import Finding
from pylot.app.code_actions import Asked, Chosen
from pylot.lsp.errors import InvalidParamsError
from pylot.lsp.fields import Fields, as_integer, at, fields_of, mapping, string, unsigned
from pylot.lsp.from_proto import document_uri, range_in
from pylot.text.document_text import DocumentText
from pylot.text.positions import PositionEncoding, Range

_AUTOMATIC = 2
_LONGEST_DATA = 100_000
_LONGEST_TITLE = 300


@dataclass(frozen=True, slots=True)
class ActionsPlace:
    """The parameters of `textDocument/codeAction`; `diagnostics` are as they came, to be given back."""

    uri: str
    range: Range
    diagnostics: tuple[Mapping[str, Any], ...] = ()
    only: tuple[str, ...] = ()
    invoked: bool = True


def actions_place(raw: object) -> ActionsPlace:
    """Read the parameters of `textDocument/codeAction`."""
    params = fields_of(raw)
    found = at(params, "context", "diagnostics")
    only = at(params, "context", "only")
    return ActionsPlace(
        document_uri(params),
        range_in(params),
        tuple(each for each in found if isinstance(each, Mapping)) if isinstance(found, list) else (),
        tuple(each for each in only if isinstance(each, str)) if isinstance(only, list) else (),
        at(params, "context", "triggerKind") != _AUTOMATIC,
    )


def asked(place: ActionsPlace, content: DocumentText, encoding: PositionEncoding) -> Asked:
    """Return what is asked for, with places that count code points."""
    start, end = (content.offset_at(each, encoding) for each in (place.range.start, place.range.end))
    findings = _findings(place.diagnostics, content, encoding)
    return Asked(start, end, tuple(findings), place.only, place.invoked)


def chosen_action(raw: object) -> tuple[Fields, Chosen | None]:
    """Read the parameters of `codeAction/resolve`: the action as it came, and the offer that it was made of.

    An action that runs a command is made of none; VS Code resolves these too.
    """
    action = fields_of(raw)
    return action, chosen(action["data"], action.get("title")) if "data" in action else None


def chosen(raw: object, title: object = "") -> Chosen:
    """Read what Pylot has put into an offer."""
    fields = fields_of(raw)
    own, title = fields.get("data"), title or fields.get("title")
    if len(str(own)) > _LONGEST_DATA:
        raise InvalidParamsError("`data` must be what Pylot has offered.")
    return Chosen(
        string(fields, "uri"),
        unsigned(fields, "version"),
        unsigned(fields, "start"),
        unsigned(fields, "end"),
        string(fields, "id"),
        title[:_LONGEST_TITLE] if isinstance(title, str) else "",
        mapping(fields, "data") if own is not None else {},
    )


def _findings(found: Sequence[Fields], content: DocumentText, encoding: PositionEncoding) -> list[Finding]:
    findings = []
    for index, each in enumerate(found):
        try:
            span, message = range_in(each), string(each, "message")
        except InvalidParamsError:
            continue
        source, code = each.get("source"), each.get("code")
        findings.append(
            Finding(
                content.offset_at(span.start, encoding),
                content.offset_at(span.end, encoding),
                message,
                source if isinstance(source, str) else "",
                code if isinstance(code, str) else str(as_integer(code) or ""),
                index,
            )
        )
    return findings
