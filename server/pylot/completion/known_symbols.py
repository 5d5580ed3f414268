"""What a file can name that is defined elsewhere, as the sources of context see it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class KnownDefinition:
    """A definition in another file: `name` as the current file calls it, `kind` as the index names kinds.

    `signature` is one line of source, `doc` the first line of its documentation; `members` are the signatures of
    a class's fields and methods, or of what a module defines. `path` is absolute.
    """

    name: str
    kind: str
    path: str
    signature: str
    doc: str = ""
    members: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OwnDefinition:
    """A definition of the current file itself: where it begins, and the class that it is a member of, if any."""

    signature: str
    line: int
    owner: str = ""


@dataclass(frozen=True, slots=True)
class FileKnowledge:
    """What is known of one file's surroundings, as of a moment ago; everything here has passed the exclusion gate.

    `imported` are the definitions behind the file's imports, in their order.
    `inherited` are, for each class of the file, its bases in other files.
    `names` are what the file can name without a dot: all that it imports, wherever that is from, then what it defines.
    """

    imported: tuple[KnownDefinition, ...] = ()
    inherited: Mapping[str, tuple[KnownDefinition, ...]] = field(default_factory=dict)
    own: tuple[OwnDefinition, ...] = ()
    names: tuple[str, ...] = ()


NOTHING_KNOWN = FileKnowledge()
