"""The handshake and ghost text as real editors speak it, checked against the specification by pytest-lsp."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator

import pytest
import pytest_lsp
from lsprotocol import types
from pytest_lsp import ClientServerConfig, LanguageClient, client_capabilities

from tests.support.stdio_client import ROOT, SCRIPTED_SERVER

URI = "file:///a.py"
ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT / "server"), str(ROOT)))}


@pytest_lsp.fixture(  # type: ignore[untyped-decorator]
    params=["visual_studio_code", "neovim"],
    config=ClientServerConfig(server_command=list(SCRIPTED_SERVER), server_env=ENVIRONMENT),
)
async def client(request: pytest.FixtureRequest, lsp_client: LanguageClient) -> AsyncIterator[None]:
    capabilities = client_capabilities(request.param)
    assert capabilities.text_document is not None
    # The recorded profiles are older than LSP 3.18.
    capabilities.text_document.inline_completion = types.InlineCompletionClientCapabilities()

    @lsp_client.feature(types.CLIENT_REGISTER_CAPABILITY)  # type: ignore[untyped-decorator]
    def _register(_params: types.RegistrationParams) -> None:
        return None

    await lsp_client.initialize_session(
        types.InitializeParams(capabilities=capabilities, workspace_folders=[types.WorkspaceFolder("file:///w", "w")])
    )
    yield
    await lsp_client.shutdown_session()


async def test_ghost_text(client: LanguageClient) -> None:
    document = types.TextDocumentItem(uri=URI, language_id="python", version=1, text="foo")
    client.text_document_did_open(types.DidOpenTextDocumentParams(document))
    answer = await client.text_document_inline_completion_async(
        types.InlineCompletionParams(
            context=types.InlineCompletionContext(types.InlineCompletionTriggerKind.Automatic),
            text_document=types.TextDocumentIdentifier(URI),
            position=types.Position(0, 3),
        )
    )

    assert isinstance(answer, types.InlineCompletionList)
    assert [it.insert_text for it in answer.items] == ["foo!"]
