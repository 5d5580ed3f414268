"""What a model writes goes where it was offered, and only there (K4, K5)."""

from __future__ import annotations

import pytest

from pylot.actions.by_model.task import Around
from pylot.kernel.errors import ActionRefusedError, ModelAnswerError
from tests.support.code_places import FileTree, offers_at, place_in, plan_at, text_after

STUB = 'import os\n\n\ndef area(w, h):\n    """Return the area."""\n    ‸pass\n\n\nx = 1\n'
WHOLE = '```python\ndef area(w, h):\n    """Return the area."""\n    return w * h\n```'
DONE = 'import os\n\n\ndef area(w, h):\n    """Return the area."""\n    return w * h\n\n\nx = 1\n'

BODIES = [
    ("perfect", "python", STUB, WHOLE, DONE),
    ("prose around it", "python", STUB, f"Sure, here it is:\n\n{WHOLE}\n\nIt multiplies.", DONE),
    ("the body alone", "python", STUB, "return w * h", DONE),
    ("the body alone, fenced and indented", "python", STUB, "```\n        return w * h\n```", DONE),
    ("another signature and docstring", "python", STUB,
     '```python\ndef area(w: int, h: int, unit) -> int:\n    """Something else."""\n    return w * h\n```', DONE),
    ("more than was asked for", "python", STUB,
     ("```python\nimport evil\n\nx = 2\n\ndef other(): ...\n\ndef area(w, h):\n    return w * h\n\n"
     "os.remove('a')\n```"), DONE),
    ("the old version first", "python", STUB,
     "```python\ndef area(w, h):\n    pass\n\ndef area(w, h):\n    return w * h\n```", DONE),
    ("a method", "python", "class A:\n    def f(self):\n        ...‸\n",
     "```python\nclass A:\n  def f(self):\n    if self:\n      return 1\n```",
     "class A:\n    def f(self):\n        if self:\n          return 1\n"),
    ("a comment to be done", "python", "def f(a):\n    # TODO: double it ‸\n    raise NotImplementedError\n",
     "```python\ndef f(a):\n    # Twice.\n    return 2 * a\n```", "def f(a):\n    # Twice.\n    return 2 * a\n"),
    ("on one line", "python", "def f(a): ‸...\n", "```python\ndef f(a):\n    return a\n```", ("def f(a):\n"
    "    return a\n")),
    ("line endings", "python", "def f(a):\r\n    ‸pass\r\n", "```python\ndef f(a):\n    b = a\n    return b\n```",
     "def f(a):\r\n    b = a\r\n    return b\r\n"),
    ("tabs", "go", "package a\n\nfunc F(a int) int {\n\t‸panic(\"not implemented\")\n}\n",
     "```go\nfunc F(a int) int {\n\treturn a\n}\n```", "package a\n\nfunc F(a int) int {\n\treturn a\n}\n"),
    ("a method of a class", "typescript", ("class A {\n  f(a: number): number {\n    ‸throw new Error('TODO');\n"
    "  }\n}\n"),
     "```ts\nf(a: number): number {\n  return a;\n}\n```", ("class A {\n  f(a: number): number {\n    return a;\n"
     "  }\n}\n")),
    ("an arrow function", "javascript", "const f = (a) => {‸};\n", "```js\nconst f = (a) => {\n  return a;\n};\n```",
     "const f = (a) => {\n    return a;\n};\n"),
    ("rust", "rust", "fn f(a: i32) -> i32 {\n    ‸todo!()\n}\n", "```rust\nfn f(a: i32) -> i32 {\n    a\n}\n```",
     "fn f(a: i32) -> i32 {\n    a\n}\n"),
    ("java", "java", "class A {\n    int f(int a) {‸\n    }\n}\n", "```java\nint f(int a) {\n    return a;\n}\n```",
     "class A {\n    int f(int a) {\n        return a;\n    }\n}\n"),
    ("a signature alone", "python", "def twice(a: int) -> int:‸\n\n\nx = 1\n",
     "```python\ndef twice(a: int) -> int:\n    return 2 * a\n```",
     "def twice(a: int) -> int:\n    return 2 * a\n\n\nx = 1\n"),
    ("a signature alone, in a class", "python", "class A:\n    def f(self):‸\n",
     "```python\ndef f(self):\n    return 1\n```", "class A:\n    def f(self):\n        return 1\n"),
    ("a class of which there is only documentation", "python", 'class Stack‸:\n    """Push and pop."""\n',
     "```python\nclass Stack:\n    def pop(self):\n        return 1\n```",
     'class Stack:\n    """Push and pop."""\n    def pop(self):\n        return 1\n'),
]  # fmt: skip

