"""Git, asked what changes nothing: which subcommands and flags, and how git is called so that a repository cannot act.

A repository can make git run programs: by its configuration (fsmonitor, hooks, pagers, filters, helpers), by
attributes, and by objects that are still to be fetched. What can be switched off is; where the configuration names
anything else than what every repository has, `odd_settings` says so and the user is asked.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import PurePath
from types import MappingProxyType

from pylot.kernel.word_list import words
from pylot.policy.actions import ReadGit, RunCommand
from pylot.policy.arguments import NotUnderstood, Parts, Reader, Reading, read_arguments, taken_apart
from pylot.policy.command_line import CommandLine, command_line

_HARDENING = (
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "core.pager=cat",
    "core.editor=false",
    "core.sshCommand=false",
    "core.attributesFile=/dev/null",
    "credential.helper=",
    "protocol.allow=never",
    "safe.bareRepository=explicit",
    "gpg.program=false",
    "gpg.ssh.program=false",
    "gpg.x509.program=false",
    "log.showSignature=false",
    "submodule.recurse=false",
    "status.submoduleSummary=false",
    "color.ui=never",
    "column.ui=never",
    "gc.auto=0",
    "maintenance.auto=false",
)

GIT_ENVIRONMENT: Mapping[str, str] = MappingProxyType(
    {
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_SYSTEM": "/dev/null",
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ALLOW_PROTOCOL": "",
        "GIT_PAGER": "cat",
        "GIT_EDITOR": "false",
        "GIT_ASKPASS": "false",
        "GIT_SSH_COMMAND": "false",
        "LC_ALL": "C.UTF-8",
    }
)
"""What git's environment has to hold besides the rebuilt one; nothing else that begins with `GIT_` may be in it."""

_DIFF_WORDS = words("""
    stat numstat shortstat name-only name-status summary patch no-patch raw minimal patience histogram cached staged
    merge-base check full-index binary no-renames ignore-all-space ignore-space-change ignore-blank-lines
    ignore-space-at-eol function-context no-color no-ext-diff no-textconv text exit-code quiet no-prefix compact-summary
    cumulative pickaxe-all pickaxe-regex ignore-cr-at-eol no-indent-heuristic indent-heuristic
    """)
_DIFF_VALUED = words("diff-filter inter-hunk-context diff-algorithm word-diff-regex ws-error-highlight")
# Values only count after `=`: where git takes a value or not as it likes, the next word is judged by itself.
_DIFF_MAYBE_VALUED = words("unified color word-diff find-renames find-copies stat dirstat color-words")
_LOG_WORDS = words("""
    oneline graph all branches tags remotes decorate no-decorate merges no-merges first-parent reverse follow
    no-abbrev-commit abbrev-commit date-order topo-order author-date-order full-history left-right cherry-pick
    cherry-mark no-walk source parents children relative-date ancestry-path boundary walk-reflogs no-notes
    perl-regexp extended-regexp fixed-strings regexp-ignore-case invert-grep all-match no-mailmap use-mailmap
    """)
_LOG_VALUED = words("max-count skip since after until before author committer grep date encoding glob")
_LOG_MAYBE_VALUED = words("decorate abbrev format pretty branches tags remotes")


def _log() -> Reader:
    return Reader(
        letters="psuabwzRtmciEFPgWq",
        valued="nSGL",
        words=(*_DIFF_WORDS, *_LOG_WORDS),
        valued_words=(*_DIFF_VALUED, *_LOG_VALUED),
        maybe_valued=(*_DIFF_MAYBE_VALUED, *_LOG_MAYBE_VALUED),
        operands="text",
        counts=True,
    )


