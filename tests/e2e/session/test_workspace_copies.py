"""Lines are copied from files of the workspace that nobody has opened (issue 4)."""

from __future__ import annotations

from pathlib import Path

from tests.support.editor import Editor, Home
from tests.support.stdio_client import JsonObject

HELPER = """\
def read_measurements(path, *, delimiter=";"):
    with open(path, encoding="utf-8") as measurements_file:
        return [line.split(delimiter) for line in measurements_file if not line.startswith("#")]
"""
TYPED = """\
def read_measurements(path, *, delimiter=";"):
    with open(path, encoding="utf-8") as measurements_file:
        ‸
"""
COPIED = 'return [line.split(delimiter) for line in measurements_file if not line.startswith("#")]'


def test_an_unopened_file_is_copied_from_until_it_is_deleted(home: Home, tmp_path: Path) -> None:
    home.configure("[completion]\ndebounce_ms = 0\neagerness = 'eager'\n[models.roles]\ncomplete = ''\n")
    helper = tmp_path / "reading" / "helper.py"
    helper.parent.mkdir()
    helper.write_text(HELPER, encoding="utf-8")
    watching: JsonObject = {"textDocument": {"inlineCompletion": {}}}
    with Editor() as editor:
        editor.start(watching, workspaceFolders=[{"uri": tmp_path.as_uri(), "name": "project"}])
        editor.show((tmp_path / "main.py").as_uri(), TYPED)
        while not (items := editor.ghost_texts()):
            pass
        assert [item["insertText"] for item in items] == [COPIED]

        helper.unlink()
        change = {"uri": helper.as_uri(), "type": 3}
        editor.notify("workspace/didChangeWatchedFiles", {"changes": [change]})
        while editor.ghost_texts(invoked=True):
            pass
        editor.leave()
