"""The message of a commit, from what is staged (K4)."""

from __future__ import annotations

import re
import textwrap

from pylot.actions.by_model.answers import code_pieces, without_thoughts
from pylot.actions.by_model.task import Ask
from pylot.config.prompts import fenced
from pylot.kernel.errors import ModelAnswerError
from pylot.kernel.shown_text import unhidden

_LONGEST_SUBJECT = 100
_WIDTH = 72
_PREFACE = re.compile(r"^(?:here(?:'s| is)|sure|the commit message|commit message)\b[^\n]*:\s*\n+", re.IGNORECASE)


def commit_ask(diff: str, log: str, room: int) -> Ask:
    """Return the question for a staged diff, cut evenly over its files to so many characters."""
    return Ask("commit-message", {"diff": fenced(_cut(diff, room), "diff"), "log": fenced(log[: room // 8])})


def commit_message(answer: str) -> str:
    """Return a model's message as git likes it: a subject of one line, an empty line, lines of at most 72 characters.

    Raises:
        ModelAnswerError: there is none.
    """
    text = without_thoughts(answer)
    if "```" in text:
        text = max(code_pieces(text), key=len, default="")
    text = unhidden(_PREFACE.sub("", text.strip())).strip().strip('"').strip()
    subject, _, rest = text.partition("\n")
    subject = subject.strip().strip("*#`\"' ").rstrip(".")
    if not subject:
        raise ModelAnswerError("The model wrote no message.")
    if len(subject) > _LONGEST_SUBJECT:
        subject = textwrap.shorten(subject, _LONGEST_SUBJECT, placeholder="…")
    paragraphs = [each for each in re.split(r"\n\s*\n", rest.strip()) if each.strip()]
    return "\n\n".join([subject, *map(_wrapped, paragraphs)])


def _wrapped(paragraph: str) -> str:
    if any(line.startswith(("-", "*", " ", "\t")) for line in paragraph.split("\n")):
        return "\n".join(line.rstrip() for line in paragraph.split("\n"))
    return textwrap.fill(" ".join(paragraph.split()), _WIDTH, break_long_words=False, break_on_hyphens=False)


def _cut(diff: str, room: int) -> str:
    """Return a diff of at most so many characters in which every file has its share."""
    if len(diff) <= room:
        return diff
    files = [each for each in re.split(r"(?m)^(?=diff --git )", diff) if each.strip()]
    share = max(200, room // max(1, len(files)))
    pieces = [each if len(each) <= share else f"{each[:share].rsplit(chr(10), 1)[0]}\n[...]\n" for each in files]
    return "".join(pieces)[:room]
