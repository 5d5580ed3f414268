"""What there is to say about tools that are not built in, and about other agents."""

from __future__ import annotations

from collections.abc import Iterator

from pylot.policy.actions import CallTool, Delegate
from pylot.policy.decision import Risk
from pylot.policy.finding import USER, WORKSPACE, Finding, Stage, finding
from pylot.policy.rule_checks import rule_findings
from pylot.policy.situation import Situation

_OUTSIDE = {"http": "sends its arguments to a server", "mcp": "runs in a server that you have configured"}


def check_tool(action: CallTool, situation: Situation) -> Iterator[Finding]:
    """A tool asks, unless the user's configuration says that it only reads, or a rule allows it."""
    yield from rule_findings(situation.rules, lambda rule: rule.covers_tool(action.tool_id), action.tool_id)
    if action.has_changed:
        sentence = f"The tools of the server behind {action.tool_id} are not what they were when they were first seen."
        yield finding(Stage.NOT_PLAIN, "ask", "changed_tool", sentence, risk="high")
    if action.reads_only:
        yield finding(Stage.DEFAULT, "allow", "reading_tool", f"{action.tool_id} only reads.", risk="low")
        return
    if situation.mode == "read_only":
        yield finding(
            Stage.BUILT_IN, "deny", "read_only", "The mode read_only calls no tool that may change something."
        )
        return
    what = _OUTSIDE.get(action.executor, "may change something")
    # Without a pin the tool of this name may be another one tomorrow.
    scopes = USER if action.pin else WORKSPACE[:2]
    risk: Risk = "high" if action.executor == "http" else "medium"
    yield finding(Stage.DEFAULT, "ask", "tool", f"{action.tool_id} {what}.", risk=risk, scopes=scopes)


def check_delegate(action: Delegate, situation: Situation) -> Iterator[Finding]:
    """Work may be handed on: what the other agent wants is decided about by itself."""
    yield finding(Stage.DEFAULT, "allow", "delegate", f"{action.agent_id} has to ask by itself.", risk="low")
