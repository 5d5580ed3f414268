"""What surrounds a place in a text."""

from __future__ import annotations

from dataclasses import dataclass

from tree_sitter import Node

from pylot.syntax.headers import empty_block_header
from pylot.syntax.lexicon import COMMENT, STRING
from pylot.syntax.places import BLOCKS, COMMENTS, IMPORT_CALLS, IMPORTS, INTERPOLATIONS, STRINGS
from pylot.syntax.scanner import opening_at_end
from pylot.syntax.tree import SyntaxTree

_CALLS = frozenset({"call", "function_call", "call_expression", "command"})


@dataclass(frozen=True, slots=True)
class Block:
    """The innermost block around a place, in code points, and the grammar's name for it."""

    start: int
    end: int
    kind: str


@dataclass(frozen=True, slots=True)
class Place:
    """What is known about a place; `starts_empty_block` means that a block was opened here and holds nothing yet."""

    in_comment: bool = False
    in_string: bool = False
    in_import: bool = False
    block: Block | None = None
    starts_empty_block: bool = False


def place_at(tree: SyntaxTree, offset: int) -> Place:
    """Return what surrounds a place in a parsed text."""
    literal = _literal_at(tree, offset)
    if literal:
        return Place(
            in_comment=literal == COMMENT,
            in_string=literal == STRING,
            in_import=literal == STRING and _in_import(tree, offset),
            block=_block_at(tree, offset),
        )
    header = empty_block_header(tree.language, tree.text, offset, tree)
    return Place(
        in_import=_in_import(tree, offset), block=_block_at(tree, offset), starts_empty_block=header is not None
    )


def _literal_at(tree: SyntaxTree, offset: int) -> str:
    byte = tree.to_byte(offset)
    if byte == 0:
        return ""
    for node in _ancestors(tree.root.descendant_for_byte_range(byte - 1, byte)):
        if node.type in INTERPOLATIONS and node.start_byte < byte < node.end_byte:
            return ""
        if node.type in COMMENTS:
            return COMMENT if _is_within_comment(tree, node, byte) else ""
        if node.type in STRINGS and node.start_byte < byte < node.end_byte:
            return STRING
    if not tree.root.has_error:
        return ""
    # What is not finished is no comment and no string to the parser.
    return opening_at_end(tree.language, tree.text[:offset]).inside


def _is_within_comment(tree: SyntaxTree, node: Node, byte: int) -> bool:
    if byte < node.end_byte:
        return True
    # A comment of a line includes the place behind its last character; one with an end mark does not.
    text = tree.data[node.start_byte : node.end_byte]
    return byte == node.end_byte and not text.endswith((b"*/", b"]]", b"=end", b"-->", b"\n"))


def _block_at(tree: SyntaxTree, offset: int) -> Block | None:
    byte = tree.to_byte(offset)
    for node in _ancestors(tree.root.descendant_for_byte_range(max(0, byte - 1), byte)):
        if node.type in BLOCKS and node.start_byte < byte <= node.end_byte:
            return Block(tree.to_offset(node.start_byte), tree.to_offset(node.end_byte), node.type)
    return None


def _in_import(tree: SyntaxTree, offset: int) -> bool:
    line_start = tree.text.rfind("\n", 0, offset) + 1
    lead = tree.text[line_start:offset]
    if not lead.strip():
        return False
    end = tree.to_byte(line_start + len(lead.rstrip()))
    calls = IMPORT_CALLS.get(tree.language) or frozenset()
    for node in _ancestors(tree.root.descendant_for_byte_range(end - 1, end)):
        if node.type in IMPORTS:
            return True
        if node.type in _CALLS and _called_name(tree, node) in calls:
            return True
        if node.is_error:
            return lead.split(None, 1)[0] in ("import", "from", "use", "using", "#include", "require", "source")
    return False


def _called_name(tree: SyntaxTree, call: Node) -> str:
    """Return the text before the arguments of a call."""
    first = call.children[0]
    return tree.data[first.start_byte : first.end_byte].decode("utf-8", "replace")


def _ancestors(node: Node | None) -> list[Node]:
    found = []
    while node is not None:
        found.append(node)
        node = node.parent
    return found
