"""The most important definitions of a workspace in as few words as possible: what a model reads before it asks.

Files are ranked by who uses what they define, as aider's map of a repository does, whose weights these are
(https://aider.chat/2023/10/22/repomap.html); here a use counts for the definitions that its file can see.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from math import sqrt
from posixpath import dirname

from pylot.index.symbols.page_rank import page_rank
from pylot.index.symbols.store import module_name
from pylot.index.symbols.table import SymbolTable
from pylot.syntax.symbols import Definition

_NEAR = 50.0
_MENTIONED = 10.0
_TELLING_NAME = 10.0
_PRIVATE = 0.1
_COMMON = 0.1
_COMMON_FROM = 6
_UNRELATED = 0.1
_LONG_NAME = 8
_NOTHING_UNIMPORTED = (".py", ".pyi", ".js", ".jsx", ".mjs", ".cjs", ".ts", ".tsx", ".mts", ".cts")
# A name that so many files define says nothing about any of them.
_MOST_DEFINERS = 50
_LISTED = frozenset({"class", "interface", "enum", "type", "function", "method", "macro", "constant"})
_LONGEST_LINE = 120
_CHARACTERS_PER_TOKEN = 3.5
_PARTS_OF_NAME = re.compile(r"[a-z0-9][A-Z]|[A-Za-z0-9]_[A-Za-z0-9]")


@dataclass(frozen=True, slots=True)
class RepoMap:
    """An outline, how many definitions are in it, and how many there were to choose from."""

    text: str
    n_shown: int
    n_known: int


def estimated_tokens(text: str) -> int:
    """Return about how many tokens a model makes of code."""
    return int(len(text) / _CHARACTERS_PER_TOKEN) + 1


def repo_map(
    table: SymbolTable,
    budget: int,
    *,
    near: Sequence[str] = (),
    mentioned: Collection[str] = (),
    tokens: Callable[[str], int] = estimated_tokens,
) -> RepoMap:
    """Return the outline of the most important definitions that is at most `budget` tokens long.

    `near` are files that the reader sees in full, as a rule the open ones: they decide what is important and are
    not listed themselves. `mentioned` are names that the question holds. Files are in the alphabet's order and
    definitions in that of their file, so that a small change of the workspace changes little of the text.
    """
    ranked = _ranked(table, frozenset(near), frozenset(mentioned))
    low, high, best = 0, min(len(ranked), budget), ""
    # More definitions make a longer outline, so the most that fit are found by halving.
    while low < high:
        middle = (low + high + 1) // 2
        text = _outline(table, ranked[:middle])
        if tokens(text) <= budget:
            low, best = middle, text
        else:
            high = middle - 1
    return RepoMap(best, low, len(ranked))


def _ranked(table: SymbolTable, near: frozenset[str], mentioned: frozenset[str]) -> list[tuple[str, str]]:
    """Return path and qualified name of every definition that may be listed, the most important first."""
    names: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    paths: set[str] = set()
    for path, definition in table.outline():
        paths.add(path)
        if definition.kind in _LISTED:
            names[definition.name][path].append(definition.qualified)
    edges, by_name = _edges(table, names, near, mentioned)
    nodes = sorted(paths | edges.keys())
    if not nodes:
        return []
    rank = page_rank(nodes, edges, dict.fromkeys(near, 1.0))
    worth: dict[tuple[str, str], float] = defaultdict(float)
    for source, targets in by_name.items():
        total = sum(targets.values())
        for (target, name), weight in targets.items():
            for qualified in names[name][target]:
                worth[target, qualified] += rank[source] * weight / total / len(names[name][target])
    listed = [(path, one) for found in names.values() for path, ones in found.items() for one in ones]
    listed = [place for place in dict.fromkeys(listed) if place[0] not in near]
    return sorted(listed, key=lambda place: (-worth[place], -rank[place[0]], place))


_Weights = dict[str, dict[str, float]]
_NameWeights = dict[str, dict[tuple[str, str], float]]


def _edges(
    table: SymbolTable, names: dict[str, dict[str, list[str]]], near: frozenset[str], mentioned: frozenset[str]
) -> tuple[_Weights, _NameWeights]:
    """Return how much each file leans on each other one, altogether and by the names it uses."""
    edges: _Weights = defaultdict(lambda: defaultdict(float))
    by_name: _NameWeights = defaultdict(lambda: defaultdict(float))
    modules = table.imported_modules()
    for source, counts in table.use_counts():
        seen = modules.get(source, frozenset())
        for name, number in counts.items():
            definers = names.get(name)
            if not definers or len(definers) > _MOST_DEFINERS:
                continue
            weight = sqrt(number) * _weight_of(name, len(definers), mentioned) * (_NEAR if source in near else 1.0)
            for target, qualified in definers.items():
                share = weight * _share(source, target, qualified, seen)
                if share and target != source:
                    edges[source][target] += share
                    by_name[source][target, name] += share
    return edges, by_name


def _share(source: str, target: str, qualified: Sequence[str], imported: frozenset[str]) -> float:
    """Return how likely a file means what another one defines, from the names of the modules and names it imports."""
    if module_name(target) in imported or any(name.partition(".")[0] in imported for name in qualified):
        return 1.0
    if source.endswith(_NOTHING_UNIMPORTED):
        return 0.0
    # A method's name alone says nothing of whose it is.
    is_plain = any("." not in name for name in qualified)
    return 1.0 if dirname(source) == dirname(target) else _UNRELATED if is_plain else 0.0


def _weight_of(name: str, n_definers: int, mentioned: frozenset[str]) -> float:
    weight = 1.0
    if name in mentioned:
        weight *= _MENTIONED
    if len(name) >= _LONG_NAME and _PARTS_OF_NAME.search(name):
        weight *= _TELLING_NAME
    if name.startswith("_"):
        weight *= _PRIVATE
    if n_definers >= _COMMON_FROM:
        weight *= _COMMON
    return weight


def _outline(table: SymbolTable, chosen: Iterable[tuple[str, str]]) -> str:
    wanted: dict[str, set[str]] = defaultdict(set)
    for path, qualified in chosen:
        wanted[path].add(qualified)
    parts = []
    for path in sorted(wanted):
        symbols = table.symbols(path)
        if symbols is not None:
            parts.append("\n".join([f"{path}:", *_lines(symbols.definitions, wanted[path])]))
    return "\n\n".join(parts) + "\n" if parts else ""


def _lines(definitions: Sequence[Definition], wanted: set[str]) -> Iterable[str]:
    """Yield a line for each wanted definition, under those of the classes that it is in."""
    shown = {owner for qualified in wanted for owner in _with_owners(qualified)}
    for definition in definitions:
        if definition.qualified in shown and definition.kind in _LISTED | {"namespace", "module"}:
            depth = definition.parent.count(".") + 1 if definition.parent else 0
            yield "  " * (depth + 1) + definition.signature[:_LONGEST_LINE]


def _with_owners(qualified: str) -> Iterable[str]:
    parts = qualified.split(".")
    return (".".join(parts[:length]) for length in range(1, len(parts) + 1))
