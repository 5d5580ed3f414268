"""Readers whose arguments are a language of their own, of which only a harmless part is understood."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from pylot.kernel.word_list import words
from pylot.policy.arguments import NotUnderstood, Reader, Reading, read_arguments

Check = Callable[[Sequence[str]], Reading | NotUnderstood]

_FIND_ALONE = frozenset(
    words("( ) ! -a -o -and -or -not -print -print0 -empty -prune -mount -xdev -depth -true -false")
)
_FIND_VALUED = frozenset(
    words("""
    -name -iname -path -ipath -wholename -iwholename -regex -iregex -regextype -type -maxdepth -mindepth -size -perm
    -mtime -atime -ctime -mmin -amin -cmin -user -group -links -printf
    """)
)
# Lines to print, such as `1,20p` or `$p`; of sed's other commands some write files and one runs programs.
_SED_PRINTS = re.compile(r"(?:(?:\d+|\$)(?:,\+?(?:\d+|\$))?[pdq=](?:;|$))+")
_SED_FLAGS = Reader(letters="nErsuz", words=("quiet", "silent", "regexp-extended", "separate"), operands="paths")
_TESTS_OF_FILES = frozenset(words("-e -f -d -s -r -w -x -L -h -p -S -b -c"))


def _find(arguments: Sequence[str]) -> Reading | NotUnderstood:
    rest = list(arguments)
    paths: list[str] = []
    while rest and not rest[0].startswith("-") and rest[0] not in ("(", ")", "!", ","):
        paths.append(rest.pop(0))
    while rest:
        word = rest.pop(0)
        if word in _FIND_VALUED and rest:
            rest.pop(0)
        elif word not in _FIND_ALONE:
            return NotUnderstood(word)
    return Reading(tuple(paths) or (".",), descends=True, shows_content=False)


def _sed(arguments: Sequence[str]) -> Reading | NotUnderstood:
    scripts = [argument for argument in arguments if _SED_PRINTS.fullmatch(argument)]
    if len(scripts) != 1:
        return NotUnderstood(next((argument for argument in arguments if not argument.startswith("-")), ""))
    position = list(arguments).index(scripts[0])
    if any(not argument.startswith("-") for argument in arguments[:position]):
        return NotUnderstood(arguments[0])
    return read_arguments([*arguments[:position], *arguments[position + 1 :]], _SED_FLAGS)


def _test(arguments: Sequence[str]) -> Reading | NotUnderstood:
    if len(arguments) == 2 and arguments[0] in _TESTS_OF_FILES:
        return Reading((arguments[1],), shows_content=False)
    return NotUnderstood(arguments[0] if arguments else "")


def _date(arguments: Sequence[str]) -> Reading | NotUnderstood:
    # A bare operand would set the clock.
    odd = next((argument for argument in arguments if argument not in ("-u", "-R") and argument[:1] != "+"), None)
    return Reading() if odd is None else NotUnderstood(odd)


SPECIAL: Mapping[str, Check] = MappingProxyType({"find": _find, "sed": _sed, "test": _test, "date": _date})