_READERS: Mapping[str, Reader] = MappingProxyType(
    {
        # With `-v` it shows changes, through the drivers that the repository names.
        "status": Reader(
            letters="sbz",
            words=("short", "branch", "long", "show-stash", "null", "ahead-behind", "no-renames", "renames"),
            maybe_valued=("porcelain", "untracked-files", "ignored", "column"),
            operands="text",
        ),
        "diff": Reader(
            letters="psuabwzRtWq",
            valued="GS",
            words=_DIFF_WORDS,
            valued_words=_DIFF_VALUED,
            maybe_valued=_DIFF_MAYBE_VALUED,
            operands="text",
        ),
        "log": _log(),
        "show": _log(),
        "shortlog": Reader(
            letters="sne", words=("summary", "numbered", "email", "all", "no-merges"), operands="text", counts=True
        ),
        "reflog": Reader(letters="z", valued="n", words=("all", "oneline"), maybe_valued=("date",), operands="none"),
        "blame": Reader(
            letters="lstfnpewcb",
            valued="L",
            words=("porcelain", "line-porcelain", "show-name", "show-number", "show-email", "root", "minimal"),
            maybe_valued=("date", "since", "abbrev"),
            operands="text",
        ),
        "branch": Reader(
            letters="arvil",
            words=("list", "all", "remotes", "verbose", "show-current", "ignore-case", "no-color"),
            maybe_valued=("sort", "format", "color", "abbrev"),
            operands="none",
        ),
        "tag": Reader(letters="li", words=("list", "ignore-case"), maybe_valued=("sort",), operands="none"),
        "remote": Reader(letters="v", words=("verbose",), operands="none"),
        "rev-parse": Reader(
            letters="q",
            words=words(
                "show-toplevel show-prefix show-cdup git-dir is-inside-work-tree is-inside-git-dir is-bare-repository "
                "verify quiet symbolic symbolic-full-name show-superproject-working-tree all branches tags"
            ),
            maybe_valued=("short", "abbrev-ref"),
            operands="text",
        ),
        "rev-list": Reader(
            words=("count", "all", "oneline", "no-merges", "merges", "first-parent", "reverse", "left-right"),
            valued="n",
            valued_words=("max-count", "since", "until", "author"),
            operands="text",
            counts=True,
        ),
        "ls-files": Reader(
            letters="cdmostuvz",
            words=("cached", "deleted", "modified", "others", "stage", "unmerged", "exclude-standard", "full-name"),
            operands="text",
        ),
        "ls-tree": Reader(
            letters="drtlz", words=("name-only", "name-status", "long", "full-tree", "full-name"), operands="text"
        ),
        "merge-base": Reader(letters="a", words=("all", "is-ancestor", "fork-point"), operands="text"),
        "describe": Reader(
            words=("all", "tags", "long", "always", "contains", "first-parent"),
            maybe_valued=("match", "exclude", "candidates", "abbrev"),
            operands="text",
        ),
        "grep": Reader(
            letters="EFGPinclLvwWpqaIz",
            valued="eABC",
            words=("line-number", "ignore-case", "count", "files-with-matches", "word-regexp", "no-color", "heading"),
            maybe_valued=("color",),
            operands="text",
            counts=True,
        ),
        "count-objects": Reader(letters="vH", words=("verbose", "human-readable"), operands="none"),
    }
)

_WHOLE = frozenset({("stash", "list"), ("worktree", "list")})
_NO_DRIVERS = ("--no-ext-diff", "--no-textconv")
# What a submodule's own configuration names is not looked at, so submodules are not entered.
_NO_SUBMODULES = ("--ignore-submodules=all",)
_OWN_FLAGS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "diff": (*_NO_DRIVERS, *_NO_SUBMODULES),
        "log": (*_NO_DRIVERS, *_NO_SUBMODULES),
        "show": (*_NO_DRIVERS, *_NO_SUBMODULES),
        "status": _NO_SUBMODULES,
        "blame": _NO_DRIVERS[1:],
        "grep": _NO_DRIVERS[1:],
    }
)
# `%G` in a format makes git run gpg.
_RUNS_GPG = re.compile(r"%[-+ ]?G")


def understood_git(args: Sequence[str]) -> NotUnderstood | None:
    """Return the argument of git that is not on the list of what only reads, or None if all are.

    `args` begin with the subcommand; flags of git itself, such as `-c`, are on no list.
    """
    subcommand, *rest = args
    if tuple(args) in _WHOLE:
        return None
    reader = _READERS.get(subcommand)
    if reader is None:
        return NotUnderstood(subcommand)
    reading = read_arguments(rest, reader)
    if not isinstance(reading, Reading):
        return reading
    odd = (word for word in rest if _RUNS_GPG.search(word) or _leads_outside(word))
    return next(map(NotUnderstood, odd), None)


