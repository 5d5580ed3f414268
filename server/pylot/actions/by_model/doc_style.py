"""Documentation comments in the style that a project has already (L5)."""

from __future__ import annotations

import re
import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from pylot.actions.by_model.jsdoc import KnownTags, says_nothing_comes_back
from pylot.actions.by_model.signature import UNNAMED, Signature
from pylot.kernel.shown_text import unhidden

Style = Literal["google", "numpy", "sphinx", "plain", "jsdoc", "godoc", "rustdoc", "javadoc"]

_DOCSTRING = re.compile(r'^[ \t]*[rRuU]?("""|\'\'\')(.*?)\1', re.MULTILINE | re.DOTALL)
_MARKS: Mapping[Style, re.Pattern[str]] = {
    "google": re.compile(r"^\s*(?:Args|Arguments|Returns|Raises|Yields|Attributes):\s*$", re.MULTILINE),
    "numpy": re.compile(r"^\s*(?:Parameters|Returns|Raises|Yields)\s*\n\s*-{4,}\s*$", re.MULTILINE),
    "sphinx": re.compile(r"^\s*:(?:param|type|returns?|rtype|raises?)\b[^:\n]*:", re.MULTILINE),
}
_BY_LANGUAGE: Mapping[str, Style] = {
    "javascript": "jsdoc",
    "typescript": "jsdoc",
    "tsx": "jsdoc",
    "go": "godoc",
    "rust": "rustdoc",
    "java": "javadoc",
}
DOCUMENTED_LANGUAGES = frozenset({"python", *_BY_LANGUAGE})
_ENOUGH_WITHOUT = 4
_WIDTH = 88


@dataclass(frozen=True, slots=True)
class Words:
    """What a model has written for a function, by the names of its signature."""

    summary: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    returns: str = ""
    raises: Mapping[str, str] = field(default_factory=dict)


def style_of(language: str, texts: Iterable[str]) -> Style:
    """Return the style of a project: that of the first text that shows one, which should be the file's own.

    Where many docstrings have no sections at all, the project's style is to have none.
    """
    if language in _BY_LANGUAGE:
        return _BY_LANGUAGE[language]
    n_without = 0
    for text in texts:
        docstrings = [found[2] for found in _DOCSTRING.finditer(text)]
        counts: Counter[Style] = Counter()
        for style, mark in _MARKS.items():
            counts[style] = sum(1 for each in docstrings if mark.search(each))
        [(best, n_best)] = counts.most_common(1)
        if n_best:
            return best
        n_without += len(docstrings)
    return "plain" if n_without >= _ENOUGH_WITHOUT else "google"


def doc_lines(
    style: Style, name: str, signature: Signature, words: Words, indent: str, known: KnownTags | None = None
) -> list[str]:
    """Return the lines of a documentation comment, each with its indentation.

    Every parameter, the result and every error of the signature is there, and what is `known` from the comment that
    was there before, but nothing else.
    """
    width = max(40, _WIDTH - len(indent))
    summary = _sentence(words.summary)
    if style in ("google", "numpy", "sphinx", "plain"):
        lines = _docstring(summary, _sections(style, signature, words, width), width)
    elif style in ("jsdoc", "javadoc"):
        tags = _tags(style, summary, signature, words, known or KnownTags(), width - 3)
        lines = ["/**", *(f" * {line}".rstrip() for line in tags), " */"]
    elif style == "rustdoc":
        lines = [f"/// {line}".rstrip() for line in _rustdoc(summary, signature, words, width - 4)]
    else:
        begins = summary if summary.startswith(f"{name} ") else f"{name} {summary[:1].lower()}{summary[1:]}"
        lines = [f"// {line}" for line in _wrapped(begins, width - 3)]
    return [f"{indent}{line}".rstrip() for line in lines]


def overview_lines(language: str, paragraphs: Sequence[str]) -> list[str]:
    """Return the lines of the comment at a file's head."""
    cleaned = [_clean(each) for each in paragraphs if each.strip()]
    if language == "python":
        first, *rest = cleaned
        lines = _wrapped(_sentence(first), _WIDTH)
        for each in rest:
            lines += ["", *_wrapped(each, _WIDTH)]
        return _quoted(lines)
    wrapped: list[str] = []
    for each in cleaned:
        wrapped += [*([""] if wrapped else []), *_wrapped(each, _WIDTH - 3)]
    if language in ("go", "rust"):
        mark = "//!" if language == "rust" else "//"
        return [f"{mark} {line}".rstrip() for line in wrapped]
    return ["/**", *(f" * {line}".rstrip() for line in wrapped), " */"]


def _docstring(summary: str, sections: list[str], width: int) -> list[str]:
    first, *rest = _wrapped(summary, width - 3)
    return _quoted([first, *rest, *sections])


