"""The programs that only read, and exactly what they may be given to go unasked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from pylot.kernel.word_list import words
from pylot.policy.arguments import NotUnderstood, Reader, Reading, read_arguments
from pylot.policy.special_readers import SPECIAL

_SUMS = Reader(letters="bt", words=words("binary text tag"))

READERS: Mapping[str, Reader] = MappingProxyType(
    {
        "ls": Reader(
            # Not L, with which it would enter links that lead out of the workspace; nor for du.
            letters="aAbBcCdfFgGhHiklmnNopqQrRsStuUvxXZ1",
            words=words(
                "all almost-all author escape directory classify file-type full-time group-directories-first "
                "human-readable inode kibibytes literal no-group numeric-uid-gid quote-name reverse recursive size "
                "context"
            ),
            valued_words=words("sort time time-style width ignore hide block-size format indicator-style"),
            maybe_valued=words("color"),
            shows_content=False,
        ),
        "cat": Reader(
            letters="AbeEnstTuv",
            words=words("show-all number-nonblank show-ends number squeeze-blank show-tabs show-nonprinting"),
        ),
        "tac": Reader(),
        "rev": Reader(),
        "nl": Reader(letters="p", valued="bdfhilnsvw"),
        "head": Reader(
            letters="qvz",
            valued="nc",
            words=words("quiet silent verbose zero-terminated"),
            valued_words=words("lines bytes"),
            counts=True,
        ),
        "tail": Reader(
            letters="qvz",
            valued="nc",
            words=words("quiet silent verbose zero-terminated"),
            valued_words=words("lines bytes"),
            counts=True,
        ),
        "wc": Reader(
            letters="clmwL", words=words("bytes chars lines words max-line-length"), valued_words=words("total")
        ),
        "grep": Reader(
            letters="EFGPacHhilLnoqsvwxyzbTUrI",
            valued="ABCmef",
            words=words(
                "extended-regexp fixed-strings basic-regexp perl-regexp text count with-filename no-filename "
                "ignore-case no-ignore-case files-without-match files-with-matches line-number only-matching quiet "
                "silent no-messages invert-match word-regexp line-regexp null-data null byte-offset recursive"
            ),
            valued_words=words(
                "after-context before-context context max-count regexp file include exclude exclude-dir binary-files"
                " label"
            ),
            maybe_valued=words("color colour"),
            operands="pattern",
            counts=True,
            path_flags=("f", "file"),
            pattern_flags=("e", "f", "regexp", "file"),
            descending=("r", "recursive"),
        ),
        "rg": Reader(
            letters="FPachHiIlnNoqsSvwxUp0",
            valued="ABCmegtTjM",
            words=words(
                "fixed-strings pcre2 text count count-matches with-filename no-filename ignore-case case-sensitive "
                "smart-case files-with-matches files-without-match line-number no-line-number only-matching quiet "
                "invert-match word-regexp line-regexp multiline multiline-dotall heading no-heading column vimgrep "
                "trim json stats files no-messages type-list null no-config pretty"
            ),
            valued_words=words(
                "after-context before-context context max-count regexp glob iglob type type-not threads max-columns "
                "max-depth sort sortr color colors"
            ),
            operands="pattern",
            pattern_flags=("e", "regexp", "files", "type-list"),
            always_descends=True,
            # A glob of -g brings back what is ignored.
            skips_ignored=True,
            unhiding=("g", "glob", "iglob"),
        ),
        "sort": Reader(
            letters="bdfghiMnRrVuzcCms",
            valued="kt",
            words=words(
                "ignore-leading-blanks dictionary-order ignore-case general-numeric-sort human-numeric-sort "
                "ignore-nonprinting month-sort numeric-sort random-sort reverse version-sort unique zero-terminated "
                "stable merge check"
            ),
            valued_words=words("key field-separator"),
        ),
        # A second operand is the file that uniq writes.
        "uniq": Reader(
            letters="cdDiuz",
            valued="fsw",
            words=words("count repeated ignore-case unique zero-terminated"),
            valued_words=words("skip-fields skip-chars check-chars"),
            most=1,
        ),
        "cut": Reader(
            letters="nsz",
            valued="bcdf",
            words=words("only-delimited complement zero-terminated"),
            valued_words=words("bytes characters delimiter fields output-delimiter"),
        ),
        "tr": Reader(
            letters="cCdst", words=words("complement delete squeeze-repeats truncate-set1"), operands="text", most=2
        ),
        "paste": Reader(letters="sz", valued="d"),
        "join": Reader(letters="iz", valued="aetv12oj"),
        "comm": Reader(letters="123z", most=2),
        "fold": Reader(letters="bs", valued="w"),
        "fmt": Reader(letters="csut", valued="w"),
        "column": Reader(letters="texnJ", valued="sco"),
        "expand": Reader(letters="i", valued="t"),
        "diff": Reader(
            letters="abBcdeEinqstTuwyZNp",
            valued="CUIFW",
            words=words(
                "text ignore-all-space ignore-space-change ignore-blank-lines ignore-case brief report-identical-files "
                "side-by-side suppress-common-lines unified minimal expand-tabs show-c-function normal new-file"
            ),
            valued_words=words("width label"),
            maybe_valued=words("color unified context"),
            most=2,
        ),
        "cmp": Reader(letters="bls", valued="n", most=2),
        "file": Reader(letters="bihLkr0", words=words("brief mime mime-type mime-encoding"), shows_content=False),
        "stat": Reader(letters="Lft", valued="c", valued_words=words("format printf"), shows_content=False),
        "readlink": Reader(letters="femnqsz", shows_content=False),
        "realpath": Reader(letters="emLPqsz", shows_content=False),
        "basename": Reader(letters="az", valued="s", operands="text"),
        "dirname": Reader(letters="z", operands="text"),
        "du": Reader(
            letters="abchHklmPsSx0",
            valued="dBt",
            words=words("all apparent-size bytes total human-readable si summarize separate-dirs one-file-system"),
            valued_words=words("max-depth exclude block-size threshold"),
            shows_content=False,
        ),
        "df": Reader(letters="ahHiklPT", shows_content=False, operands="none"),
        "tree": Reader(
            letters="adfFghiDnNpqQrstuUvxXJC",
            valued="LPI",
            words=words("dirsfirst noreport prune gitignore matchdirs du si inodes device"),
            valued_words=words("filelimit sort charset"),
            shows_content=False,
        ),
        "md5sum": _SUMS,
        "sha1sum": _SUMS,
        "sha256sum": _SUMS,
        "sha512sum": _SUMS,
        "cksum": Reader(),
        "strings": Reader(letters="af", valued="nte"),
        "od": Reader(letters="abcdfhiloxv", valued="AjNt"),
        "hexdump": Reader(letters="bcCdovx", valued="ns"),
        "pwd": Reader(letters="LP", operands="none"),
        "echo": Reader(letters="neE", operands="text"),
        "printf": Reader(operands="text"),
        "true": Reader(operands="text"),
        "false": Reader(operands="text"),
        "seq": Reader(letters="w", valued="fs", operands="text", most=3),
        "expr": Reader(operands="text"),
        "which": Reader(letters="as", operands="text"),
        "whoami": Reader(operands="none"),
        "id": Reader(letters="Ggnru", operands="none"),
        "nproc": Reader(words=words("all"), operands="none"),
        "uname": Reader(letters="asnrvmpio", operands="none"),
        "arch": Reader(operands="none"),
        "tty": Reader(operands="none"),
        "uptime": Reader(letters="ps", operands="none"),
        "cal": Reader(letters="13jmsy", operands="text"),
        "locale": Reader(letters="a", operands="none"),
    }
)

# What these say of themselves depends on no file around them. Others do: a version of cargo, go, yarn or pytest may
# be answered by what the workspace names.
_VERSIONS = frozenset(words("python python3 node npm ruby perl java gcc g++ clang make cmake ninja git bash"))


def understood(argv: Sequence[str]) -> Reading | NotUnderstood | None:
    """Return what a command reads, the argument that is not known, or None if it is no reader at all.

    The program has to be called by its bare name, which is then looked for outside the workspace.
    """
    name, *arguments = argv
    if name in _VERSIONS and arguments == ["--version"]:
        return Reading()
    if special := SPECIAL.get(name):
        return special(arguments)
    reader = READERS.get(name)
    return None if reader is None else read_arguments(_echoed(name, arguments), reader)


def _echoed(name: str, arguments: list[str]) -> list[str]:
    """Take what echo and the like print for text: only flags in front are flags."""
    if name not in ("echo", "expr", "printf"):
        return arguments
    flags = 0
    while name == "echo" and flags < len(arguments) and set(arguments[flags][1:]) <= set("neE"):
        if not arguments[flags].startswith("-") or arguments[flags] == "-":
            break
        flags += 1
    return ["--", *arguments[flags:]]
