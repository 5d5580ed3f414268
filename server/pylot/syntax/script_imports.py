"""What JavaScript and TypeScript import and export again, read from the text of a statement."""

from __future__ import annotations

import re

from pylot.syntax.symbol_values import Import

_COMMENT = re.compile(r"(\"[^\"\n]*\"|'[^'\n]*')|//[^\n]*|/\*.*?(?:\*/|\Z)", re.DOTALL)
# These read code without comments, with one space where there was any: nothing in them can match in two ways.
_STRING = r"[\"']([^\"']+)[\"']"
_FROM = re.compile(rf"(?:import|export)\b ?([^\"'=;()]*?) ?(?:\bfrom ?)?{_STRING}")
_REQUIRE = re.compile(rf"(?:import )?([^=]*?) ?= ?require ?\( ?{_STRING} ?\)")
_LIST = re.compile(r"export ?(?:type ?)?(\{[^{}]*\})")
_DEFAULT = re.compile(r"export ?(?:=|default\b) ?([\w$]+) ?;?\Z")
_DECLARED_DEFAULT = re.compile(r"export default (?:abstract )?(?:async )?(?:function\b ?\*?|class\b) ?([\w$]+)")
_IN_BRACES = re.compile(r"\{([^{}]*)\}")


def script_imports(statement: str, line: int) -> list[Import]:
    """Return what one JavaScript or TypeScript statement imports, or exports under another name.

    `export { a as b }` without a module is an import from the file itself, whose `module` is empty.
    """
    code = " ".join(_COMMENT.sub(r"\1", statement).split())
    is_export = code.startswith("export")
    if found := _FROM.match(code):
        return _bound(found[1].removeprefix("type "), found[2], line, is_export)
    if not is_export:
        found = _REQUIRE.match(code)
        return _required(found[1], found[2], line) if found else []
    if found := _LIST.match(code):
        return [Import("", _script_names(found[1], " as "), 0, line, "", True)]
    found = _DECLARED_DEFAULT.match(code) or _DEFAULT.match(code)
    return [Import("", ((found[1], "default"),), 0, line, "", True)] if found else []


def _bound(clause: str, module: str, line: int, is_export: bool) -> list[Import]:
    pairs = list(_script_names(clause, " as "))
    imports = []
    for item in _IN_BRACES.sub("", clause).split(","):
        words = item.split()
        if words[:2] == ["*", "as"] and len(words) == 3:
            imports.append(Import(module, (), 0, line, words[2], is_export))
        elif words == ["*"]:
            pairs.append(("*", "*"))
        elif len(words) == 1:
            pairs.append(("default", words[0]))
    if pairs or not imports:
        imports.insert(0, Import(module, tuple(pairs), 0, line, "", is_export))
    return imports


def _required(target: str, module: str, line: int) -> list[Import]:
    if target.startswith("{"):
        return [Import(module, _script_names(target, ":"), 0, line)]
    return [Import(module, (), 0, line, target.partition(":")[0].strip())]


def _script_names(clause: str, between: str) -> tuple[tuple[str, str], ...]:
    found = _IN_BRACES.search(clause)
    pairs = []
    for item in found[1].split(",") if found else ():
        name, _, local = " ".join(item.split()).removeprefix("type ").partition(between)
        if name:
            pairs.append((name.strip(), local.strip() or name.strip()))
    return tuple(pairs)