def _quoted(lines: list[str]) -> list[str]:
    # A backslash would begin an escape, and quotes would end the docstring.
    body = [line.replace('"""', "'''") for line in lines]
    quote = 'r"""' if any("\\" in line for line in body) else '"""'
    if len(body) == 1:
        gap = " " if body[0].endswith('"') else ""
        return [f'{quote}{body[0]}{gap}"""']
    return [f"{quote}{body[0]}", *body[1:], '"""']


def _sections(style: Style, signature: Signature, words: Words, width: int) -> list[str]:
    if style == "plain":
        return []
    listed = [(each.name, each.type, _clean(words.parameters.get(each.name, ""))) for each in signature.parameters]
    returned = _clean(words.returns) if signature.returns else ""
    raised = [(name, _clean(words.raises.get(name, ""))) for name in signature.raises]
    if style == "sphinx":
        lines = [line for name, _, said in listed for line in _hanging(f":param {name.lstrip('*')}:", said, width)]
        lines += _hanging(":returns:", returned, width) if returned else []
        lines += [line for name, said in raised for line in _hanging(f":raises {name}:", said, width)]
        return ["", *lines] if lines else []
    what = "Yields" if signature.yields else "Returns"
    kind = "" if signature.returns == "?" else signature.returns
    if style == "google":
        blocks = [
            ("Args:", [line for name, _, said in listed for line in _hanging(f"    {name}:", said, width, "        ")]),
            (f"{what}:", _hanging("   ", returned, width, "    ") if returned else []),
            ("Raises:", [line for name, said in raised for line in _hanging(f"    {name}:", said, width, "        ")]),
        ]
        return [line for title, lines in blocks if lines for line in ("", title, *lines)]
    numpy = [
        ("Parameters", [line for name, type_, said in listed for line in _numpy(name, type_, said, width)]),
        (what, _numpy("", kind, returned, width) if returned else []),
        ("Raises", [line for name, said in raised for line in _numpy(name, "", said, width)]),
    ]
    return [line for title, lines in numpy if lines for line in ("", title, "-" * len(title), *lines)]


def _numpy(name: str, type_: str, said: str, width: int) -> list[str]:
    head = " : ".join(filter(None, (name, type_)))
    return [*([head] if head else []), *(f"    {line}" for line in _wrapped(said, width - 4))]


def _tags(style: Style, summary: str, signature: Signature, words: Words, known: KnownTags, width: int) -> list[str]:
    lines = _wrapped(summary, width)
    tags = []
    for name, known_name in _parameter_names(signature, known):
        head, dash = known.parameters.get(known_name, known_name), "- " if style == "jsdoc" else ""
        tags += _hanging(f"@param {head}", dash + _clean(words.parameters.get(name, "")), width)
        tags += [line for text in known.properties.get(known_name, ()) for line in text.split("\n")]
    returned = "@return" if style == "javadoc" else "@yields" if signature.yields else "@returns"
    if signature.returns:
        tags += _hanging(" ".join(filter(None, (returned, known.returns))), _clean(words.returns), width)
    elif says_nothing_comes_back(known):
        tags.append(f"{returned} {known.returns}")
    for name in signature.raises:
        said = _clean(words.raises.get(name, ""))
        tags += _hanging(f"@throws {name}" if style == "javadoc" else f"@throws {{{name}}}", said, width)
    tags += [line for text in known.others for line in text.split("\n")]
    return [*lines, *(["", *tags] if tags else [])]


def _parameter_names(signature: Signature, known: KnownTags) -> Iterator[tuple[str, str]]:
    """Yield the name of each parameter, and how the comment calls it; one that is taken apart has no name in code."""
    names = [each.name for each in signature.parameters]
    given = [name for name in known.parameters if name not in names]
    for name in names:
        is_unnamed = name == UNNAMED and name not in known.parameters and len(given) == 1
        yield name, given[0] if is_unnamed else name


def _rustdoc(summary: str, signature: Signature, words: Words, width: int) -> list[str]:
    lines = _wrapped(summary, width)
    if "Result" in signature.returns and words.returns:
        lines += ["", "# Errors", "", *_wrapped(_sentence(words.returns), width)]
    return lines


def _hanging(head: str, said: str, width: int, indent: str = "    ") -> list[str]:
    return textwrap.wrap(
        f"{head} {said}", width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )


def _wrapped(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False) or [""]


def _sentence(text: str) -> str:
    text = _clean(text)
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _clean(text: str) -> str:
    """Return one line that closes no comment and begins no tag."""
    return unhidden(" ".join(text.split())).replace("*/", "* /").strip().lstrip("@")
