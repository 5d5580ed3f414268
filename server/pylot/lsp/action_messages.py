"""Offers and changes of code as LSP writes them, by what the client can take (3.18, "Code Action Request")."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lsprotocol import types

from pylot.actions.offer import Finding, Offer
from pylot.app.code_actions import Asked
from pylot.app.file_edits import CodeChange, FileEdits
from pylot.kernel.errors import ActionRefusedError
from pylot.lsp.action_params import ActionsPlace
from pylot.lsp.client_facts import ClientFacts
from pylot.lsp.to_proto import range_of, text_edits, workspace_edit
from pylot.text.store import Snapshot

APPLY_COMMAND = "pylot.action.apply"
_ANNOTATION = "pylot"
_SEVERITIES = {
    "error": types.DiagnosticSeverity.Error,
    "warning": types.DiagnosticSeverity.Warning,
    "information": types.DiagnosticSeverity.Information,
}


def action_list(
    offers: Sequence[Offer], place: ActionsPlace, wanted: Asked, snapshot: Snapshot, facts: ClientFacts
) -> list[dict[str, Any]]:
    """Return offers as code actions; as commands for a client that knows no actions.

    What asks a model is always a command: editors wait for no edit as long as a model may take, and show no way to
    end it, while a command reports its progress.
    """
    shown = [each for each in offers if not each.refused or (facts.disabled_actions and facts.action_literals)]
    return [_action(each, place, _data(each, wanted, snapshot), facts) for each in shown]


def _action(offer: Offer, place: ActionsPlace, data: dict[str, Any], facts: ClientFacts) -> dict[str, Any]:
    command = {"title": offer.title, "command": APPLY_COMMAND, "arguments": [data]}
    if not facts.action_literals:
        return command
    action: dict[str, Any] = {"title": offer.title, "kind": offer.kind}
    if offer.fixes:
        action["diagnostics"] = [place.diagnostics[index] for index in offer.fixes]
    if offer.is_preferred:
        action["isPreferred"] = True
    if offer.is_model and facts.action_tags:
        action["tags"] = [types.CodeActionTag.LlmGenerated.value]
    if offer.refused:
        action["disabled"] = {"reason": offer.refused}
    elif facts.resolves_edits and not offer.is_model:
        action["data"] = data
    else:
        action["command"] = command
    return action


def _data(offer: Offer, wanted: Asked, snapshot: Snapshot) -> dict[str, Any]:
    place = {"uri": snapshot.uri, "version": snapshot.version, "start": wanted.start, "end": wanted.end}
    return {**place, "id": offer.id, "title": offer.title, "data": dict(offer.data)}


def change_of_code(change: CodeChange, facts: ClientFacts, *, is_applied: bool) -> types.WorkspaceEdit:
    """Return a change as one edit, which editors undo in one step.

    It is annotated where it needs a review and the client can show one; `is_applied` says that the server itself asks
    the client to make it (`workspace/applyEdit`).

    Raises:
        ActionRefusedError: it makes a file, and the client cannot.
    """
    if any(each.is_new for each in change.files) and not facts.creates_files:
        raise ActionRefusedError("Your editor lets no server make a file.")
    annotates = facts.annotated_edits and (is_applied or facts.annotated_actions)
    if not (change.needs_review and annotates) and not any(each.is_new for each in change.files):
        return workspace_edit(change.files, facts.encoding, versioned=facts.versioned_edits)
    annotation = _ANNOTATION if change.needs_review and annotates else None
    parts: list[types.TextDocumentEdit | types.CreateFile | types.RenameFile | types.DeleteFile] = []
    for each in change.files:
        if each.is_new:
            options = types.CreateFileOptions(overwrite=False, ignore_if_exists=False)
            parts.append(types.CreateFile(uri=each.uri, options=options, annotation_id=annotation))
        parts.append(_document_edit(each, facts, annotation))
    annotations = {_ANNOTATION: types.ChangeAnnotation(change.label, needs_confirmation=True)} if annotation else None
    return types.WorkspaceEdit(document_changes=parts, change_annotations=annotations)


def _document_edit(changed: FileEdits, facts: ClientFacts, annotation: str | None) -> types.TextDocumentEdit:
    version = changed.snapshot.version if changed.snapshot else None
    edits: list[types.TextEdit | types.AnnotatedTextEdit | types.SnippetTextEdit] = [
        each if annotation is None else types.AnnotatedTextEdit(annotation, each.range, each.new_text)
        for each in text_edits(changed, facts.encoding)
    ]
    return types.TextDocumentEdit(types.OptionalVersionedTextDocumentIdentifier(changed.uri, version), edits)


def problems_of_code(problems: Sequence[Finding], snapshot: Snapshot, facts: ClientFacts) -> list[types.Diagnostic]:
    """Return what was found in a document as diagnostics."""
    return [
        types.Diagnostic(
            range=range_of(each.start, each.end, snapshot.content, facts.encoding),
            message=each.message,
            severity=_SEVERITIES.get(each.code, types.DiagnosticSeverity.Warning),
            source=each.source,
        )
        for each in problems
    ]
