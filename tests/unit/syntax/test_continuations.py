"""What a suggestion may still need is only looked for where it has begun: each try is a parse (T12)."""

from __future__ import annotations

import pytest

from pylot.syntax.continuations import continuations

NEXT = "\n    def x(): pass"


@pytest.mark.parametrize(
    ("language", "before", "insertion", "expected"),
    [
        ("python", "    value = ", "one", [NEXT]),
        ("python", '    """', "What", [NEXT, '"""']),
        ("python", "    value = ", "'''What", [NEXT, "'''"]),
        ("javascript", "const a = ", "one", [";"]),
        ("javascript", "const a = ", "`one", [";", "`"]),
        ("java", "try ", "{ a(); }", [";", " finally {}", " void x() {}"]),
        ("c", "", "#ifdef ONE\n", [";", " x;", " {}", "\n#endif\n"]),
        ("klingon", "", "{", ["\n}"]),
    ],
)
def test_only_what_has_begun_is_tried(language: str, before: str, insertion: str, expected: list[str]) -> None:
    assert list(continuations(language, before, insertion)) == expected
