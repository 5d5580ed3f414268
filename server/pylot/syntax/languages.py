"""The languages that Pylot knows by name: how editors call them, what their files end with, how they comment."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from pathlib import PurePath
from types import MappingProxyType


class Family(Enum):
    """What ends a block."""

    INDENT = "a line indented less"
    BRACE = "a closing brace"
    END = "the word end"
    SHELL = "fi, done, esac or a closing brace"


@dataclass(frozen=True, slots=True)
class Language:
    """One language; `ids` are the names that editors use in `languageId` besides its own."""

    name: str
    family: Family
    line_comments: tuple[str, ...] = ()
    block_comment: tuple[str, str] | None = None
    ids: tuple[str, ...] = ()
    suffixes: tuple[str, ...] = ()
    file_names: tuple[str, ...] = ()


_C_STYLE = ("/*", "*/")
_SLASHES = ("//",)
_HASH = ("#",)
_DASHES = ("--",)
_BRACE, _INDENT, _END = Family.BRACE, Family.INDENT, Family.END

_LANGUAGES = (
    Language("python", _INDENT, _HASH, None, ("py", "python3"), (".py", ".pyi", ".pyw")),
    Language(
        "javascript", _BRACE, _SLASHES, _C_STYLE, ("javascriptreact", "js", "jsx"), (".js", ".jsx", ".mjs", ".cjs")
    ),
    Language("typescript", _BRACE, _SLASHES, _C_STYLE, ("ts",), (".ts", ".mts", ".cts")),
    Language("tsx", _BRACE, _SLASHES, _C_STYLE, ("typescriptreact",), (".tsx",)),
    Language("go", _BRACE, _SLASHES, _C_STYLE, ("golang",), (".go",)),
    Language("rust", _BRACE, _SLASHES, _C_STYLE, ("rs",), (".rs",)),
    Language("java", _BRACE, _SLASHES, _C_STYLE, (), (".java",)),
    Language("c", _BRACE, _SLASHES, _C_STYLE, (), (".c", ".h")),
    Language(
        "cpp", _BRACE, _SLASHES, _C_STYLE, ("c++", "cxx", "cuda-cpp"), (".cpp", ".cc", ".cxx", ".hpp", ".hh", ".hxx")
    ),
    Language("csharp", _BRACE, _SLASHES, _C_STYLE, ("cs", "c-sharp", "c#"), (".cs", ".csx")),
    Language("ruby", _END, _HASH, ("=begin", "=end"), ("rb",), (".rb", ".rake", ".gemspec"), ("Rakefile", "Gemfile")),
    Language("php", _BRACE, ("//", "#"), _C_STYLE, (), (".php", ".phtml")),
    Language("lua", _END, _DASHES, ("--[[", "]]"), (), (".lua",)),
    Language(
        "bash",
        Family.SHELL,
        _HASH,
        None,
        ("sh", "shellscript", "shell", "zsh", "ksh"),
        (".sh", ".bash", ".zsh"),
        (".bashrc", ".profile", ".zshrc"),
    ),
    Language("kotlin", _BRACE, _SLASHES, _C_STYLE, ("kt",), (".kt", ".kts")),
    Language("swift", _BRACE, _SLASHES, _C_STYLE, (), (".swift",)),
    Language("scala", _BRACE, _SLASHES, _C_STYLE, (), (".scala", ".sc")),
    Language("dart", _BRACE, _SLASHES, _C_STYLE, (), (".dart",)),
    Language("zig", _BRACE, _SLASHES, None, (), (".zig",)),
    Language("css", _BRACE, (), _C_STYLE, (), (".css",)),
    Language("scss", _BRACE, _SLASHES, _C_STYLE, ("less",), (".scss", ".less")),
    Language("perl", _BRACE, _HASH, None, (), (".pl", ".pm")),
    Language("r", _BRACE, _HASH, None, (), (".r", ".R")),
    Language("terraform", _BRACE, ("#", "//"), _C_STYLE, ("hcl",), (".tf", ".hcl")),
    Language("elixir", _END, _HASH, None, (), (".ex", ".exs")),
    Language("julia", _END, _HASH, ("#=", "=#"), (), (".jl",)),
    Language("haskell", _INDENT, _DASHES, ("{-", "-}"), (), (".hs",)),
    Language("nim", _INDENT, _HASH, None, (), (".nim",)),
    Language("yaml", _INDENT, _HASH, None, (), (".yaml", ".yml")),
    Language("toml", _INDENT, _HASH, None, (), (".toml",)),
    Language("ini", _INDENT, (";", "#"), None, (), (".ini", ".cfg")),
    Language("makefile", _INDENT, _HASH, None, ("make",), (".mk",), ("Makefile", "makefile", "GNUmakefile")),
    Language("dockerfile", _INDENT, _HASH, None, (), (".dockerfile",), ("Dockerfile",)),
    Language("sql", _INDENT, _DASHES, _C_STYLE, (), (".sql",)),
    Language("html", _INDENT, (), ("<!--", "-->"), (), (".html", ".htm")),
    Language("xml", _INDENT, (), ("<!--", "-->"), (), (".xml", ".svg")),
    Language("markdown", _INDENT, (), ("<!--", "-->"), ("md",), (".md", ".markdown")),
    Language("json", _INDENT, (), None, ("jsonc",), (".json",)),
    Language("plaintext", _INDENT, (), None, ("text",), (".txt",)),
)
_BY_NAME = MappingProxyType({name: language for language in _LANGUAGES for name in (language.name, *language.ids)})
_BY_SUFFIX = MappingProxyType({suffix: language.name for language in _LANGUAGES for suffix in language.suffixes})
_BY_FILE_NAME = MappingProxyType({name: language.name for language in _LANGUAGES for name in language.file_names})


_INTERPRETER = re.compile(r"#!\s*(?:\S*/env\s+(?:-S\s+)?)?(?:\S*/)?([\w.]+)")
_INTERPRETERS = MappingProxyType(
    {"node": "javascript", "deno": "typescript", "sh": "bash", "zsh": "bash", "Rscript": "r"}
)


def canonical_language(language_id: str, path: str = "") -> str:
    """Return the name that every part of Pylot uses for a document's language.

    The editor's `languageId` decides where it is known; then the file's name; else the id in lower case.
    """
    known = _BY_NAME.get(language_id.lower())
    file = PurePath(path)
    by_file = _BY_FILE_NAME.get(file.name) or _BY_SUFFIX.get(file.suffix) or _BY_SUFFIX.get(file.suffix.lower())
    # Some editors call a .tsx or .jsx file by the plain language's name.
    if known and known.name == "typescript" and by_file == "tsx":
        return "tsx"
    if known and known.name != "plaintext":
        return known.name
    return by_file or (known.name if known else language_id.lower())


def detected_language(path: str, text: str) -> str:
    """Return the canonical language of a file that nobody names: by its name, else by its first line's interpreter.

    An empty string where neither tells.
    """
    by_name = canonical_language("", path)
    found = None if by_name else _INTERPRETER.match(text)
    word = found[1].rstrip("0123456789.") if found else ""
    return by_name or _INTERPRETERS.get(word, word if word in _BY_NAME else "")


def is_known_language(name: str) -> bool:
    """Tell whether Pylot knows a language by a name of its own or of an editor."""
    return name.lower() in _BY_NAME


def language_facts(name: str) -> Language:
    """Return what is known about a canonical language; an unknown one is told by its indentation."""
    return _BY_NAME.get(name) or Language(name, Family.INDENT)
