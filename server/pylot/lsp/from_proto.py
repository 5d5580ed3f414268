"""From parameters as they came to plain values; what is wrong raises `InvalidParamsError`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pylot.completion.values import CompletionRequest, Indentation, SelectedCompletion, Trigger
from pylot.lsp.client_facts import ClientFacts
from pylot.lsp.errors import InvalidParamsError
from pylot.lsp.fields import Fields, as_integer, at, fields_of, integer, mapping, sequence, string, unsigned
from pylot.text.document_text import Edit
from pylot.text.positions import Position, PositionEncoding, Range, code_points
from pylot.text.store import Snapshot
from pylot.text.uris import path_of

_INVOKED = 1
_AS_IS = 1


@dataclass(frozen=True, slots=True)
class OpenedDocument:
    """The parameters of `textDocument/didOpen`."""

    uri: str
    language: str
    version: int
    text: str


@dataclass(frozen=True, slots=True)
class ChangedDocument:
    """The parameters of `textDocument/didChange`; no edits means that they could not be read."""

    uri: str
    version: int
    edits: tuple[Edit, ...] | None


@dataclass(frozen=True, slots=True)
class CompletionPlace:
    """Where and how a client asks for a completion; `version` is what it says it sees, if it says so."""

    uri: str
    position: Position
    version: int | None = None
    trigger: Trigger = Trigger.AUTOMATIC
    selected_range: Range | None = None
    selected_text: str = ""
    indentation: Indentation = field(default_factory=Indentation)


@dataclass(frozen=True, slots=True)
class RenamePlace:
    """Which thing gets another name; preparing names none yet."""

    uri: str
    position: Position
    new_name: str = ""


@dataclass(frozen=True, slots=True)
class PartialAcceptance:
    """How much of a suggestion has been taken over so far, in code points."""

    suggestion_id: str
    n_characters: int


@dataclass(frozen=True, slots=True)
class FolderChange:
    """The parameters of `workspace/didChangeWorkspaceFolders`."""

    added: tuple[Path, ...]
    removed: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class CommandCall:
    """The parameters of `workspace/executeCommand`."""

    command: str
    arguments: tuple[object, ...]


def client_facts(raw: object) -> ClientFacts:
    """Read the parameters of `initialize`."""
    params = fields_of(raw)
    capabilities = mapping(params, "capabilities")
    item = at(capabilities, "textDocument", "completion", "completionItem")
    name = at(params, "clientInfo", "name")
    edits, actions = at(capabilities, "workspace", "workspaceEdit"), at(capabilities, "textDocument", "codeAction")
    creates_files = "create" in _items(at(edits, "resourceOperations"))
    resolved = _items(at(actions, "resolveSupport", "properties"))
    return ClientFacts(
        name=name if isinstance(name, str) else "",
        process_id=as_integer(params.get("processId")),
        encoding=_encoding(at(capabilities, "general", "positionEncodings")),
        inline_completion=_is_declared(at(capabilities, "textDocument", "inlineCompletion")),
        keeps_indentation=_AS_IS in _items(at(item, "insertTextModeSupport", "valueSet")),
        label_details=bool(at(item, "labelDetailsSupport")),
        markdown="markdown" in _items(at(item, "documentationFormat")),
        work_done_progress=bool(at(capabilities, "window", "workDoneProgress")),
        pulls_configuration=bool(at(capabilities, "workspace", "configuration")),
        registers_configuration=bool(at(capabilities, "workspace", "didChangeConfiguration", "dynamicRegistration")),
        registers_file_watchers=bool(at(capabilities, "workspace", "didChangeWatchedFiles", "dynamicRegistration")),
        shows_documents=bool(at(capabilities, "window", "showDocument", "support")),
        prepares_rename=bool(at(capabilities, "textDocument", "rename", "prepareSupport")),
        # Neovim makes files, which only `documentChanges` can ask for, and does not declare those.
        versioned_edits=bool(at(edits, "documentChanges")) or creates_files,
        creates_files=creates_files,
        annotated_edits=_is_declared(at(edits, "changeAnnotationSupport")),
        annotated_actions=bool(at(actions, "honorsChangeAnnotations")),
        action_literals=_is_declared(at(actions, "codeActionLiteralSupport")),
        action_tags=_is_declared(at(actions, "tagSupport")),
        resolves_edits=bool(at(actions, "dataSupport")) and "edit" in resolved,
        disabled_actions=bool(at(actions, "disabledSupport")),
        wants_status=_is_declared(at(capabilities, "experimental", "pylot")),
        asks_approvals=at(capabilities, "experimental", "pylot", "approval") is True,
        asks_input=at(capabilities, "experimental", "pylot", "input") is True,
        saves_documents=at(capabilities, "experimental", "pylot", "save") is True,
        shows_tasks=at(capabilities, "experimental", "pylot", "tasks") is True,
        folders=_folders(params),
        settings=editor_settings(params.get("initializationOptions")) or {},
    )


def nothing(_raw: object) -> None:
    """Read the parameters of a method that needs none."""


def opened_document(raw: object) -> OpenedDocument:
    """Read the parameters of `textDocument/didOpen`."""
    document = mapping(fields_of(raw), "textDocument")
    language = document.get("languageId")
    return OpenedDocument(
        uri=string(document, "uri"),
        language=language if isinstance(language, str) else "",
        version=integer(document, "version"),
        text=string(document, "text"),
    )


def changed_document(raw: object) -> ChangedDocument:
    """Read the parameters of `textDocument/didChange`, as far as they can be read."""
    params = fields_of(raw)
    uri = document_uri(params)
    try:
        version = integer(mapping(params, "textDocument"), "version")
        edits = tuple(_edit(fields_of(it)) for it in sequence(params, "contentChanges"))
    except InvalidParamsError:
        return ChangedDocument(uri, 0, None)
    return ChangedDocument(uri, version, edits)


def document_uri(raw: object) -> str:
    """Read which document the parameters name."""
    return string(mapping(fields_of(raw), "textDocument"), "uri")


def range_in(fields: Fields) -> Range:
    """Read a field `range`."""
    return _range(mapping(fields, "range"))


def focused_uri(raw: object) -> str:
    """Read the parameters of `textDocument/didFocus`; an empty string where no document has the focus."""
    uri = at(fields_of(raw), "textDocument", "uri")
    return uri if isinstance(uri, str) else ""


def inline_place(raw: object) -> CompletionPlace:
    """Read the parameters of `textDocument/inlineCompletion`, and what Copilot's clients add to them."""
    params = fields_of(raw)
    selected = at(params, "context", "selectedCompletionInfo")
    is_invoked = at(params, "context", "triggerKind") == _INVOKED
    return CompletionPlace(
        uri=document_uri(params),
        position=_position(mapping(params, "position")),
        version=as_integer(at(params, "textDocument", "version")),
        trigger=Trigger.INVOKED if is_invoked else Trigger.AUTOMATIC,
        selected_range=None if selected is None else _range(mapping(fields_of(selected), "range")),
        selected_text="" if selected is None else string(selected, "text"),
        indentation=_indentation(params),
    )


