"""Text of unknown origin, made fit for people's eyes (T25 of agent-techniques).

Control characters, escape sequences of terminals, marks that turn the direction of a line around and characters without
width can make a text look like another one; each is shown as what it is.
"""

from __future__ import annotations

import re

# C0 but for tab and line feed, DEL and C1; soft hyphen; zero width, bidirectional marks and joiners; tags; specials.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e007f]"
)


def shown_text(text: str) -> str:
    r"""Return a text whose invisible characters are written as `\u{200b}`; line breaks are those of Unix."""
    return _HIDDEN.sub(lambda found: f"\\u{{{ord(found[0]):x}}}", text.replace("\r\n", "\n"))


def hidden_characters(text: str) -> set[str]:
    """Return the invisible characters of a text."""
    return set(_HIDDEN.findall(text))
