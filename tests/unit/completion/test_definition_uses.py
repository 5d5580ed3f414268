"""The local predictor knows how to go on with what a file imports (issue 6; F5, L3)."""

from __future__ import annotations

import pytest

from pylot.completion.copier import evidence_at, predict
from pylot.completion.copy_confidence import probabilities_right
from pylot.completion.copy_index import CopyIndex
from pylot.completion.definition_uses import uses_at
from pylot.completion.known_symbols import FileKnowledge, KnownDefinition
from pylot.completion.parameters import Parameter, arguments_at_hand, parameters_of
from pylot.completion.values import CompletionRequest

CONNECT = KnownDefinition("connect", "function", "/w/net.py", "def connect(host: str, port: int = 80) -> Socket")
CLIENT = KnownDefinition(
    "Client", "class", "/w/client.py", "class Client(Base):", members=("def __init__(self, url: str, *, retry: int)",)
)
BROKEN = KnownDefinition("BrokenError", "class", "/w/errors.py", "class BrokenError(Exception):")
KNOWLEDGE = FileKnowledge((CLIENT, CONNECT, BROKEN))
IMPORTS = "from client import Client\nfrom net import connect\nfrom errors import BrokenError\n"


def request(marked: str, language: str = "python") -> CompletionRequest:
    return CompletionRequest("u", "/w/a.py", language, 1, marked.replace("‸", ""), marked.index("‸"))


@pytest.mark.parametrize(
    ("marked", "expected"),
    [
        ("def f(host):\n    s = conn‸", "ect(host)"),
        ("def f(host, port):\n    s = conn‸", "ect(host, port=port)"),
        ("def f(host):\n    s = connect(‸", "host)"),
        ("def f(self):\n    self.host = 1\n    s = con‸", "nect(self.host)"),
        ("def f(url, retry):\n    with Cl‸", "ient(url, retry=retry):"),
        ("def f(host):\n    g(con‸", "nect(host))"),
        ("def f(host):\n    g(\n        con‸", "nect(host),"),
        ("    raise Br‸", "okenError()"),
        ("    a = connect(HOST, 8080)\n    b = con‸", "nect(HOST, 8080)"),
        ("    a = connect(HOST).read()\n    b = con‸", "nect(HOST).read()"),
        ("    g(con‸)\n    x = connect(HOST)\n", "nect(HOST))"),
        ("    b = con‸", "nect("),
        ("    def f(c: Cli‸", "ent):"),
    ],
)
def test_a_use_is_among_what_may_follow(marked: str, expected: str) -> None:
    assert expected in uses_at(request(IMPORTS + marked), KNOWLEDGE)


@pytest.mark.parametrize(
    "marked",
    [
        "‸",
        "    x = 'con‸",
        "    # a con‸",
        "    thing.con‸",
        "    def con‸",
        "from net import con‸",
        "    value con‸",
        "    value)‸",
        "    x = unknown(‸",
        "    x = zz‸",
    ],
)
def test_nothing_is_used_where_nothing_imported_can_stand(marked: str) -> None:
    assert uses_at(request(IMPORTS + marked), KNOWLEDGE) == {}


def test_what_the_file_never_used_is_used_as_other_files_do() -> None:
    other = "from net import connect\nsocket = connect(LOCAL, timeout=3)\n"
    marked = IMPORTS + "    s = con‸"

    assert "nect(LOCAL, timeout=3)" in uses_at(request(marked), KNOWLEDGE, [other])
    assert "nect(LOCAL, timeout=3)" not in uses_at(request(marked + "\nconnect(HOST)\n"), KNOWLEDGE, [other])


def test_lines_end_as_lines_do_in_braces() -> None:
    found = KnownDefinition("make", "function", "/w/m.ts", "export function make(size: number, deep?: boolean): Tree")
    marked = "import { make } from './m';\n" + "a();\n" * 5 + "function f(size) {\n  if (ma‸"

    assert "ke(size)) {" in uses_at(request(marked, "typescript"), FileKnowledge((found,)))
    assert "ke(size);" in uses_at(request(marked.replace("if (", "const x = "), "typescript"), FileKnowledge((found,)))


def test_the_predictor_goes_on_where_nothing_can_be_copied() -> None:
    """Issue 6: right more often with context than without."""
    asked = request(IMPORTS + "def f(host):\n    socket = connect(‸")
    [found] = predict(asked, CopyIndex(), multiline=False, knowledge=KNOWLEDGE)

    assert found.text == "host)"
    assert predict(asked, CopyIndex(), multiline=False) == ()


def test_less_is_said_of_a_use_than_the_competition_gives_it() -> None:
    """What is shown with uses is right as often as without them (issue 6)."""
    asked = request(IMPORTS + "def f(host):\n    socket = connect(‸")
    [found] = predict(asked, CopyIndex(), multiline=False, knowledge=KNOWLEDGE)
    competing = evidence_at(asked, CopyIndex(), knowledge=KNOWLEDGE)

    assert found.probability == pytest.approx(0.85 * max(probabilities_right(competing)))


@pytest.mark.parametrize(
    ("signature", "expected"),
    [
        ("def f() -> None", ()),
        ("def f(self, a: dict[str, int], b=(1, 2))", (Parameter("a", True, False), Parameter("b", False, False))),
        ("def f(a, /, *rest, c: int, **more)", (Parameter("a", True, False), Parameter("c", True, True))),
        ("function f(a: (x: T) => U, b?: V): W", (Parameter("a", True, False), Parameter("b", False, False))),
        ("def f(a,", None),
        ("LIMIT = 3", None),
    ],
)
def test_parameters(signature: str, expected: tuple[Parameter, ...] | None) -> None:
    assert parameters_of(KnownDefinition("f", "function", "/w/a.py", signature)) == expected


@pytest.mark.parametrize(
    ("text", "keywords", "expected"),
    [
        ("a = b = 1", True, [("a",), ("a=a",), ("a", "b=b"), ("a=a", "b=b")]),
        ("a = b = 1", False, [("a",), ("a", "b")]),
        ("this.a", False, [("this.a",)]),
        ("x.a, a(), b", True, []),
    ],
)
def test_arguments_are_variables_of_the_same_names(text: str, *, keywords: bool, expected: list[tuple[str]]) -> None:
    parameters = (Parameter("a", True, False), Parameter("b", False, False))

    assert arguments_at_hand(parameters, text, keywords=keywords) == expected
