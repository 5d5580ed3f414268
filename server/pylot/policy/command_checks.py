"""What there is to say about running programs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

from pylot.policy.actions import RunCommand, RunTests
from pylot.policy.arguments import NotUnderstood, Reading
from pylot.policy.command_line import CommandLine, Opaque, Pipeline, has_control_characters
from pylot.policy.descent import met_below
from pylot.policy.executables import UNREADABLE, deciding_files, executable_of, hash_of, is_of_the_system
from pylot.policy.file_checks import name_findings, no_place, place_rules, reading_findings
from pylot.policy.finding import ONCE, TASK, WORKSPACE, Finding, Stage, finding
from pylot.policy.paths import Kind, NoPlace, Place, place_of
from pylot.policy.patterns import command_in
from pylot.policy.programs import Reach, program_name, reach_of
from pylot.policy.readers import understood
from pylot.policy.rule_checks import command_rule_findings, opaque_rule_findings
from pylot.policy.rules import loose_words
from pylot.policy.situation import Situation

# Each is looked through before it is read.
_MOST_FOLDERS = 16
_OWN_COMMANDS = frozenset({"acp", "agent", "approvals", "config", "tools", "trust"})
_RUNNERS = frozenset({Reach.WRAPPER, Reach.SHELL, Reach.INTERPRETER, Reach.SUPERUSER})
_SUDO_OFF = finding(
    Stage.BUILT_IN,
    "deny",
    "sudo_off",
    "sudo is switched off; agent.policy.sudo in your own configuration switches it on.",
    risk="high",
)


def check_command(action: RunCommand | RunTests, situation: Situation) -> Iterator[Finding]:
    """A command asks, unless all of it is known to only read in the workspace, or a rule of the user allows it."""
    line = command_in(action, situation)
    yield from _circumstances(action, situation)
    yield from _own_program(line)
    if isinstance(line, Opaque):
        yield from opaque_rule_findings(situation.rules, line.line)
        yield _refusal_in_read_only(situation) or finding(
            Stage.NOT_PLAIN, "ask", "not_plain", f"Only a shell can read the command: it has {line.what}.", risk="high"
        )
        return
    yield from command_rule_findings(
        situation.rules, line.programs, lambda argv: not isinstance(understood(argv), Reading)
    )
    if any(map(has_control_characters, line.programs)):
        sentence = "The command holds characters that cannot be seen."
        yield finding(Stage.NOT_PLAIN, "ask", "control_characters", sentence, risk="high")
    yield from _programs(line, situation)


def _own_program(line: CommandLine | Opaque) -> Iterator[Finding]:
    """Refuse Pylot's own command: an agent would answer its own questions with it."""
    if isinstance(line, Opaque):
        words = loose_words(line.line)
        is_own = any(_is_own(one) and other in _OWN_COMMANDS for one, other in pairwise(words))
    else:
        is_own = any(
            _is_own(argv[0]) or (reach_of(argv) in _RUNNERS and any(map(_is_own, argv))) for argv in line.programs
        )
    if is_own:
        sentence = "Agents may not use Pylot's own command."
        yield finding(Stage.BUILT_IN, "deny", "own_program", sentence, risk="high")


def _is_own(word: str) -> bool:
    return word == "pylot" or word.endswith("/bin/pylot")


def _circumstances(action: RunCommand | RunTests, situation: Situation) -> Iterator[Finding]:
    if situation.sandbox_level == "none":
        sentence = "There is no sandbox on this machine, so every command is asked about."
        yield finding(Stage.NOT_PLAIN, "ask", "no_sandbox", sentence, risk="high")
    if isinstance(action, RunTests):
        return
    if action.sudo and not situation.sudo_enabled:
        yield _SUDO_OFF
    elif action.sudo:
        sentence = "It would run with the rights of the superuser, outside the sandbox."
        yield finding(Stage.NOT_PLAIN, "ask", "sudo", sentence, risk="high")
    if action.network:
        yield finding(Stage.NOT_PLAIN, "ask", "network", "It would reach other machines.", risk="high")


def _refusal_in_read_only(situation: Situation) -> Finding | None:
    if situation.mode != "read_only":
        return None
    return finding(Stage.BUILT_IN, "deny", "read_only", "The mode read_only runs only what is known to only read.")


def _programs(line: CommandLine, situation: Situation) -> Iterator[Finding]:
    for pipeline in line.pipelines:
        place = place_of(pipeline.cwd, situation)
        if isinstance(place, NoPlace):
            yield no_place(pipeline.cwd, place)
            continue
        if not place.inside:
            sentence = f"It would run in {place.resolved}, outside the workspace."
            yield finding(Stage.DEFAULT, "ask", "outside_workspace", sentence, risk="high", scopes=TASK)
        for argv in pipeline.programs:
            yield from _program(argv, pipeline, place, situation)


def _program(argv: Sequence[str], pipeline: Pipeline, folder: Place, situation: Situation) -> Iterator[Finding]:
    yield from _destruction(argv, folder, situation)
    reading = understood(argv)
    is_known = is_of_the_system(argv[0], folder.resolved, situation.search_path, situation.resolved_roots)
    if isinstance(reading, Reading) and is_known:
        yield from _reads(argv, reading, folder, situation)
        return
    refusal = _refusal_in_read_only(situation)
    rule = next((rule for rule in situation.rules.allow if rule.covers_command(argv)), None)
    if refusal is not None:
        yield refusal
    elif reach_of(argv) is Reach.SUPERUSER:
        yield _superuser(argv, situation)
    elif rule is not None and situation.trusted:
        sentence = f"Your rule “{rule.text}” allows {argv[0]}."
        yield finding(Stage.DEFAULT, "allow", "rule_allow", sentence, risk="low")
    else:
        yield _unknown(argv, reading, folder, situation)


