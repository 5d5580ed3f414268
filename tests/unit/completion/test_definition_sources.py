"""What the model sees of definitions elsewhere: ranked imports, the called one, members, an outline (F5, L3)."""

from __future__ import annotations

import pytest

from pylot.completion.definition_ranking import WEIGHTS, Place, features, rank
from pylot.completion.definition_sources import (
    CalledDefinitionSource,
    ImportedDefinitionsSource,
    MembersSource,
    NamesSource,
    OutlineSource,
)
from pylot.completion.known_symbols import FileKnowledge, KnownDefinition, OwnDefinition
from pylot.completion.sources import ContextPiece, ContextSource, Surroundings
from pylot.completion.values import CompletionRequest

CLIENT = KnownDefinition(
    "Client",
    "class",
    "/w/client.py",
    "class Client(Base):",
    "Speaks HTTP.",
    ("def __init__(self, url: str) -> None", "def get(self, path: str) -> Response"),
)
CONNECT = KnownDefinition("connect", "function", "/w/net.py", "def connect(host: str, port: int) -> Socket")
BROKEN = KnownDefinition("BrokenError", "class", "/w/errors.py", "class BrokenError(Exception):")
NET = KnownDefinition("net", "module", "/w/net.py", "module net", members=(CONNECT.signature, "LIMIT = 3"))
KNOWLEDGE = FileKnowledge(
    (CLIENT, CONNECT, BROKEN, NET),
    {"Mine": (CLIENT,)},
    (OwnDefinition("def far() -> None", 0), OwnDefinition("def near() -> None", 400)),
    ("json", "connect", "far", "near"),
)
IMPORTS = "from client import Client\nfrom net import connect\nfrom errors import BrokenError\nimport net\n"


def gathered(source: ContextSource, text: str) -> list[ContextPiece]:
    offset = text.index("‸")
    request = CompletionRequest("file:///w/a.py", "/w/a.py", "python", 1, text.replace("‸", ""), offset)
    return source.gather(request, Surroundings(knowledge=KNOWLEDGE))


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("connect(1, 2)\nBrokenError()\nnet.x\nclient = ‸", "Client"),
        ("Client()\nconnect(1, 2)\nnet.x\nif not found:\n    raise ‸", "BrokenError"),
        ("Client()\nBrokenError()\nnet.x\n# connect to the host\nsocket = ‸", "connect"),
        ("with net.x:\n  pass\nClient()\nBrokenError()\nconnect()\n" + "x = 1\n" * 80 + "with ‸", "net"),
    ],
    ids=["not used yet", "an error is raised", "named above", "after the same word"],
)
def test_what_is_probably_used_next_comes_first(text: str, first: str) -> None:
    whole = IMPORTS + text
    ranked = rank(KNOWLEDGE.imported, whole.replace("‸", ""), whole.index("‸"))

    assert ranked[0][0].name == first
    assert sum(probability for _, probability in ranked) == pytest.approx(1)


def test_every_weight_has_its_feature() -> None:
    [row] = features([CLIENT], Place.at("", 0))

    assert set(row) == set(WEIGHTS)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("connect(‸)", "def connect(host: str, port: int) -> Socket"),
        ("connect(f(1), g(2, 3), ‸", "def connect(host: str, port: int) -> Socket"),
        ("c = Client('x')\nc.get(‸", "def get(self, path: str) -> Response"),
        ("net.connect(‸", "def connect(host: str, port: int) -> Socket"),
        ("Client(‸", "class Client(Base):\n    Speaks HTTP.\n    def __init__(self, url: str) -> None"),
        ("connect(1) + ‸", None),
        ("unknown(‸", None),
        ("c = Client('x')\nc.put(‸", None),
    ],
)
def test_the_called_definition_is_shown_while_its_arguments_are_written(text: str, shown: str | None) -> None:
    assert [piece.text for piece in gathered(CalledDefinitionSource(), text)] == ([shown] if shown else [])


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ("c = Client('x')\nc.‸", ["/w/client.py"]),
        ("def f(c: Client):\n    c.ge‸", ["/w/client.py"]),
        ("net.‸", ["/w/net.py"]),
        ("class Mine(Client):\n    def f(self):\n        self.‸", ["/w/client.py"]),
        ("class Other:\n    def f(self):\n        self.‸", []),
        ("c = 1\nc.‸", []),
        ("‸", []),
    ],
)
def test_members_are_shown_behind_a_dot(text: str, paths: list[str]) -> None:
    pieces = gathered(MembersSource(), text)

    assert [piece.path for piece in pieces] == paths
    assert all("def " in piece.text for piece in pieces)


def test_imports_are_shown_file_by_file_without_the_improbable() -> None:
    pieces = gathered(ImportedDefinitionsSource(), IMPORTS + "Client()\nBrokenError()\nnet.x\nsocket = ‸")

    assert pieces[0] == ContextPiece("imported definitions", "/w/net.py", pieces[0].text, 0.7)
    assert pieces[0].text.startswith("def connect(host: str, port: int) -> Socket")


def test_the_outline_leaves_out_what_stands_in_the_prompt_anyway() -> None:
    assert [piece.text for piece in gathered(OutlineSource(), "\n" * 400 + "‸")] == ["def far() -> None"]


@pytest.mark.parametrize("source", [CalledDefinitionSource(), MembersSource(), ImportedDefinitionsSource()])
def test_nothing_is_shown_where_nothing_is_known(source: ContextSource) -> None:
    request = CompletionRequest("file:///w/a.py", "/w/a.py", "python", 1, "connect(x.", 10)

    assert source.gather(request, Surroundings()) == []


def test_names_are_listed_that_cannot_be_seen_the_most_probable_first() -> None:
    [piece] = gathered(NamesSource(), "Client()\nBrokenError()\nnet.x\n# near\nsocket = ‸")

    assert piece.text == "connect, json, far"
    assert gathered(NamesSource(), IMPORTS + "json far near ‸") == []