def parts_of_question(args: Sequence[str]) -> Parts | None:
    """Return what the arguments behind the subcommand are, None where git is not understood."""
    reader = _READERS.get(args[0])
    parts = taken_apart(args[1:], reader) if reader else None
    return parts if isinstance(parts, Parts) else None


def git_argv(executable: str, args: Sequence[str]) -> tuple[str, ...]:
    """Return the whole command that asks git, with everything off that a repository could make it run."""
    settings = [part for setting in _HARDENING for part in ("-c", setting)]
    subcommand, *rest = args
    safe = _OWN_FLAGS.get(subcommand, ())
    return (executable, "--no-pager", "--no-optional-locks", *settings, subcommand, *safe, *rest)


def as_read_git(action: RunCommand) -> ReadGit | None:
    """Return a command that is nothing but a question to git as the action it should be, or None if it is not."""
    if action.network or action.sudo:
        return None
    line = command_line(action)
    if not isinstance(line, CommandLine) or len(line.programs) != 1 or line.programs[0][0] != "git":
        return None
    if any(each[0] == "1" for redirections in line.pipelines[0].redirections for each in redirections):
        # Its output was not wanted.
        return None
    args = list(line.programs[0][1:])
    cwd = line.pipelines[0].cwd
    while args[:1] == ["--no-pager"] or (args[:1] == ["-C"] and len(args) > 1):
        if args.pop(0) == "-C":
            cwd = str(PurePath(cwd) / args.pop(0))
    if not args or understood_git(args) is not None:
        return None
    return ReadGit(args=tuple(args), cwd=cwd)


_SECTION = re.compile(r'\[\s*([A-Za-z0-9.\-]+)\s*(?:"((?:[^"\\]|\\.)*)")?\s*\]')
_SETTING = re.compile(r"([A-Za-z][A-Za-z0-9\-]*)\s*(?:=|$)")
_ORDINARY = re.compile(
    r"""
      core\.(?:repositoryformatversion|filemode|bare|logallrefupdates|ignorecase|precomposeunicode|symlinks|autocrlf|eol
            |safecrlf|quotepath|abbrev|compression|preloadindex|longpaths|hidedotfiles|commentchar|checkstat)
    | remote\.(?:url|fetch|pushurl|push|tagopt|prune|gh-resolved|skipdefaultupdate|skipfetchall)
    | branch\.(?:remote|merge|rebase|description|pushremote|autosetuprebase|autosetupmerge|sort|vscode-merge-base
              |gh-merge-base|github-pr-owner-number)
    | user\.(?:name|email|signingkey) | init\.defaultbranch | submodule\.(?:url|active|update|branch|ignore)
    | (?:pull|push|fetch|rebase|merge|color|advice|rerere|feature|gui|lfs|remotes|commit|tag|stash|log|status|help
       |apply|blame|index|versionsort|column|notes|format)\.(?:rebase|ff|default|prune|autosetupremote|autostash
       |conflictstyle|ui|branch|diff|status|enabled|followtags|verbose|gpgsign|date|short|wmstate|geometry
       |repositoryformatversion|writecommitgraph|decorate|showuntrackedfiles|autosquash|threads)
    | extensions\.(?:objectformat|noop|refstorage) | pack\.(?:threads|windowmemory|packsizelimit)
    | gc\.auto(?:detach|packlimit)? | http\.postbuffer
    """,
    re.VERBOSE,
)


def odd_settings(config: str) -> tuple[str, ...]:
    """Return the keys of a repository's configuration that not every repository has, lower case, without values.

    What cannot be read counts as a key of its own, `?`.
    """
    odd: list[str] = []
    section = ""
    # Lines as git sees them: other characters that end lines elsewhere could hide a section here.
    for raw in config.split("\n"):
        line = raw.strip()
        if match := _SECTION.match(line):
            section = match.group(1).partition(".")[0].lower()
            line = line[match.end() :].strip()
        if not line or line[0] in "#;":
            continue
        setting = _SETTING.match(line)
        key = f"{section}.{setting.group(1).lower()}" if setting and section else "?"
        if line.endswith("\\") or not _ORDINARY.fullmatch(key):
            odd.append(key)
    return tuple(dict.fromkeys(odd))


def _leads_outside(word: str) -> bool:
    """Tell whether a word is a path that leaves the folder; given two of them, git diff compares any files."""
    return word.startswith(("/", "~")) or ".." in word.split("/")
