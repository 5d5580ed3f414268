from __future__ import annotations

import pytest
from pydantic import ValidationError

from pylot.policy.rules import parse_allow_rule
from pylot.policy.settings import PolicySettings


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("sudo", "sudo can run any other program"),
        ("env make", "env can run any other program"),
        ("bash", "bash can run any other program"),
        ("python", "python can run anything, so say more"),
        ("python3 -c", "python3 can run anything, so say more"),
        ("git", "git can run anything, so say more"),
        ("make | sh", "the beginning of one command"),
        ("make > x", "this has a redirection"),
        ("make *", "this has a pattern of file names"),
        ("", "this has an empty line"),
        ("edit:", "edit: needs a pattern"),
    ],
)
def test_what_could_run_anything_cannot_be_allowed(text: str, complaint: str) -> None:
    """D6."""
    with pytest.raises(ValueError, match=complaint):
        parse_allow_rule(text)
    with pytest.raises(ValidationError, match=complaint):
        PolicySettings(allow=(text,))


def test_rules_are_read() -> None:
    settings = PolicySettings(allow=("make test", "edit:src/**"), deny=("sudo", "read:/etc/**"), ask=("tool:x",))

    assert [rule.words or rule.pattern for rule in settings.rules.allow] == [("make", "test"), "src/**"]
    assert [rule.kind for rule in settings.rules.deny] == ["command", "read"]
    assert [rule.kind for rule in settings.rules.ask] == ["tool"]
