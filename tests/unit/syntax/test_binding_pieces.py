"""After a key only what it changed is read again, however long the file is (issue 8, 5)."""

from __future__ import annotations

import pytest

from pylot.syntax.binding_builder import BindingBuilder
from pylot.syntax.code_nodes import read_code_nodes

N = 7
# In each, `%d` is the number of a method, `{n}` that of the class.
METHOD = {
    "python": """\
    def m%d(self, width, height=1):
        total = width * height + self.area(width, {n})
        return total
""",
    "typescript": """\
  m%d(width, height) {{
    const total = width * height + this.area(width, {n});
    return total;
  }}
""",
    "javascript": """\
  it('case %d of {n}', () => {{
    const total = area(width, height, {n});
    expect(total, 'of area').toBe(area);
  }});
""",
    "java": """\
  int m%d(int width, int height) {{
    int total = width * height + area(width, {n});
    return total;
  }}
""",
    "go": """\
func m{n}%d(width int, height int) int {{
    total := width * height + area(width, {n})
    return total
}}
""",
}
AROUND = {
    "python": ("class C{n}(B):\n", ""),
    "typescript": ("export class C{n} extends B {{\n", "}}\n"),
    "javascript": ("describe('all of it', () => {{\n", "}});\n"),
    "java": ("class C{n} {{\n", "}}\n"),
    "go": ("", ""),
}


@pytest.mark.parametrize("language", METHOD)
def test_a_key_costs_the_names_of_the_function_that_it_is_in(monkeypatch: pytest.MonkeyPatch, language: str) -> None:
    head, tail = AROUND[language]
    part = head + "".join(METHOD[language] % k for k in range(N)) + tail
    text = "".join(part.format(n=n) for n in range(2_000 // part.count("\n")))
    before = read_code_nodes(text, language)
    assert before is not None
    assert before.bindings is not None
    n_all = sum(len(each.occurrences) for each in before.bindings.bindings.values())
    n_read = 0
    mark = BindingBuilder._mark

    def counted(*args: object) -> None:
        nonlocal n_read
        n_read += 1
        mark(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(BindingBuilder, "_mark", counted)
    at = text.index("total", len(text) // 2)
    after = read_code_nodes(text[:at] + "w" + text[at:], language, before)
    assert after is not None
    assert after.bindings is not None
    found = after.bindings.bindings.starting_at(at)

    assert found is not None
    assert found.name == "wtotal"
    assert 0 < n_read <= 20 < n_all / 50
