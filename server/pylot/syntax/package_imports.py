"""What imports of languages with packages, namespaces or included files name, read from the text of a statement."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pylot.syntax.symbol_values import Import

_COMMENT = re.compile(r"//[^\n]*|/\*.*?(?:\*/|\Z)", re.DOTALL)
_EVERYTHING = (("*", "*"),)
_QUOTED = re.compile(r"[\"'<]([^\"'<>\n]+)[\"'>]")
_GO = re.compile(r"(?:([\w.]+)\s+)?[\"`]([^\"`\n]+)[\"`]")
_DOTTED = re.compile(
    r"import\s+(?:static\s+)?([\w.]+?)(?:\.?\*|\._|\.\{([^{}]*)\}|\.(\w+)(?:\s+as\s+(\w+))?)?\s*;?\s*\Z"
)
_CSHARP = re.compile(r"(?:global\s+)?using\s+(?:static\s+)?(?:(\w+)\s*=\s*)?([\w.]+)\s*;?")
_PHP_USE = re.compile(r"use (?:function |const )?(.+)")
_LUA = re.compile(r"(?:local\s+)?(\w+)\s*=\s*require\s*\(?\s*[\"']([^\"'\n]+)[\"']")
_SOURCE = re.compile(r"(?:source|\.)\s+[\"']?(?:\$\{?\w+\}?/)?([^\"'\s$;|&]+)")


def included(statement: str, line: int) -> list[Import]:
    """Return the file that `#include` names."""
    found = _QUOTED.search(statement)
    return [Import(found[1], _EVERYTHING, 0, line)] if found else []


def go_import(statement: str, line: int) -> list[Import]:
    """Return the package of one import spec, bound to its last part where it has no name."""
    found = _GO.match(statement)
    if not found or found[1] == "_":
        return []
    if found[1] == ".":
        return [Import(found[2], _EVERYTHING, 0, line)]
    return [Import(found[2], (), 0, line, found[1] or found[2].rpartition("/")[2])]


def rust_uses(statement: str, line: int) -> list[Import]:
    """Return every path of a `use` declaration, or the module that `mod name;` says is in a file of its own."""
    code = " ".join(statement.removesuffix(";").split())
    is_public = code.startswith("pub")
    if (use := re.search(r"\buse (.*)", code)) is None:
        name = code.rpartition(" ")[2]
        return [Import(f"self::{name}", (), 0, line, name)]
    imports: dict[str, list[tuple[str, str]]] = {}
    for path, local in _rust_paths(use[1], ""):
        module, _, name = path.rpartition("::")
        imports.setdefault(module, []).append((name, local or name))
    return [Import(module, tuple(names), 0, line, "", is_public) for module, names in imports.items()]


def _rust_paths(tree: str, prefix: str) -> Iterator[tuple[str, str]]:
    """Yield the paths of a use tree with the names they are bound to, if those are others."""
    tree = tree.strip()
    head, brace, rest = tree.partition("{")
    if brace:
        for item in _split_outside_braces(rest.rpartition("}")[0]):
            yield from _rust_paths(item, prefix + head.strip())
    elif tree:
        path, _, local = tree.partition(" as ")
        path = prefix + path.strip()
        yield (path.removesuffix("::self"), local.strip()) if path.endswith("::self") else (path, local.strip())


def _split_outside_braces(text: str) -> Iterator[str]:
    depth = start = 0
    for position, character in enumerate(text):
        depth += (character == "{") - (character == "}")
        if character == "," and depth == 0:
            yield text[start:position]
            start = position + 1
    yield text[start:]


def dotted_imports(statement: str, line: int) -> list[Import]:
    """Return what an import of Java, Kotlin or Scala names: classes, everything, or several with new names."""
    found = _DOTTED.match(" ".join(_COMMENT.sub(" ", statement).split()))
    if not found:
        return []
    module, group, name, alias = found.groups()
    if group is not None:
        return [Import(module, tuple(_renamed(item) for item in group.split(",") if item.strip()), 0, line)]
    if name is None:
        return [Import(module, _EVERYTHING, 0, line)]
    return [Import(module, ((name, alias or name),), 0, line)]


def _renamed(item: str) -> tuple[str, str]:
    name, _, local = item.replace(" as ", "=>").partition("=>")
    name = "*" if name.strip() == "_" else name.strip()
    return name, local.strip() or name


def csharp_using(statement: str, line: int) -> list[Import]:
    """Return the namespace of a using directive, or the one type that it gives another name."""
    found = _CSHARP.match(statement)
    if not found:
        return []
    alias, module = found.groups()
    if not alias:
        return [Import(module, _EVERYTHING, 0, line)]
    namespace, _, name = module.rpartition(".")
    return [Import(namespace, ((name, alias),), 0, line)]


def ruby_require(statement: str, line: int) -> list[Import]:
    """Return the file that `require` or `require_relative` loads; any other call imports nothing."""
    word = statement.partition("(")[0].split(None, 1)[0]
    found = _QUOTED.search(statement)
    if found is None or word not in ("require", "require_relative", "load"):
        return []
    return [Import(f"./{found[1]}" if word == "require_relative" else found[1], _EVERYTHING, 0, line)]


def php_uses(statement: str, line: int) -> list[Import]:
    """Return the names of a `use` declaration, or the file of a `require` or `include`."""
    if not statement.startswith("use"):
        found = _QUOTED.search(statement)
        return [Import(found[1].lstrip("/"), _EVERYTHING, 0, line)] if found else []
    found = _PHP_USE.match(" ".join(statement.split()).rstrip(" ;"))
    if not found:
        return []
    prefix, brace, group = found[1].partition("{")
    imports = []
    for item in (group.rstrip("} ") if brace else found[1]).split(","):
        path, _, alias = " ".join(item.split()).partition(" as ")
        module, _, name = ((prefix if brace else "") + path).strip("\\").rpartition("\\")
        if name:
            imports.append(Import(module, ((name, alias or name),), 0, line))
    return imports


def lua_require(statement: str, line: int) -> list[Import]:
    """Return the module that a local variable holds; any other declaration imports nothing."""
    found = _LUA.match(statement)
    return [Import(found[2], (), 0, line, found[1])] if found else []


def sourced(statement: str, line: int) -> list[Import]:
    """Return the file that a shell sources; any other command imports nothing."""
    found = _SOURCE.match(statement)
    return [Import(found[1], _EVERYTHING, 0, line)] if found else []