def list_place(raw: object) -> CompletionPlace:
    """Read the parameters of `textDocument/completion`; a list opens by itself, so it never counts as invoked."""
    params = fields_of(raw)
    return CompletionPlace(document_uri(params), _position(mapping(params, "position")))


def prepared_place(raw: object) -> RenamePlace:
    """Read the parameters of `textDocument/prepareRename`."""
    params = fields_of(raw)
    return RenamePlace(document_uri(params), _position(mapping(params, "position")))


def rename_place(raw: object) -> RenamePlace:
    """Read the parameters of `textDocument/rename`."""
    params = fields_of(raw)
    return RenamePlace(document_uri(params), _position(mapping(params, "position")), string(params, "newName"))


def completion_request(place: CompletionPlace, snapshot: Snapshot, encoding: PositionEncoding) -> CompletionRequest:
    """Return what to ask of the completion room for a place in a snapshot."""
    content = snapshot.content
    selected = None
    if place.selected_range is not None:
        start = content.offset_at(place.selected_range.start, encoding)
        end = content.offset_at(place.selected_range.end, encoding)
        selected = SelectedCompletion(min(start, end), max(start, end), place.selected_text)
    return CompletionRequest(
        uri=snapshot.uri,
        path=snapshot.path,
        language=snapshot.language,
        version=snapshot.version,
        text=content.text,
        offset=content.offset_at(place.position, encoding),
        trigger=place.trigger,
        selected=selected,
        indentation=place.indentation,
    )


