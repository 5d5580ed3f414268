"""A member is renamed where every place of its name is certain, and otherwise not at all (L2, K5)."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from pylot.actions.member_names import member_name_at
from pylot.actions.member_rename import rename_member
from pylot.actions.offer import Place
from pylot.actions.workspace_code import WorkspaceCode
from pylot.kernel.errors import ActionRefusedError
from tests.support.marked_files import Edits, changed

CART = "class Cart:\n    def ‸total(self): return 1\n"
PYTHON = [
    # What is called on an object itself, and on what a constructor has just made.
    ("class C:\n    def ‸f(self): return self.f()\nC().f()\nc = C()\nc.f()\ndef g(c: C, d: 'C | None'): c.f(), d.f()\n",
     "class C:\n    def x(self): return self.x()\nC().x()\nc = C()\nc.x()\ndef g(c: C, d: 'C | None'): c.x(), d.x()\n"),
    ("class C:\n    def __init__(self): self.‸f = 1\n    def g(self): return lambda: self.f\n",
     "class C:\n    def __init__(self): self.x = 1\n    def g(self): return lambda: self.x\n"),
    # Overrides change together, and so does what `super()` finds; another class keeps its own.
    ("class A:\n    def f(self): ...\nclass B(A):\n    def ‸f(self): super().f()\nclass D:\n    def f(self): ...\n",
     "class A:\n    def x(self): ...\nclass B(A):\n    def x(self): super().x()\nclass D:\n    def f(self): ...\n"),
    ("class C:\n    @property\n    def ‸f(self): ...\n    @f.setter\n    def f(self, v): ...\n    g = f\nC().f = 1\n",
     "class C:\n    @property\n    def x(self): ...\n    @x.setter\n    def x(self, v): ...\n    g = x\nC().x = 1\n"),
    ("class C:\n    __slots__ = ('f',)\n    def __init__(self): self.‸f = 1\n",
     "class C:\n    __slots__ = ('x',)\n    def __init__(self): self.x = 1\n"),
    ("class C:\n    @classmethod\n    def ‸f(cls): cls.f(), C.f()\n    def g(self): type(self).f()\n",
     "class C:\n    @classmethod\n    def x(cls): cls.x(), C.x()\n    def g(self): type(self).x()\n"),
    ("class E(Exception):\n    def ‸f(self): self.f()\nimport os\nos.f\n'a'.f\n",
     "class E(Exception):\n    def x(self): self.x()\nimport os\nos.f\n'a'.f\n"),
    ("class C:\n    def __init__(self): self.‸f, self.g = 1, 2\n    def h(self): return self.f\n",
     "class C:\n    def __init__(self): self.x, self.g = 1, 2\n    def h(self): return self.x\n"),
    # Two classes have the member only together, through the one that derives from both.
    ("class A:\n    def ‸f(self): ...\nclass B:\n    def f(self): ...\nclass C(A, B): ...\n",
     "class A:\n    def x(self): ...\nclass B:\n    def x(self): ...\nclass C(A, B): ...\n"),
]  # fmt: skip
SCRIPT = [
    ("class C { ‸f() { return this.f(); } g = () => this.f(); }\nconst c = new C(); c.f(); new C().f();\n",
     "class C { x() { return this.x(); } g = () => this.x(); }\nconst c = new C(); c.x(); new C().x();\n"),
    ("class A { f() {} }\nclass B extends A { ‸f() { super.f(); } }\nclass D { f() { this.f(); } }\n",
     "class A { x() {} }\nclass B extends A { x() { super.x(); } }\nclass D { f() { this.f(); } }\n"),
]  # fmt: skip
TYPED = [
    ("class C { private ‸f = 1; g(c: C) { return c.f + this.f; } }\n",
     "class C { private x = 1; g(c: C) { return c.x + this.x; } }\n"),
]  # fmt: skip
DONE = [
    *(("a.py", *case) for case in PYTHON),
    *(("a.js", *case) for case in SCRIPT),
    *(("a.ts", *case) for case in SCRIPT + TYPED),
]
REFUSED = [
    ("a.py", CART + "def f(c): c.total()\n", "Line 3 of a.py may mean this member, or another of its name."),
    ("a.py", CART + "c = Cart()\nc = g()\nc.total()\n", "Line 5 of a.py may mean"),
    ("a.py", CART + "for c in [Cart()]: c.total()\n", "Line 3 of a.py may mean"),
    ("a.py", CART + "copy(Cart()).total()\n", "Line 3 of a.py may mean"),
    ("a.py", CART + "getattr(c, 'total')\n", "Line 3 of a.py speaks of this name in a text."),
    ("a.py", CART + "match c:\n    case Cart(total=1): ...\n", "Line 4 of a.py may mean"),
    ("a.py", CART + "    def f(self, n): return getattr(self, n)\n", "looks members up by texts"),
    ("a.py", CART + "    def __getattr__(self, n): ...\n", "Cart looks its members up while it runs."),
    ("a.py", CART + "class D(Cart, Else): ...\n", "D also derives from Else, which may have this too."),
    ("a.py", CART + "    def amount(self): ...\n", "Line 3 of a.py uses the new name for another member of the class."),
    ("a.py", "def amount(): ...\n" + CART + "    x = amount\n", "Line 4 of a.py would come to mean the member."),
    ("a.py", CART + "def f():\n    from lib import Cart\n    Cart().total()\n", "Line 5 of a.py may mean"),
    ("a.ts", "class Cart { ‸total() {} }\nspyOn(c, 'total');\n", "Line 2 of a.ts speaks of this name in a text."),
    ("a.ts", "class Cart { ‸total() {} }\ntype T = Cart['total'];\n", "Line 2 of a.ts may mean"),
    ("a.py", "from lib import Base\nclass Cart(Base):\n    def ‸total(self): ...\n", "Cart derives from Base, which"),
    ("a.py", "class Cart(make()):\n    def ‸total(self): ...\n", "Cart derives from make(), which"),
    ("a.py", "@dataclass\nclass Cart:\n    ‸total: int\n", "What decorates Cart may use this member by its name."),
    ("a.py", "class Cart:\n    def ‸read(self): ...\n", "Other code may look a member of this name up"),
    ("a.py", "class Cart:\n    def ‸__len__(self): ...\n", "Other code may look a member of this name up"),
    ("a.py", "class A:\n    def f(self): self.total()\nclass B(A):\n    def ‸total(self): ...\n", "Line 2 of a.py may"),
    ("a.js", "class Cart { ‸total() {} }\nfunction f(c) { c.total(); }\n", "Line 2 of a.js may mean"),
    ("a.js", "class Cart { ‸total() { function f() { this.total(); } } }\n", "Line 1 of a.js may mean"),
    ("a.js", "class Cart { ‸total() {} }\nconst {total} = c;\n", "Line 2 of a.js may mean"),
    ("a.js", "class Cart { ‸total() {} }\nc['total']();\n", "Line 2 of a.js may mean"),
    ("a.ts", "class Cart { ‸total = 1 }\nconst c: Cart = {total: 2};\n", "Line 2 of a.ts may mean"),
    ("a.ts", "class Cart { ‸total = 1 }\ninterface I { total: number }\n", "Line 2 of a.ts may mean"),
]  # fmt: skip


def renamed(files: Mapping[str, str], new: str) -> dict[str, str]:
    def plan(place: Place, workspace: WorkspaceCode) -> Edits:
        name = member_name_at(workspace.code(workspace.path), place.start)
        assert name is not None
        return rename_member(workspace, name, new)

    return changed(files, plan)


@pytest.mark.parametrize(("path", "before", "after"), DONE)
def test_every_place_of_the_member_changes(path: str, before: str, after: str) -> None:
    assert renamed({path: before}, "x") == {path: after}


@pytest.mark.parametrize(("path", "marked", "sentence"), REFUSED)
def test_one_place_that_is_not_certain_refuses_the_whole(path: str, marked: str, sentence: str) -> None:
    with pytest.raises(ActionRefusedError) as refused:
        renamed({path: marked}, "amount")

    assert sentence in refused.value.sentence


def test_heirs_and_users_in_other_files_change_with_it() -> None:
    files = {
        "shop/cart.py": CART,
        "shop/__init__.py": "from .cart import Cart\n",
        "a.py": "from shop import Cart as C\nclass D(C):\n    def total(self): return super().total()\n",
        "b.py": "import shop.cart\ndef f(c: shop.cart.Cart): return c.total()\n",
        "d.py": "from a import D\nD().total()\nclass E:\n    total = 1\n",
    }

    assert renamed(files, "x") == {
        "shop/cart.py": "class Cart:\n    def x(self): return 1\n",
        "a.py": "from shop import Cart as C\nclass D(C):\n    def x(self): return super().x()\n",
        "b.py": "import shop.cart\ndef f(c: shop.cart.Cart): return c.x()\n",
        "d.py": "from a import D\nD().x()\nclass E:\n    total = 1\n",
    }
