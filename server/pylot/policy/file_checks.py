"""What there is to say about an action on files."""

from __future__ import annotations

from collections.abc import Iterator

from pylot.policy.actions import DeleteFile, ListFolder, ReadFile, SearchFiles, WriteFile
from pylot.policy.finding import ONCE, TASK, USER, WORKSPACE, Finding, Stage, finding
from pylot.policy.paths import Kind, NoPlace, Place, is_within, place_of
from pylot.policy.rule_checks import rule_findings
from pylot.policy.rules import RuleKind
from pylot.policy.situation import Situation
from pylot.workspace.exclusion import Exclusion


def check_read(action: ReadFile, situation: Situation) -> Iterator[Finding]:
    """Reading inside the workspace needs no asking, but for what the exclusion gate keeps back."""
    place = place_of(action.path, situation)
    if isinstance(place, NoPlace):
        yield no_place(action.path, place)
        return
    if place.kind is Kind.FILE and situation.outputs is not None and is_within(place.resolved, (situation.outputs,)):
        yield finding(
            Stage.DEFAULT, "allow", "own_output", "It is what this task's own command has put out.", risk="low"
        )
        return
    yield from place_rules(place, situation, "read")
    yield from reading_findings(place, situation)


def check_list(action: ListFolder | SearchFiles, situation: Situation) -> Iterator[Finding]:
    """Listing and searching go through the exclusion gate entry by entry, so only the place has to be judged."""
    path = action.path if action.path is not None else "."
    place = place_of(path, situation)
    if isinstance(place, NoPlace):
        yield no_place(path, place)
        return
    yield from place_rules(place, situation, "read")
    yield from name_findings(place)


def check_change(action: WriteFile | DeleteFile, situation: Situation) -> Iterator[Finding]:
    """A change asks, unless the mode lets edits of ordinary files of a trusted workspace go through."""
    place = place_of(action.path, situation)
    if isinstance(place, NoPlace):
        yield no_place(action.path, place)
        return
    # A rule that lets files be edited does not let them be deleted.
    by_rules = place_rules(place, situation, "edit")
    yield from (one for one in by_rules if one.stage is not Stage.USER_ALLOWS or isinstance(action, WriteFile))
    yield from _never(action, place, situation)
    yield from _guarded(place)
    verb = "written" if isinstance(action, WriteFile) else "deleted"
    if situation.mode == "read_only":
        yield finding(Stage.BUILT_IN, "deny", "read_only", "The mode read_only allows no change.")
    elif not place.inside:
        sentence = f"{place.resolved} lies outside the workspace."
        yield finding(Stage.DEFAULT, "ask", "outside_workspace", sentence, risk="high", scopes=TASK)
    elif isinstance(action, WriteFile) and situation.mode == "auto_edit" and place.exclusion is None:
        yield finding(Stage.DEFAULT, "allow", "auto_edit", "The mode auto_edit lets edits through.", risk="medium")
    else:
        # The next text is another action, but a task may be given one file.
        scopes = TASK if isinstance(action, WriteFile) else ONCE
        yield finding(Stage.DEFAULT, "ask", "change", f"{place.shown} would be {verb}.", scopes=scopes)


def no_place(path: str, place: NoPlace) -> Finding:
    """Return the refusal of a path that can mean nothing."""
    return finding(Stage.BUILT_IN, "deny", "bad_path", f"The path {path[:80]!r} {place.why}.", risk="high")


def reading_findings(place: Place, situation: Situation) -> Iterator[Finding]:
    """Yield what speaks against showing what a file holds to a model."""
    if place.kind is Kind.SPECIAL:
        sentence = f"{place.shown} is a device, a pipe or a socket, and no file."
        yield finding(Stage.BUILT_IN, "deny", "special_file", sentence, risk="high")
    if place.exclusion is not None:
        yield excluded(place, situation)
    yield from name_findings(place)


def excluded(place: Place, situation: Situation) -> Finding:
    """Return what speaks against showing a model what the exclusion gate keeps back at a place."""
    exclusion = place.exclusion or Exclusion.SECRET_FILE
    sentence = f"{place.shown}: {exclusion.sentence}"
    if situation.remote_model:
        return finding(
            Stage.BUILT_IN, "deny", "excluded_remote", f"{sentence} The model is on another machine.", risk="high"
        )
    if exclusion is Exclusion.PYLOTIGNORED:
        return finding(Stage.BUILT_IN, "deny", "excluded", sentence)
    if exclusion in (Exclusion.GITIGNORED, Exclusion.EXCLUDED_BY_SETTING):
        return finding(Stage.DEFAULT, "ask", "excluded", sentence, scopes=WORKSPACE)
    return finding(Stage.PROTECTED, "ask", "secret_file", sentence, risk="high")


def name_findings(place: Place) -> Iterator[Finding]:
    """Yield what speaks for and against showing that a file is there."""
    if place.odd is not None:
        yield finding(Stage.PROTECTED, "ask", "odd_name", f"{place.shown} has {place.odd}.")
    if place.is_own:
        yield finding(Stage.BUILT_IN, "deny", "own_folder", "Pylot's own files are not for agents.", risk="high")
    if not place.inside:
        sentence = f"{place.resolved} lies outside the workspace."
        yield finding(Stage.DEFAULT, "ask", "outside_workspace", sentence, scopes=USER)
    else:
        yield finding(Stage.DEFAULT, "allow", "inside_workspace", "It only reads in the workspace.", risk="low")


def place_rules(place: Place, situation: Situation, kind: RuleKind) -> Iterator[Finding]:
    """Yield what the user's rules say about a place."""
    return rule_findings(situation.rules, lambda rule: rule.covers_path(kind, place.resolved, place.root), place.shown)


def _never(action: WriteFile | DeleteFile, place: Place, situation: Situation) -> Iterator[Finding]:
    if place.is_own:
        yield finding(Stage.BUILT_IN, "deny", "own_folder", "Pylot's own files are not for agents.", risk="high")
    if place.kind is Kind.SPECIAL:
        sentence = f"{place.shown} is a device, a pipe or a socket, and no file."
        yield finding(Stage.BUILT_IN, "deny", "special_file", sentence, risk="high")
    if place.kind is Kind.FOLDER:
        sentence = f"{place.shown} is a folder."
        yield finding(Stage.BUILT_IN, "deny", "folder", sentence, risk="high")
    if place.exclusion is Exclusion.PYLOTIGNORED:
        yield finding(Stage.BUILT_IN, "deny", "excluded", f"{place.shown}: {Exclusion.PYLOTIGNORED.sentence}")
    if isinstance(action, WriteFile) and action.before_hash is None and place.kind is Kind.FILE:
        yield finding(Stage.NOT_PLAIN, "ask", "exists", f"{place.shown} is there already and would be replaced.")


def _guarded(place: Place) -> Iterator[Finding]:
    if place.protected is not None:
        sentence = f"{place.shown} is protected: {place.protected} can make other programs run something."
        yield finding(Stage.PROTECTED, "ask", "protected", sentence, risk="high")
    elif place.exclusion is Exclusion.SECRET_FILE:
        yield finding(Stage.PROTECTED, "ask", "secret_file", f"{place.shown} may hold secrets.", risk="high")
    if place.links > 1:
        sentence = f"{place.shown} has other names (hard links), so a file elsewhere would change too."
        yield finding(Stage.PROTECTED, "ask", "hard_link", sentence, risk="high")
    if place.odd is not None:
        yield finding(Stage.PROTECTED, "ask", "odd_name", f"{place.shown} has {place.odd}.", risk="high")
