"""What CPython itself says of scopes, to compare a rename with."""

from __future__ import annotations

import builtins
import re
import symtable
from collections.abc import Iterator
from types import CodeType

_MODULE_NAMES = {"__file__", "__name__", "__doc__", "__path__", "__package__", "__spec__", "__annotations__"}


def owners(text: str) -> list[dict[str, int]]:
    """Return for each scope, in the order of CPython's symbol tables, the table that each of its names belongs to."""
    found: list[dict[str, int]] = []
    _collect(symtable.symtable(text, "text", "exec"), [], found)
    return found


def _collect(table: symtable.SymbolTable, around: list[tuple[int, set[str]]], found: list[dict[str, int]]) -> None:
    index = len(found)
    own: dict[str, int] = {}
    found.append(own)
    for symbol in table.get_symbols():
        name = symbol.get_name()
        if symbol.is_free():
            # What `super()` needs is in no table.
            own[name] = next((number for number, names in reversed(around) if name in names), -1)
        else:
            own[name] = index if symbol.is_local() and not symbol.is_global() else 0
    local = {name for name, owner in own.items() if owner == index} if table.get_type() != "class" else set()
    for child in table.get_children():
        _collect(child, [*around, (index, local)], found)


def unknown_names(text: str) -> set[str]:
    """Return the names that are looked up in the file and that nothing in it defines; builtins are known."""
    top = symtable.symtable(text, "text", "exec")
    pending, used, defined = [top], set(), set(dir(builtins)) | _MODULE_NAMES
    while pending:
        table = pending.pop()
        pending += table.get_children()
        for symbol in table.get_symbols():
            is_defined = symbol.is_assigned() or symbol.is_imported() or symbol.is_namespace()
            if is_defined and (table is top or symbol.is_declared_global()):
                defined.add(symbol.get_name())
            if symbol.is_referenced() and (symbol.is_global() or (table is top and not is_defined)):
                used.add(symbol.get_name())
    return used - defined


def fault(before: str, after: str, old: str, new: str) -> str:
    """Return what is wrong with a rename to a name that `before` does not have, or an empty string."""
    first, second = owners(before), owners(after)
    if len(first) != len(second):
        return "other scopes"
    renamed = {one[old] for one, other in zip(first, second, strict=True) if new in other and old in one}
    if len(renamed) != 1:
        return f"the name was renamed in {len(renamed)} scopes"
    for one, other in zip(first, second, strict=True):
        expected = {new if name == old and owner in renamed else name for name, owner in one.items()}
        # Private names of a class begin with the class's name.
        if {_private(name, old, new) for name in expected} != {_private(name, old, new) for name in other}:
            return "a place was forgotten or renamed too much"
    same = [_shape(code, old, new) for code in _codes(before)] == [_shape(code, old, new) for code in _codes(after)]
    return "" if same else "the code does something else"


def _private(name: str, old: str, new: str) -> str:
    return re.sub(rf"^_{old.lstrip('_')}(?=__)", f"_{new}", name)


def _codes(text: str) -> Iterator[CodeType]:
    pending = [compile(text, "text", "exec", dont_inherit=True)]
    while pending:
        code = pending.pop()
        yield code
        pending += [each for each in code.co_consts if isinstance(each, CodeType)]


def _shape(code: CodeType, old: str, new: str) -> tuple[object, ...]:
    """Return what a code object works with, the two names taken for one.

    A member may have the old name too, so the lists of names are sets here.
    """
    word = re.compile(rf"\b{old}\b|(?<=\b_){old.lstrip('_')}(?=__)")

    def one(value: object) -> object:
        if isinstance(value, tuple):
            return tuple(map(one, value))
        return word.sub(new, value) if isinstance(value, str) else repr(value)

    constants = {one(each) for each in code.co_consts if not isinstance(each, CodeType)}
    inner = {one(each) for each in code.co_cellvars + code.co_freevars}
    return code.co_flags, code.co_argcount, one(code.co_varnames), {*map(one, code.co_names)}, inner, constants
