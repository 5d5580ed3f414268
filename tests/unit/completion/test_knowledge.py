"""From the symbol table to what a file's surroundings mean for it (L3)."""

from __future__ import annotations

from pylot.completion.knowledge import knowledge_of
from pylot.completion.known_symbols import KnownDefinition
from pylot.index.symbols.table import SymbolTable
from pylot.syntax.symbols import read_symbols

FILES = {
    "app/base.py": "class Base:\n    limit = 3\n    def run(self, times: int) -> None:\n        '''Run it.'''\n",
    "app/tools.py": "def mend(path: str) -> bool:\n    '''Mend a file.'''\n    return True\n_hidden = 1\n",
    "app/secret.py": "def key() -> str: ...\n",
    "app/main.py": "from app.base import Base\nfrom app.tools import mend as repair\nfrom app import tools\n"
    "from app.secret import key\nimport os\n\nclass Main(Base):\n    def go(self) -> None: ...\n",
}


def table() -> SymbolTable:
    symbols = SymbolTable(None)
    for path, text in FILES.items():
        symbols.open(path, read_symbols(text, "python"))
    return symbols


def test_imports_inheritance_and_own_definitions_are_known_by_their_local_names() -> None:
    known = knowledge_of(table(), "app/main.py", lambda path: path != "app/secret.py")
    named = {each.name: each for each in known.imported}

    assert list(named) == ["Base", "repair", "tools"]
    assert named["repair"] == KnownDefinition(
        "repair", "function", "app/tools.py", "def mend(path: str) -> bool", "Mend a file."
    )
    assert "def run(self, times: int) -> None" in named["Base"].members
    assert named["tools"].members == ("def mend(path: str) -> bool",)
    assert [base.name for base in known.inherited["Main"]] == ["Base"]
    assert [(own.signature, own.owner) for own in known.own][-1] == ("def go(self) -> None", "Main")


def test_nothing_is_known_of_an_unknown_file() -> None:
    assert knowledge_of(table(), "app/none.py", lambda _: True).imported == ()