def _superuser(argv: Sequence[str], situation: Situation) -> Finding:
    if not situation.sudo_enabled:
        return _SUDO_OFF
    sentence = f"{argv[0]} {Reach.SUPERUSER.value}."
    return finding(Stage.NOT_PLAIN, "ask", "sudo", sentence, risk="high")


def _unknown(
    argv: Sequence[str], reading: Reading | NotUnderstood | None, folder: Place, situation: Situation
) -> Finding:
    reach = reach_of(argv)
    sentence = f"{program_name(argv[0])} {reach.value}."
    if isinstance(reading, NotUnderstood):
        argument = f" with {reading.argument!r}" if reading.argument else " like this"
        sentence = f"{argv[0]} is only known to be harmless with other arguments, and not{argument}."
    elif isinstance(reading, Reading):
        sentence = f"{argv[0]} is no program of the system here."
    remembered = reach.may_be_remembered and not isinstance(reading, Reading)
    scopes = WORKSPACE if remembered and folder.inside else TASK
    if _cannot_be_known(argv, folder, situation):
        scopes = ONCE
    return finding(Stage.DEFAULT, "ask", f"program_{reach.name.lower()}", sentence, risk=reach.risk, scopes=scopes)


def _reads(argv: Sequence[str], reading: Reading, folder: Place, situation: Situation) -> Iterator[Finding]:
    yield finding(Stage.DEFAULT, "allow", "reader", f"{argv[0]} only reads.", risk="low")
    if reading.descends and len(reading.paths) > _MOST_FOLDERS:
        sentence = f"{argv[0]} would go into more than {_MOST_FOLDERS} folders."
        yield finding(Stage.DEFAULT, "ask", "many_folders", sentence, scopes=TASK)
        return
    for path in reading.paths:
        place = place_of(path, situation, folder.resolved)
        if isinstance(place, NoPlace):
            sentence = f"The path {path[:80]!r} {place.why}."
            yield finding(Stage.NOT_PLAIN, "ask", "bad_path", sentence, risk="high")
            continue
        yield from _about_path(argv, reading, place, situation)


def _about_path(argv: Sequence[str], reading: Reading, place: Place, situation: Situation) -> Iterator[Finding]:
    by_rules = list(place_rules(place, situation, "read"))
    # A rule that allows one path says nothing about the rest of the line.
    allowed = any(one.stage is Stage.USER_ALLOWS for one in by_rules)
    yield from (one for one in by_rules if one.stage is not Stage.USER_ALLOWS)
    if reading.shows_content:
        others = [*reading_findings(place, situation), *_folder_findings(argv, reading, place, situation)]
    else:
        others = list(name_findings(place))
    # What speaks for the command as a whole has been said; only what speaks against a path is added.
    against = (one for one in others if one.verdict != "allow")
    yield from (one for one in against if not (allowed and one.stage is Stage.DEFAULT))


def _folder_findings(argv: Sequence[str], reading: Reading, place: Place, situation: Situation) -> Iterator[Finding]:
    if place.kind is not Kind.FOLDER:
        return
    if not place.inside:
        return
    if not reading.descends:
        sentence = f"{place.shown} is a folder, and {argv[0]} would show files in it."
        yield finding(Stage.DEFAULT, "ask", "folder", sentence, scopes=TASK)
        return
    gate = situation.exclusions()
    against = "it is kept back"
    if not gate.excludes_folder(place.resolved):
        against = met_below(place.resolved, gate, skips_ignored=reading.skips_ignored) or ""
    if against:
        sentence = f"{argv[0]} would read all of {place.shown}, and {against}"
        yield finding(Stage.DEFAULT, "ask", "descends", sentence.rstrip(".") + ".", scopes=TASK)


def _destruction(argv: Sequence[str], folder: Place, situation: Situation) -> Iterator[Finding]:
    """Refuse to delete what holds the workspace, or all there is, as far as that can be seen."""
    if program_name(argv[0]) not in ("rm", "rmdir", "mv", "shred", "unlink"):
        return
    for word in argv[1:]:
        place = place_of(word, situation, folder.resolved) if not word.startswith("-") else None
        if not isinstance(place, Place):
            continue
        holds_a_root = any(root.is_relative_to(place.resolved) for root in situation.resolved_roots.folders)
        if holds_a_root or place.is_own or place.resolved == Path.home():
            sentence = f"{argv[0]} would destroy {place.resolved}."
            yield finding(Stage.BUILT_IN, "deny", "destroys", sentence, risk="high")


def _cannot_be_known(argv: Sequence[str], folder: Place, situation: Situation) -> bool:
    roots = situation.resolved_roots
    files = deciding_files(argv, folder.resolved, lambda path: roots.containing(path) is not None)
    return executable_of(argv[0], folder.resolved, situation.search_path) is None or any(
        hash_of(path) == UNREADABLE for path in files
    )
