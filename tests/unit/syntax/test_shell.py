from __future__ import annotations

import pytest

from pylot.syntax.shell import MOST_COMMANDS, NotPlain, ShellPipeline, read_shell_line


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("ls -la", [("", [["ls", "-la"]])]),
        (" ls \n", [("", [["ls"]])]),
        ("ls;", [("", [["ls"]])]),
        ("a | b && c || d; e", [("", [["a"], ["b"]]), ("&&", [["c"]]), ("||", [["d"]]), (";", [["e"]])]),
        ("a 'b c' \"d e\" f\\ g", [("", [["a", "b c", "d e", "f g"]])]),
        ("a b'c'\"d\"", [("", [["a", "bcd"]])]),
        ("a '' \"\"", [("", [["a", "", ""]])]),
        (r'a "b\"c\\d\e\$f"', [("", [["a", 'b"c\\d\\e$f']])]),
        ("a 'b && c' \"d | e\" f\\;", [("", [["a", "b && c", "d | e", "f;"]])]),
        ("a 'привет' é", [("", [["a", "привет", "é"]])]),
        ("find . ! -name x", [("", [["find", ".", "!", "-name", "x"]])]),
        ("git show HEAD~1 HEAD^ a#b", [("", [["git", "show", "HEAD~1", "HEAD^", "a#b"]])]),
        ("cd a && ls", [("", [["cd", "a"]]), ("&&", [["ls"]])]),
    ],
)
def test_plain_lines(line: str, expected: list[tuple[str, list[list[str]]]]) -> None:
    assert read_shell_line(line) == tuple(
        ShellPipeline(operator, tuple(map(tuple, commands)))  # type: ignore[arg-type]
        for operator, commands in expected
    )


@pytest.mark.parametrize(
    ("line", "commands", "redirections"),
    [
        ("a 2>&1", [["a"]], [["2>&1"]]),
        ("a 2>&1 | b", [["a"], ["b"]], [["2>&1"], []]),
        ("a x 2>&1 y", [["a", "x", "y"]], [["2>&1"]]),
        ("2>&1 a", [["a"]], [["2>&1"]]),
        ("a >&2", [["a"]], [["1>&2"]]),
        ("a 1>&2 b", [["a", "b"]], [["1>&2"]]),
        ("a > /dev/null 2>&1", [["a"]], [["1>/dev/null", "2>&1"]]),
        ("a 2>/dev/null|b", [["a"], ["b"]], [["2>/dev/null"], []]),
        ("a '2>&1'", [["a", "2>&1"]], []),
    ],
)
def test_output_may_go_with_the_errors_or_nowhere(
    line: str, commands: list[list[str]], redirections: list[list[str]]
) -> None:
    """T4: bash binds it to one command, whatever its grammar says of `a && b 2>&1`."""
    read = read_shell_line(line)

    assert not isinstance(read, NotPlain)
    assert read[0].commands == tuple(map(tuple, commands))
    assert read[0].redirections == tuple(map(tuple, redirections))


def test_a_redirection_belongs_to_its_command_alone() -> None:
    read = read_shell_line("a && b 2>&1; c")

    assert not isinstance(read, NotPlain)
    assert [each.redirections for each in read] == [(), (("2>&1",),), ()]


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("", "an empty line"),
        ("ls\nls", "several lines"),
        ("ls\rls", "the invisible or unusual character U+000D"),
        ("ls\u00a0x", "the invisible or unusual character U+00A0"),
        ("ls\u2028x", "the invisible or unusual character U+2028"),
        ("ls '\u202e'", "the invisible or unusual character U+202E"),
        ("сat x", "a command with an unusual name"),
        ("a=1 ls", "what bash calls a variable assignment"),
        ("time ls", "the shell's own word time"),
        ("! ls", "what bash calls a negated command"),
        ("coproc ls", "the shell's own word coproc"),
        ("ls *", "a pattern of file names"),
        ("ls ~", "a home folder"),
        ("ls a:~", "a home folder"),
        ("ls {a,b}", "braces"),
        ("ls > x", "a redirection"),
        ("ls 2> x", "a redirection"),
        ("ls >> /dev/null", "a redirection"),
        ("ls >/dev/nullx", "a redirection"),
        ("ls >/dev/null/x", "a redirection"),
        ("ls 2>&1x", "a redirection"),
        ("ls 2>&12", "a redirection"),
        ("ls 3>&1", "a redirection"),
        ("ls 2>&3", "a redirection"),
        ("ls 2>&-", "a redirection"),
        ("ls a2>&1", "a redirection"),
        ("ls \\2>&1", "a redirection"),
        ("ls '2'>&1", "a redirection"),
        ("ls 2>& 1", "a redirection"),
        ("ls 2 >&1", "a redirection"),
        ("ls &>/dev/null", "work in the background"),
        ("ls < /dev/null", "a redirection"),
        ("2>&1", "an operator without a command"),
        ("ls &", "work in the background"),
        ("ls $x", "an expansion"),
        ('ls "$x"', "an expansion"),
        ("ls `x`", "a command within the command"),
        ("(ls)", "a subshell"),
        ("ls # x", "a comment"),
        ("ls 'a", "a quote without an end"),
        ("ls a\\", "a backslash at the end"),
        ("[ -f x ]", "a pattern of file names"),
        (";".join(["ls"] * (MOST_COMMANDS + 1)), f"more than {MOST_COMMANDS} commands"),
        ("a" * 9000, "a very long line"),
    ],
)
def test_what_is_not_plain_is_named(line: str, what: str) -> None:
    assert read_shell_line(line) == NotPlain(what)
