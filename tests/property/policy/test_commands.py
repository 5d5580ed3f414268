"""A plain line means to bash what it means here, and no change of an allowed command makes it do more unasked."""

from __future__ import annotations

import shlex
import shutil
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pylot.policy.actions import RunCommand
from pylot.policy.command_line import CommandLine
from pylot.policy.decide import decide
from pylot.policy.patterns import command_in
from pylot.policy.protected import protected_part
from pylot.syntax.shell import NotPlain, ShellPipeline, read_shell_line
from tests.support.policy_workspace import Ground, install, make_ground

SPELLINGS = "abc-_./=:,+@%^~#!\\'\" \t\n$`*?[]{}()<>&|;é\u00a0\u200b0"
LINES = st.one_of(
    st.text(st.sampled_from(SPELLINGS), max_size=30),
    st.lists(st.text(st.sampled_from(SPELLINGS), max_size=8).map(shlex.quote), max_size=5).map(" ".join),
    st.lists(
        st.sampled_from(["a", "'b c'", '"d\\"e"', "\\ f", "&&", "||", "|", ";", "g#h", "i~j", "''", "'k'\"l\"m"]),
        max_size=8,
    ).map(" ".join),
    st.lists(
        st.sampled_from(["a", "'2'", "2>&1", ">&2", ">/dev/null", "> /dev/null", "2>/dev/null", "x2>&1", "2>&1x", "2"]),
        max_size=6,
    ).flatmap(lambda words: st.sampled_from([" ".join(words), "".join(words)])),
)
ALLOWED = [
    "ls -la src",
    "cat README.md",
    "grep -n main src/main.py",
    "head -5 README.md | sort",
    "find src -name '*.py'",
]
INSERTED = st.sampled_from(
    [*SPELLINGS, "..", "/etc/passwd", "-o", "--output=x", "-exec", ".env", "-delete", "&&", "rm"]
)


@pytest.mark.skipif(shutil.which("bash") is None, reason="There is no bash to compare with.")
@given(lines=st.lists(LINES, min_size=20, max_size=60))
@settings(max_examples=15, deadline=None)
def test_bash_takes_the_same_words_apart(lines: list[str]) -> None:
    """T4: `printf` shows what bash makes of each line that is one plain command."""
    found = [
        (line, plain[0].commands[0])
        for line in lines
        if not isinstance(plain := read_shell_line(f"p {line}"), NotPlain)
        if len(plain) == 1 and len(plain[0].commands) == 1
    ]
    # Where a line sends its output is not what is compared.
    script = "exec 9>&1\n" + "".join(f"p {line}\nprintf '\\1'\n" for line, _ in found)
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-c", "p() { for word; do printf '%s\\0' \"$word\" >&9; done; }\n" + script],
        capture_output=True,
        check=True,
    )
    expected = "".join("".join(f"{word}\0" for word in words[1:]) + "\1" for _, words in found)

    assert done.stdout.decode() == expected


@given(
    words=st.lists(st.text(st.characters(exclude_categories=("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")), max_size=8))
)
def test_quoted_words_come_back(words: list[str]) -> None:
    plain = [word for word in words if not any(character.isspace() and character != " " for character in word)]
    line = " ".join(["p", *map(shlex.quote, plain)])

    assert read_shell_line(line) == (ShellPipeline("", (("p", *plain),)),)


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Ground:
    ground = make_ground(tmp_path_factory.mktemp("mutations"))
    install(ground.bin, "ls", "cat", "grep", "head", "sort", "find", "rm")
    return ground


@given(line=st.sampled_from(ALLOWED), changes=st.lists(st.tuples(st.integers(0, 40), INSERTED), max_size=3))
@settings(max_examples=300, deadline=None)
def test_a_changed_command_is_allowed_only_if_it_still_just_reads(
    ground: Ground, line: str, changes: list[tuple[int, str]]
) -> None:
    """D6: whatever is put into an allowed command, what goes unasked runs readers on files of the workspace."""
    for place, inserted in changes:
        line = line[:place] + inserted + line[place:]
    action = RunCommand(line=line)
    if decide(action, ground.situation()).verdict != "allow":
        return
    plain = command_in(action, ground.situation())

    assert isinstance(plain, CommandLine)
    for argv in plain.programs:
        assert argv[0] in ("ls", "cat", "grep", "head", "sort", "find")
        assert {"-exec", "-delete", "-o", "--output=x"}.isdisjoint(argv[1:]) or argv[0] in ("ls", "grep")
        for word in argv[1:]:
            target = (ground.root / word).resolve()
            is_path = argv[0] in ("cat", "head", "ls", "sort") and not word.startswith("-")
            assert not (is_path and target.exists() and not target.is_relative_to(ground.root.resolve()))


@given(st.lists(st.text(max_size=8), max_size=4))
def test_any_path_is_judged(parts: list[str]) -> None:
    """T7: and what is protected stays so with dots, spaces, other cases and characters that are not seen."""
    assert protected_part([*parts, ".git", "x"]) is not None
    protected_part(parts)
