"""T4: every request gets exactly one answer, and no answer shows the user a traceback."""

from __future__ import annotations

import random
from collections import Counter

from pylot.lsp.dispatch_table import NOTIFICATIONS, REQUESTS
from pylot.lsp.errors import ErrorCode
from tests.support.stdio_client import StdioClient, at

URI = "file:///a.py"
METHODS = [*(set(REQUESTS) - {"shutdown"}), *NOTIFICATIONS, "no/such/method", "$/such/method", ""]
PARAMS: list[object] = [
    None,
    [],
    {},
    7,
    "x",
    at(URI, 0, 3),
    at(URI, 1, 5),
    at(URI, 99, 99),
    at("file:///unknown", 0, 0),
    {"textDocument": None, "position": None},
    {"textDocument": {"uri": URI}, "position": {"line": -1, "character": 1.5}},
    {"textDocument": {"uri": URI}, "position": {"line": "0", "character": True}},
    {**at(URI, 0, 0), "context": {"triggerKind": "x", "selectedCompletionInfo": 5}},
    {"command": "pylot.status"},
    {"command": "pylot.explain", "arguments": [2]},
    {"command": "pylot.explain", "arguments": ["x"]},
    {"command": "pylot.acceptSuggestion"},
    {"command": "no.such.command", "arguments": {}},
    {"command": 5},
]


def test_two_hundred_random_requests() -> None:
    rng = random.Random(4)
    asked: Counter[str] = Counter()
    with StdioClient() as client:
        client.initialize()
        client.open(URI, "foo\n#slow\n#fail\n#model")
        for number in range(200):
            request_id = rng.choice((1_000 + number, f"id-{number}", 1_000 + number // 2, f"id-{number // 3}"))
            asked[repr(request_id)] += 1
            client.send(
                {"jsonrpc": "2.0", "id": request_id, "method": rng.choice(METHODS), "params": rng.choice(PARAMS)}
            )
            if rng.random() < 0.2:
                client.notify("$/cancelRequest", {"id": rng.choice((request_id, "id-1", None, [], 5))})
            if rng.random() < 0.2:
                client.notify(rng.choice(sorted(NOTIFICATIONS)), rng.choice(PARAMS))
        client.send({"jsonrpc": "2.0", "id": "last", "method": "shutdown"})
        client.answer("last")
        client.notify("exit")

        assert client.exit_code() == 0
        answers = [it for it in client.remaining() if "method" not in it]
        assert Counter(repr(it["id"]) for it in answers) == asked
        errors = [it["error"] for it in answers if "error" in it]
        assert {it["code"] for it in errors} <= {int(it) for it in ErrorCode}
        assert all(set(it) == {"code", "message"} for it in errors)
        assert "Traceback" not in str(answers)


def test_a_failed_request_says_one_sentence_and_the_log_holds_no_user_code() -> None:
    with StdioClient() as client:
        client.initialize()
        client.open(URI, "secret_name = 1  #fail\nsecret_name #model\nsecret_name #callback")
        for place, sentence in (
            (at(URI, 0, 22), "Pylot could not do this; its log says why."),
            (at(URI, 1, 18), "The model's file is damaged."),
        ):
            error = client.answer(client.request("textDocument/inlineCompletion", place))["error"]
            assert error == {"code": ErrorCode.INTERNAL_ERROR, "message": sentence}
        client.answer(client.request("textDocument/inlineCompletion", at(URI, 2, 21)))
        client.ask("shutdown")
        client.notify("exit")
        client.exit_code()
        client.remaining()

        log = "\n".join(client.log)
        assert "RuntimeError" in log
        assert "The event loop met an error: RecursionError" in log
        assert "secret_name" not in log
