"""What the user's rules say about something, each list of rules at its own place in the order of decision."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from pylot.policy.decision import Verdict
from pylot.policy.finding import Finding, Stage, finding
from pylot.policy.rules import Rule, Rules, loose_words


def rule_findings(rules: Rules, covers: Callable[[Rule], bool], shown: str) -> Iterator[Finding]:
    """Yield at most one finding for each of the lists, by its first rule that covers the thing."""
    by_stage: tuple[tuple[Stage, Verdict, tuple[Rule, ...]], ...] = (
        (Stage.USER_DENIES, "deny", rules.deny),
        (Stage.USER_ASKS, "ask", rules.ask),
        (Stage.USER_ALLOWS, "allow", rules.allow),
    )
    for stage, verdict, candidates in by_stage:
        rule = next((rule for rule in candidates if covers(rule)), None)
        if rule is not None:
            sentence = f"Your rule “{rule.text}” is about {shown}."
            yield finding(stage, verdict, f"rule_{verdict}", sentence, risk="low")


def command_rule_findings(
    rules: Rules, programs: Sequence[Sequence[str]], may_run_others: Callable[[Sequence[str]], bool]
) -> Iterator[Finding]:
    """Yield what the rules that ask and deny say of programs; in one that may run others they count anywhere."""
    strict = Rules(ask=rules.ask, deny=rules.deny)

    def covers(rule: Rule) -> bool:
        return any(
            rule.begins(argv) or (may_run_others(argv) and rule.appears_in(list(_all_words(argv)))) for argv in programs
        )

    yield from rule_findings(strict, covers, "this command")


def opaque_rule_findings(rules: Rules, line: str) -> Iterator[Finding]:
    """Yield what the rules that forbid or ask say of a line that cannot be read."""
    words = loose_words(line)
    strict = Rules(ask=rules.ask, deny=rules.deny)
    yield from rule_findings(strict, lambda rule: rule.appears_in(words), "this command")


def _all_words(argv: Sequence[str]) -> Iterator[str]:
    """Yield the words of a command, and those inside of each that a wrapper may take apart."""
    yield from argv
    for word in argv[1:]:
        if " " in word:
            yield from loose_words(word)
