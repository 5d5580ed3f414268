"""What was decided about an action, and why."""

from __future__ import annotations

from typing import Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, JsonValue

Verdict: TypeAlias = Literal["allow", "ask", "deny"]
Risk: TypeAlias = Literal["low", "medium", "high"]
Scope: TypeAlias = Literal["once", "task", "workspace", "user"]


class Reason(BaseModel):
    """One reason: a code that stays the same, and a sentence for the user and the model."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    code: str
    sentence: str


class Decision(BaseModel):
    """Say whether an action may be performed, and what a yes to it may cover (T1-T3).

    `scopes` are the scopes that an approval may have, narrowest first; empty unless the verdict is `ask`.
    `action_hash` is the SHA-256 of `normalised`, which is all that makes this action what it is (T2).
    `grant_hashes` are what a standing grant of a scope has to store: the exact action for `workspace`; the action
    wherever it is for `user`; the file, whatever the new text, for `task` and an edit.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    verdict: Verdict
    reasons: tuple[Reason, ...]
    risk: Risk
    scopes: tuple[Scope, ...]
    action_hash: str
    normalised: dict[str, JsonValue]
    grant_hashes: dict[Scope, str] = {}

    def hash_for(self, scope: Scope) -> str:
        """Return the hash that a grant of this scope stores, and that later actions are compared with."""
        return self.grant_hashes.get(scope, self.action_hash)
