from __future__ import annotations

import pytest

from pylot.syntax.identifiers import identifiers
from pylot.syntax.languages import Family, canonical_language, language_facts


@pytest.mark.parametrize(
    ("language_id", "path", "expected"),
    [
        ("python", "a.txt", "python"),
        ("shellscript", "", "bash"),
        ("typescriptreact", "a.tsx", "tsx"),
        ("typescript", "a.tsx", "tsx"),
        ("javascriptreact", "a.jsx", "javascript"),
        ("c-sharp", "", "csharp"),
        ("plaintext", "src/a.rs", "rust"),
        ("", "Rakefile", "ruby"),
        ("", "A.PY", "python"),
        ("Brainfuck", "a.bf", "brainfuck"),
    ],
)
def test_canonical_language(language_id: str, path: str, expected: str) -> None:
    assert canonical_language(language_id, path) == expected


def test_an_unknown_language_is_told_by_its_indentation() -> None:
    assert language_facts("brainfuck").family is Family.INDENT


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("python", "def total(self, x): return prices[0]", {"total", "prices"}),
        ("tsx", "const total = () => prices", {"total", "prices"}),
        ("bash", "my-command || exit", {"my-command"}),
        ("", "größe = 12", {"größe"}),
    ],
)
def test_identifiers(language: str, text: str, expected: set[str]) -> None:
    assert identifiers(text, language) == expected
