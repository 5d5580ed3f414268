from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pylot.completion.values import SelectedCompletion, Trigger
from pylot.kernel.clock import ManualClock
from pylot.lsp import from_proto
from pylot.lsp.client_facts import ClientFacts
from pylot.lsp.errors import InvalidParamsError
from pylot.text.positions import PositionEncoding
from pylot.text.store import DocumentStore

ZERO = {"line": 0, "character": 0}


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({}, ClientFacts()),
        ({"clientInfo": {"name": "Neovim"}, "processId": 7}, ClientFacts(name="Neovim", process_id=7)),
        ({"clientInfo": 5, "processId": "7", "workspaceFolders": 3, "initializationOptions": 1}, ClientFacts()),
        ({"rootUri": "file:///a%20b"}, ClientFacts(folders=(Path("/a b"),))),
        ({"rootPath": "/a"}, ClientFacts(folders=(Path("/a"),))),
        ({"workspaceFolders": [{"uri": "file:///a"}], "rootPath": "/b"}, ClientFacts(folders=(Path("/a"),))),
        ({"initializationOptions": {"pylot": {"a": 1}, "b": 2}}, ClientFacts(settings={"a": 1})),
    ],
)
def test_what_a_client_says_of_itself(params: dict[str, object], expected: ClientFacts) -> None:
    assert from_proto.client_facts({"capabilities": {}, **params}) == expected


@pytest.mark.parametrize(
    ("capabilities", "expected"),
    [
        ({"general": {"positionEncodings": ["x", "utf-32", "utf-8"]}}, ClientFacts(encoding=PositionEncoding.UTF32)),
        ({"general": {"positionEncodings": "utf-8"}}, ClientFacts()),
        ({"textDocument": {"inlineCompletion": {}}}, ClientFacts(inline_completion=True)),
        (
            {"textDocument": {"completion": {"completionItem": {"labelDetailsSupport": True}}}},
            ClientFacts(label_details=True),
        ),
        (
            {"textDocument": {"completion": {"completionItem": {"insertTextModeSupport": {"valueSet": [1, 2]}}}}},
            ClientFacts(keeps_indentation=True),
        ),
        ({"window": {"workDoneProgress": True}, "workspace": 5}, ClientFacts(work_done_progress=True)),
        ({"experimental": {"pylot": {}}}, ClientFacts(wants_status=True)),
        ({"experimental": {"pylot": False}}, ClientFacts()),
        ({"textDocument": {"completion": {"completionItem": {"tagSupport": {"valueSet": [99]}}}}}, ClientFacts()),
    ],
)
def test_capabilities_that_nobody_knows_do_no_harm(capabilities: dict[str, object], expected: ClientFacts) -> None:
    assert from_proto.client_facts({"capabilities": capabilities}) == expected


@pytest.mark.parametrize(("name", "expected"), [("Neovim", True), ("Visual Studio Code", False), ("", False)])
def test_only_neovim_waits_between_keys_by_itself(name: str, expected: bool) -> None:
    assert ClientFacts(name=name).debounces is expected


@pytest.mark.parametrize(
    ("read", "raw"),
    [
        (from_proto.client_facts, None),
        (from_proto.opened_document, {"textDocument": {"uri": "a", "version": 1}}),
        (from_proto.changed_document, {"contentChanges": []}),
        (from_proto.inline_place, {"textDocument": {"uri": "a"}}),
        (from_proto.inline_place, {"textDocument": {"uri": "a"}, "position": {"line": 0}}),
        (from_proto.inline_place, {"textDocument": {"uri": "a"}, "position": {"line": 0.5, "character": 0}}),
        (from_proto.inline_place, {"textDocument": {"uri": "a"}, "position": {"line": True, "character": 0}}),
        (from_proto.command_call, {"command": "a", "arguments": {}}),
        (from_proto.shown_suggestion, {"item": {"command": {"arguments": []}}}),
        (from_proto.shown_suggestion, {"item": {"command": {"arguments": [1]}}}),
        (from_proto.partial_acceptance, {"item": {}, "acceptedLength": 1}),
        (from_proto.changed_settings, None),
        (from_proto.folder_change, {}),
    ],
)
def test_wrong_parameters_are_refused(read: Callable[[object], object], raw: object) -> None:
    """T4: -32602."""
    with pytest.raises(InvalidParamsError):
        read(raw)


def test_a_completion_request_counts_code_points() -> None:
    snapshot = DocumentStore(ManualClock()).open("file:///a.py", "python", 4, "😀\né😀x")
    span = {"start": {"line": 1, "character": 1}, "end": {"line": 1, "character": 4.0}}
    params = {
        "textDocument": {"uri": "file:///a.py"},
        "position": {"line": 1, "character": 3},
        "context": {"triggerKind": 1, "selectedCompletionInfo": {"range": span, "text": "😀xy"}},
    }
    place = from_proto.inline_place(params)

    request = from_proto.completion_request(place, snapshot, PositionEncoding.UTF16)

    assert (request.path, request.version, request.trigger) == ("/a.py", 4, Trigger.INVOKED)
    assert (request.prefix, request.suffix) == ("😀\né😀", "x")
    assert request.selected == SelectedCompletion(3, 5, "😀xy")


@pytest.mark.parametrize(
    ("text", "expected"), [("a😀b", 2), ({"kind": "snippet", "value": "ab😀"}, 2), ("a", 1), ("\n\n\n\n", 3)]
)
def test_accepted_lengths_count_utf16_units(text: object, expected: int) -> None:
    item = {"insertText": text, "command": {"command": "x", "arguments": ["s-1"]}}

    acceptance = from_proto.partial_acceptance({"item": item, "acceptedLength": 3})

    assert acceptance == from_proto.PartialAcceptance("s-1", expected)
