"""Text that looks like a secret: where it stands and what kind it is, never what it says."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

_LONGEST_LINE = 20_000
_SHORTEST_SECRET_LINE = 12
_LEAST_ENTROPY = 3.0

_TOKENS = re.compile(
    r"""
      (?P<aws_key>\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}\b)
    | (?P<github_token>\b(?:gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_[A-Za-z0-9_]{40,255})\b)
    | (?P<gitlab_token>\bgl(?:pat|ptt|dt|rt|cbt|soat)-[\w\-]{20,})
    | (?P<slack_token>\bxox[abeoprs]-[\w\-]{10,}|hooks\.slack\.com/services/T\w+/B\w+/\w+)
    | (?P<stripe_key>\b[rs]k_(?:live|test)_[A-Za-z0-9]{16,})
    | (?P<model_api_key>\bsk-(?:proj-|ant-|svcacct-|or-)?[A-Za-z0-9_\-]{20,})
    | (?P<google_key>\bAIza[\w\-]{35}|\bya29\.[\w\-]{20,}|\bGOCSPX-[\w\-]{20,})
    | (?P<package_token>\bnpm_[A-Za-z0-9]{36}\b|\bpypi-[\w\-]{40,}|\bhf_[A-Za-z0-9]{30,})
    | (?P<json_web_token>\beyJ[\w\-]{10,}\.eyJ[\w\-]{10,}\.[\w\-]{10,})
    | (?P<url_password>\b[a-z][a-z0-9+.\-]{1,20}://[^\s:/@'"]{1,100}:(?!\$|<|\{|%\(|xxx|\*)[^\s:/@'"]{6,200}(?=@))
    """,
    re.VERBOSE,
)
# Each token kind begins with one of these, and looking for them is far cheaper than the expression above.
_HINTS = re.compile(
    r"A[KSBC][IC]A|gh[pousr]_|github_pat|gl[a-z]+-|xox|hooks\.slack|[rs]k[_-]|AIza|ya29|GOCSPX|npm_|pypi-|hf_|eyJ|://"
)
_ASSIGNMENT = re.compile(
    r"""(?:pass(?:word|wd|phrase)?|pwd|secret|token|api[_\-]?key|access[_\-]?key|private[_\-]?key|auth[_\-]?key
        |client[_\-]?secret|credential|conn(?:ection)?[_\-]?str(?:ing)?)[\w\-]{0,30}
        ["']?\ *(?::\ *[A-Za-z][\w.\[\]]*\ *=|:=|=>|=|:)\ *
        (?:[a-zA-Z]?(?P<quote>["'`])(?P<value>[^"'`\n]{8,500})(?P=quote)
        |(?-i:(?=[^A-Z]*[A-Z])(?=[^a-z]*[a-z]))(?=\D*\d)(?P<bare>(?-i:[A-Za-z0-9+/_\-=!@#$%^&*]{16,200}))\s*$)""",
    re.VERBOSE | re.IGNORECASE,
)
_ASSIGNED = ("pass", "pwd", "secret", "token", "key", "credential", "conn")
_ASSIGNMENT_HINT = re.compile("|".join(_ASSIGNED), re.IGNORECASE)
_PLACEHOLDER = re.compile(
    r"\$\{|\{\{|\}|<[^>]+>|%\(|\s|^(?:your|my|some|change|insert|replace|enter|example|dummy|fake|test|todo)"
    r"|^(.)\1+$|^[a-z]+(?:[._\-/][a-z]+)*$|^[A-Z]+(?:_[A-Z0-9]+)*$|://|^[./~]",
    re.IGNORECASE,
)
BLOCK_BEGIN = "-----BEGIN "
_KEY_BLOCK = re.compile(
    r"""-----BEGIN\ (?:[A-Z0-9]+\ ){0,3}PRIVATE\ KEY(?:\ BLOCK)?-----
        [\s"'`+.,;\\()rn]{0,60}(?:[A-Z][\w\-]*:\ [^\n]{0,200}\s+){0,4}
        [A-Za-z0-9+/=]{16}[A-Za-z0-9+/=\s\\"'`+.,;()]{0,20000}
        (?:-----END\ [A-Z0-9\ ]{1,40}-----)?""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class SecretSpan:
    """Where a secret stands, in code points from the start of the text."""

    kind: str
    start: int
    end: int


def secret_spans(text: str) -> tuple[SecretSpan, ...]:
    """Return the secret-looking parts of a text in order."""
    return tuple(sorted((*block_spans(text), *line_spans(text)), key=lambda span: span.start))


def block_spans(text: str) -> tuple[SecretSpan, ...]:
    """Return the secrets that take several lines: private keys."""
    if BLOCK_BEGIN not in text:
        return ()
    return tuple(SecretSpan("private_key", *match.span()) for match in _KEY_BLOCK.finditer(text))


def line_spans(text: str, offset: int = 0) -> tuple[SecretSpan, ...]:
    """Return the secrets that stand in one line each, of a text that begins at an offset of a longer one.

    Lines seen before cost a look-up each.
    """
    spans: list[SecretSpan] = []
    for start, end in _lines_with_hints(text):
        line = text[start:end]
        if len(line) >= _SHORTEST_SECRET_LINE:
            for kind, first, last in _line_spans(line) if len(line) < 1000 else _scan_line(line):
                spans.append(SecretSpan(kind, offset + start + first, offset + start + last))
    return tuple(spans)


def _lines_with_hints(text: str) -> Iterator[tuple[int, int]]:
    """Yield where the lines start and end that may hold a secret: most lines of most files may not."""
    places = {match.start() for match in _HINTS.finditer(text)}
    if text.isascii():
        lowered = text.lower()
        for word in _ASSIGNED:
            place = lowered.find(word)
            while place >= 0:
                places.add(place)
                place = lowered.find(word, place + 1)
    else:
        # Where case is ignored, a few other letters count as those of the alphabet, which lower case does not change.
        places.update(match.start() for match in _ASSIGNMENT_HINT.finditer(text))
    end = -1
    for place in sorted(places):
        if place > end:
            start = text.rfind("\n", 0, place) + 1
            end = text.find("\n", place)
            end = end if end >= 0 else len(text)
            yield start, end


def mask_secrets(text: str) -> str:
    """Return a text of equal length in which every character of a secret, line ends apart, reads `x`."""
    return masked(text, secret_spans(text))


def masked(text: str, spans: Sequence[SecretSpan]) -> str:
    """Return a text with the characters of its secrets hidden, line ends apart."""
    if not spans:
        return text
    pieces, position = [], 0
    for span in spans:
        if span.end <= position:
            continue
        start = max(span.start, position)
        pieces += [text[position:start], re.sub(r"[^\r\n]", "x", text[start : span.end])]
        position = span.end
    return "".join([*pieces, text[position:]])


def is_key_file(text: str) -> bool:
    """Tell whether a text is a private key from its first line on, whatever the file is called."""
    return _KEY_BLOCK.match(text[:400].lstrip()) is not None


@lru_cache(maxsize=8192)
def _line_spans(line: str) -> tuple[tuple[str, int, int], ...]:
    return tuple(_scan_line(line))


def _scan_line(line: str) -> Iterator[tuple[str, int, int]]:
    line = line[:_LONGEST_LINE]
    if _HINTS.search(line):
        for match in _TOKENS.finditer(line):
            yield str(match.lastgroup), match.start(), match.end()
    if _ASSIGNMENT_HINT.search(line):
        for match in _ASSIGNMENT.finditer(line):
            group = "value" if match["value"] else "bare"
            if not _PLACEHOLDER.search(match[group]) and _entropy(match[group]) >= _LEAST_ENTROPY:
                yield "password", match.start(group), match.end(group)


def _entropy(value: str) -> float:
    """Return the bits per character of a string's own distribution."""
    counts = Counter(value).values()
    return -sum(count / len(value) * math.log2(count / len(value)) for count in counts)