def command_call(raw: object) -> CommandCall:
    """Read the parameters of `workspace/executeCommand`."""
    params = fields_of(raw)
    has_arguments = params.get("arguments") is not None
    return CommandCall(string(params, "command"), tuple(sequence(params, "arguments")) if has_arguments else ())


def shown_suggestion(raw: object) -> str:
    """Read the parameters of `textDocument/didShowCompletion`: the suggestion's id, from the item's command."""
    command = mapping(mapping(fields_of(raw), "item"), "command")
    return suggestion_id(tuple(sequence(command, "arguments")))


def progress_token(raw: object) -> str:
    """Read the parameters of `window/workDoneProgress/cancel`; Pylot's own tokens are strings."""
    token = fields_of(raw).get("token")
    return token if isinstance(token, str) else ""


def partial_acceptance(raw: object) -> PartialAcceptance:
    """Read the parameters of `textDocument/didPartiallyAcceptCompletion`; its length counts UTF-16 units."""
    params = fields_of(raw)
    text = at(params, "item", "insertText")
    text = at(text, "value") if isinstance(text, Mapping) else text
    if not isinstance(text, str):
        raise InvalidParamsError("`insertText` must be a string.")
    n_units = unsigned(params, "acceptedLength")
    return PartialAcceptance(shown_suggestion(raw), code_points(text, n_units, PositionEncoding.UTF16))


def suggestion_id(arguments: tuple[object, ...]) -> str:
    """Read the arguments of `pylot.acceptSuggestion`."""
    if not arguments or not isinstance(arguments[0], str):
        raise InvalidParamsError("The first argument must be the suggestion's id.")
    return arguments[0]


def changed_settings(raw: object) -> Mapping[str, object] | None:
    """Read the parameters of `workspace/didChangeConfiguration`; None asks to pull the settings."""
    return editor_settings(fields_of(raw).get("settings"))


def editor_settings(raw: object) -> Mapping[str, object] | None:
    """Return Pylot's own section of the settings, or the settings themselves where they have no such section."""
    if not isinstance(raw, Mapping):
        return None
    section = raw.get("pylot", raw)
    return section if isinstance(section, Mapping) else None


def folder_change(raw: object) -> FolderChange:
    """Read the parameters of `workspace/didChangeWorkspaceFolders`."""
    event = mapping(fields_of(raw), "event")
    return FolderChange(_paths(_items(event.get("added"))), _paths(_items(event.get("removed"))))


def changed_paths(raw: object) -> tuple[Path, ...]:
    """Read the parameters of `workspace/didChangeWatchedFiles`."""
    return _paths(_items(fields_of(raw).get("changes")))


def _is_declared(capability: object) -> bool:
    """Tell whether a capability is there; an empty object declares it."""
    return capability is not None and capability is not False


def _encoding(offered: object) -> PositionEncoding:
    names = {it.value: it for it in PositionEncoding}
    known = [names[it] for it in _items(offered) if isinstance(it, str) and it in names]
    return known[0] if known else PositionEncoding.UTF16


def _folders(params: Fields) -> tuple[Path, ...]:
    folders = _items(params.get("workspaceFolders"))
    if folders:
        return _paths(folders)
    root_uri, root_path = params.get("rootUri"), params.get("rootPath")
    if isinstance(root_uri, str):
        return _paths([{"uri": root_uri}])
    return (Path(root_path),) if isinstance(root_path, str) and root_path else ()


def _paths(folders: Iterable[object]) -> tuple[Path, ...]:
    uris = [at(it, "uri") for it in folders]
    paths = [path_of(it) for it in uris if isinstance(it, str)]
    return tuple(Path(it) for it in paths if it)


def _items(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _edit(change: Fields) -> Edit:
    span = None if change.get("range") is None else _range(mapping(change, "range"))
    return Edit(span, string(change, "text"))


def _range(span: Fields) -> Range:
    return Range(_position(mapping(span, "start")), _position(mapping(span, "end")))


def _position(position: Fields) -> Position:
    return Position(unsigned(position, "line"), unsigned(position, "character"))


def _indentation(params: Fields) -> Indentation:
    tab_size = as_integer(at(params, "formattingOptions", "tabSize"))
    insert_spaces = at(params, "formattingOptions", "insertSpaces")
    usual = Indentation()
    return Indentation(
        tab_size=tab_size if tab_size is not None and 0 < tab_size <= 32 else usual.tab_size,
        insert_spaces=insert_spaces if isinstance(insert_spaces, bool) else usual.insert_spaces,
    )
