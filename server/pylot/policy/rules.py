"""What the user's configuration allows, wants to be asked about and denies."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePath
from typing import Literal, TypeAlias

from pylot.policy.programs import NEVER_BY_PREFIX, needs_more_than_a_name
from pylot.syntax.shell import NotPlain, read_shell_line
from pylot.workspace.ignore import compile_patterns

RuleKind: TypeAlias = Literal["command", "read", "edit", "tool"]


@dataclass(frozen=True)
class Rule:
    """One line of the configuration: the first words of a command, or `read:`, `edit:` or `tool:` and a pattern."""

    text: str
    kind: RuleKind
    words: tuple[str, ...] = ()
    pattern: str = ""

    def covers_command(self, argv: Sequence[str]) -> bool:
        """Tell whether a command begins with the rule's words."""
        return self.kind == "command" and tuple(argv[: len(self.words)]) == self.words

    def begins(self, argv: Sequence[str]) -> bool:
        """Tell whether a command begins with the rule's words, its program with or without a folder."""
        named = (PurePath(argv[0]).name, *argv[1:])
        return self.covers_command(argv) or self.covers_command(named)

    def appears_in(self, words: Sequence[str]) -> bool:
        """Tell whether a command that begins with the rule's words may stand anywhere in a row of words.

        Rules that forbid are matched like this, so that a wrapper in front is no way around them.
        """
        return any(self.begins(words[start:]) for start in range(len(words)))

    def covers_path(self, kind: RuleKind, path: Path, root: Path | None) -> bool:
        """Tell whether a resolved path is meant, by its place below `root` or, outside all roots, as a whole."""
        if self.kind != kind:
            return False
        return self._matches(path.relative_to(root).as_posix() if root else path.as_posix())

    def covers_tool(self, tool_id: str) -> bool:
        """Tell whether a tool is meant."""
        return self.kind == "tool" and fnmatch.fnmatchcase(tool_id, self.pattern)

    def _matches(self, path: str) -> bool:
        if path.startswith("/"):
            # An absolute pattern counts from the file system's root, others never reach outside.
            return self.pattern.startswith("/") and self._covers(path.lstrip("/"))
        return self._covers(path)

    @cached_property
    def _covers(self) -> Callable[[str], bool]:
        return compile_patterns([self.pattern]).match_file


@dataclass(frozen=True, slots=True)
class Rules:
    """All rules of the user."""

    allow: tuple[Rule, ...] = ()
    ask: tuple[Rule, ...] = ()
    deny: tuple[Rule, ...] = ()


_KINDS: dict[str, RuleKind] = {"read": "read", "edit": "edit", "tool": "tool"}
_WORD = re.compile(r"[^\s;|&()<>`$\"'{}]+")


def parse_rule(text: str) -> Rule:
    """Return a rule as the configuration has it; ValueError says what is wrong with it."""
    kind, colon, pattern = text.strip().partition(":")
    if colon and kind in _KINDS:
        if not pattern.strip():
            raise ValueError(f"{kind}: needs a pattern after the colon")
        return Rule(text, _KINDS[kind], pattern=pattern.strip())
    pipelines = read_shell_line(text)
    if isinstance(pipelines, NotPlain):
        raise ValueError(f"a rule is the beginning of one plain command, and this has {pipelines.what}")
    if pipelines[0].redirections:
        raise ValueError("a rule is the beginning of one plain command, and this has a redirection")
    if len(pipelines) != 1 or len(pipelines[0].commands) != 1:
        raise ValueError("a rule is the beginning of one command, not of several")
    return Rule(text, "command", words=pipelines[0].commands[0])


def parse_allow_rule(text: str) -> Rule:
    """Return a rule that allows; what could run anything at all cannot be allowed by its beginning (T3)."""
    rule = parse_rule(text)
    if rule.kind != "command":
        return rule
    name = PurePath(rule.words[0]).name
    if name in NEVER_BY_PREFIX:
        raise ValueError(f"{name} can run any other program, so it is always asked about")
    if needs_more_than_a_name(rule.words):
        raise ValueError(f"{name} can run anything, so say more of the command than its name")
    return rule


def loose_words(line: str) -> tuple[str, ...]:
    """Return what may be words of a line that cannot be read, for rules that forbid."""
    return tuple(_WORD.findall(line))
