"""The tokens that text never spells: their ids and how a vocabulary writes them."""

from __future__ import annotations

from enum import IntEnum


class Special(IntEnum):
    """A special token by its id."""

    END = 0
    PREFIX = 1
    SUFFIX = 2
    MIDDLE = 3
    PAD = 4
    REPOSITORY = 5
    SEPARATOR = 6


SPELLINGS = {
    Special.END: "<|endoftext|>",
    Special.PREFIX: "<|fim_prefix|>",
    Special.SUFFIX: "<|fim_suffix|>",
    Special.MIDDLE: "<|fim_middle|>",
    Special.PAD: "<|fim_pad|>",
    Special.REPOSITORY: "<|repo_name|>",
    Special.SEPARATOR: "<|file_sep|>",
}
