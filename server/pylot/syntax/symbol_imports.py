"""What an import statement brings into a file, read from its text."""

from __future__ import annotations

import re

from pylot.syntax.symbol_values import Import

_FROM = re.compile(r"from\s*(\.*)\s*([\w.]*)\s*import\s*(.*)", re.DOTALL)
_COMMENT = re.compile(r"#[^\n]*")


def python_imports(statement: str, line: int) -> list[Import]:
    """Return the imports of one Python statement (language reference 7.11)."""
    code = _COMMENT.sub("", statement).replace("\\\n", " ")
    if found := _FROM.match(code):
        dots, module, names = found.groups()
        return [Import(module, _python_names(names.strip(" \t\n();")), len(dots), line)]
    _, _, modules = code.partition("import")
    return [Import(module, (), 0, line, alias if alias != module else "") for module, alias in _python_names(modules)]


def _python_names(listed: str) -> tuple[tuple[str, str], ...]:
    pairs = []
    for item in listed.split(","):
        words = item.split()
        if words:
            pairs.append((words[0], words[2] if len(words) == 3 and words[1] == "as" else words[0]))
    return tuple(pairs)