REFUSED = [
    ("nothing", "", ModelAnswerError),
    ("an empty fence", "```python\n```", ModelAnswerError),
    ("still a stub", "```python\ndef area(w, h):\n    ...\n```", ActionRefusedError),
    ("a missing bracket", "```python\ndef area(w, h):\n    return (w * h\n```", (ActionRefusedError, ModelAnswerError)),
    ("prose alone", "I am sorry, I cannot do that.", ActionRefusedError),
    ("hidden characters", "```python\ndef area(w, h):\n    return w * h  # \u202eevil\n```", ModelAnswerError),
]


@pytest.mark.parametrize(
    ("language", "text", "answer", "expected"), [case[1:] for case in BODIES], ids=[case[0] for case in BODIES]
)
def test_a_body_is_taken_and_nothing_else(language: str, text: str, answer: str, expected: str) -> None:
    place = place_in(text, language)

    assert text_after(place, plan_at(place, "write-body", answer)) == expected


@pytest.mark.parametrize(("answer", "error"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_what_cannot_be_used_changes_nothing(answer: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        plan_at(place_in(STUB), "write-body", answer)


COMMENT = "import re\n\n# Return the words of a text,‸ in lower case.\n\nx = 1\n"
COMMENTS = [
    ("perfect", COMMENT, "```python\ndef words(text):\n    return re.findall(r'\\w+', text.lower())\n```",
     ("import re\n\n# Return the words of a text, in lower case.\ndef words(text):\n"
     "    return re.findall(r'\\w+', text.lower())\n\nx = 1\n")),
    ("the file up to it once more", COMMENT,
     "```python\nimport re\n\n# Return the words of a text, in lower case.\nwords = 1\n```",
     "import re\n\n# Return the words of a text, in lower case.\nwords = 1\n\nx = 1\n"),
    ("inside a function", "def f(a):\n    # Return a ten times‸ over.\n", "return a * 10",
     "def f(a):\n    # Return a ten times over.\n    return a * 10\n"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "answer", "expected"), [case[1:] for case in COMMENTS], ids=[c[0] for c in COMMENTS])
def test_code_goes_below_the_comment_that_describes_it(text: str, answer: str, expected: str) -> None:
    place = place_in(text)

    assert text_after(place, plan_at(place, "write-from-comment", answer)) == expected


MISSING = [
    ("python", "def f(a):\n    return half‸(a)\n\n\nx = 1\n",
     "```python\nimport os\ndef half(a):\n    return a / 2\nos.remove('x')\n```",
     "def half(a):\n    return a / 2\n\n\ndef f(a):\n    return half(a)\n\n\nx = 1\n"),
    ("javascript", "// Says it.\nfunction f(a) {\n  return half‸(a);\n}\n",
     "function half(a) {\n  return a / 2;\n}",
     "function half(a) {\n  return a / 2;\n}\n\n// Says it.\nfunction f(a) {\n  return half(a);\n}\n"),
]  # fmt: skip


@pytest.mark.parametrize(("language", "text", "answer", "expected"), MISSING)
def test_a_missing_function_is_written_in_front_of_its_caller(
    language: str, text: str, answer: str, expected: str
) -> None:
    place = place_in(text, language)

    assert text_after(place, plan_at(place, "write-missing", answer)) == expected


METHODS = [
    ("python", "class A:\n    @property\n    def f(self):\n        return self.half‸(1)\n\n    x = 1\n",
     "class A:\n    def half(self, a):\n        return a / 2\n\n    def evil(self): ...\n",
     ("class A:\n    @property\n    def f(self):\n        return self.half(1)\n\n    def half(self, a):\n"
     "        return a / 2\n\n    x = 1\n")),
    ("typescript", "class A {\n  f(): number {\n    return this.half‸(1);\n  }\n}\n",
     "half(a: number): number {\n  return a / 2;\n}",
     ("class A {\n  f(): number {\n    return this.half(1);\n  }\n\n  half(a: number): number {\n    return a / 2;\n"
     "  }\n}\n")),
]  # fmt: skip


@pytest.mark.parametrize(("language", "text", "answer", "expected"), METHODS)
def test_a_missing_method_is_written_behind_its_caller(language: str, text: str, answer: str, expected: str) -> None:
    place = place_in(text, language)

    assert text_after(place, plan_at(place, "write-method", answer)) == expected


PLACES = [
    ("def f(a):\n    ‸pass\n", {"write-body"}),
    ("def f(a):\n    ‸return a\n", set()),
    ("def f(a):‸\n", {"write-body"}),
    ("def f(a):‸\n    return a\n", set()),
    ("class A:‸\n    pass\n", set()),
    ("print‸(1)\n", set()),
    ("from m import *\nf‸(1)\n", set()),
    ("f‸(1)\n", {"write-missing"}),
    ("f = 1\nf‸(1)\n", set()),
    ("import f\nf‸(1)\n", set()),
    ("class A:\n    def f(self):\n        self.g‸()\n", {"write-method"}),
    ("class A(B):\n    def f(self):\n        self.g‸()\n", set()),
    ("class A:\n    def f(self):\n        self.g = 1\n        self.g‸()\n", set()),
    ("class A:\n    def f(self):\n        self.f‸()\n", set()),
    ("# Add two numbers‸ and return them.\n\n", {"write-from-comment"}),
    ("# Add two numbers‸ and return them.\nx = 1\n", set()),
    ("x = 1  # Add two numbers‸ and more.\n\n", set()),
    ("# ---‸---\n\n", set()),
    ("‸", set()),
    ("def f(:\n  ‸(\n", set()),
]


@pytest.mark.parametrize(("text", "ids"), PLACES)
def test_writing_is_offered_where_something_is_missing(text: str, ids: set[str]) -> None:
    writes = {"write-body", "write-from-comment", "write-missing", "write-method"}

    assert {each.id for each in offers_at(place_in(text))} & writes == ids


BASE = """from abc import ABC, abstractmethod


class Shape(ABC):
    @abstractmethod
    def area(self) -> float:
        '''Return the area.'''

    @property
    @abstractmethod
    def name(self) -> str: ...

    def twice(self) -> float:
        return 2 * self.area()

"""
SQUARE = "class Square‸(Shape):\n    def __init__(self, side):\n        self.side = side\n"
STUBBED = """class Square(Shape):
    def __init__(self, side):
        self.side = side

    def area(self) -> float:
        raise NotImplementedError

    @property
    def name(self) -> str:
        raise NotImplementedError
"""
WRITTEN = """```python
import os

class Square(Shape):
    def __init__(self, side):
        os.remove(side)

    def area(self, unit=None) -> int:
        return self.side ** 2

    def extra(self):
        return 1

    @property
    def name(self) -> str:
        raise NotImplementedError
```"""
IMPLEMENTED = STUBBED.replace("raise NotImplementedError", "return self.side ** 2", 1)


def test_stubs_come_from_the_bases_in_the_same_file() -> None:
    from pylot.actions.by_model.catalogue import PROGRAMS

    place = place_in(BASE + "\n" + SQUARE)

    assert text_after(place, PROGRAMS["add-stubs"].plan(place, Around())) == BASE + "\n" + STUBBED


def test_members_get_bodies_from_the_model_and_signatures_from_the_base() -> None:
    place = place_in("from .shapes import Shape\n\n\n" + SQUARE, path="geo/square.py")
    project = FileTree("geo/square.py", {"geo/shapes.py": BASE})
    plan = plan_at(place, "implement", WRITTEN, Around(project))

    assert text_after(place, plan) == "from .shapes import Shape\n\n\n" + IMPLEMENTED


SCRIPT_CLASSES = [
    ("typescript",
     "interface A {\n  f(a: number): string;\n  b: number;\n  c?: string;\n}\nclass C‸ implements A {\n}\n",
     "class C {\n  f(a: number): string {\n    return String(a);\n  }\n}",
     "class C implements A {\n  f(a: number): string {\n      return String(a);\n  }\n\n  b!: number;\n}\n"),
    ("java", "interface A { int f(int a); }\nclass C‸ implements A {\n}\n",
     "class C implements A {\n    public int f(int a) {\n        return a;\n    }\n}",
     "class C implements A {\n    @Override\n    public int f(int a) {\n        return a;\n    }\n}\n"),
]  # fmt: skip


@pytest.mark.parametrize(("language", "text", "answer", "expected"), SCRIPT_CLASSES)
def test_interfaces_are_implemented(language: str, text: str, answer: str, expected: str) -> None:
    place = place_in(text, language)
    assert "interface" in place.text

    after = text_after(place, plan_at(place, "implement", answer))

    assert after.partition("class C")[2].split() == expected.partition("class C")[2].split()


BRANCHES = [
    ("python",
     ("class Color(Enum):\n    RED = 1\n    BLUE = 2\n    GREEN = 3\n\ndef f(c):\n    match‸ c:\n"
     "        case Color.RED:\n"
     "            return 1\n        case _:\n            return 0\n"),
     ("match c:\n    case Color.RED:\n        return 99\n    case Color.BLUE | Color.GREEN:\n        return 2\n"
     "    case Color.PINK:\n        return 3\n    case _:\n        return 5\n"),
     ("        case Color.RED:\n            return 1\n        case Color.BLUE | Color.GREEN:\n            return 2\n"
     "        case _:\n            return 0\n")),
    ("typescript",
     "enum C { A, B }\nfunction f(c: C) {\n  switch‸ (c) {\n    case C.A:\n      return 1;\n  }\n}\n",
     "```ts\nswitch (c) {\n  case C.A:\n    return 7;\n  case C.B:\n    return 2;\n}\n```",
     "  switch (c) {\n    case C.A:\n      return 1;\n    case C.B:\n      return 2;\n  }\n}\n"),
    ("go", "package a\n\nfunc f(a int) int {\n\tswitch‸ a {\n\tcase 1:\n\t\treturn 1\n\t}\n\treturn 0\n}\n",
     "switch a {\ncase 1:\n\treturn 1\ncase 2:\n\treturn 4\n}",
     "\tcase 1:\n\t\treturn 1\n\tcase 2:\n\t\treturn 4\n\t}\n\treturn 0\n}\n"),
]  # fmt: skip


MISSING_BRANCHES = [
    ("typescript", ("type S = 'a' | 'b' | \"c\";\nfunction f(s: S) {\n  switch‸ (s) {\n    case 'a':\n"
    "      return 1;\n  }\n}\n"),
     "Fill in the missing branches for 'b', 'c'"),
    ("python", "def f(s: Literal['x', 'y']):\n    match‸ s:\n        case 'x':\n            return 1\n",
     "Fill in the missing branches for 'y'"),
    ("rust", "enum E { A, B }\nfn f(e: E) -> i32 {\n    match‸ e {\n        E::A => 1,\n    }\n}\n",
     "Fill in the missing branches for E::B"),
    ("java", ("enum E { A, B }\nclass C { int f(E e) {\n    switch‸ (e) {\n        case A:\n"
    "            return 1;\n    }\n"
     "    return 0;\n} }\n"), "Fill in the missing branches"),
    ("python", "match‸ s:\n    case 'x':\n        pass\n", "Fill in the missing branches"),
]  # fmt: skip


@pytest.mark.parametrize(("language", "text", "title"), MISSING_BRANCHES)
def test_what_is_missing_is_known_where_the_file_says_so(language: str, text: str, title: str) -> None:
    assert title in {each.title for each in offers_at(place_in(text, language))}


@pytest.mark.parametrize(("language", "text", "answer", "expected"), BRANCHES)
def test_only_new_branches_are_taken(language: str, text: str, answer: str, expected: str) -> None:
    place = place_in(text, language)

    assert text_after(place, plan_at(place, "fill-branches", answer)).endswith(expected)


def test_a_statement_with_every_branch_gets_no_offer() -> None:
    text = "class C(Enum):\n    A = 1\n\nmatch‸ c:\n    case C.A:\n        pass\n"

    assert "fill-branches" not in {each.id for each in offers_at(place_in(text))}
