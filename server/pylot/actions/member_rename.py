"""Renaming a member of a class, with all that uses it in the workspace, where every place is certain (L2, K5)."""

from __future__ import annotations

import builtins
from collections.abc import Mapping

from pylot.actions.class_lineage import Class, Lineages
from pylot.actions.edits import TextEdit, applied
from pylot.actions.evaluation import binding_at
from pylot.actions.function_calls import line_of
from pylot.actions.member_names import is_member_name
from pylot.actions.members import Member, find_member
from pylot.actions.names import is_name
from pylot.actions.receivers import Receivers
from pylot.actions.workspace_code import WorkspaceCode
from pylot.kernel.errors import ActionRefusedError
from pylot.syntax.code_nodes import CodeNode, read_code_nodes


def rename_member(workspace: WorkspaceCode, node: CodeNode, new_name: str) -> Mapping[str, tuple[TextEdit, ...]]:
    """Return the edits of each file, by its path in the symbol table, that give a member another name.

    `node` is the name at one of its places, in the workspace's own file.

    Raises:
        ActionRefusedError: a place is not certain, or the new name is taken; the sentence says where.
        StorageError: the symbol table cannot be read.
    """
    if not is_name(new_name, workspace.language):
        raise ActionRefusedError("The new name is not a name in this language.")
    if new_name.startswith("__"):
        raise ActionRefusedError("Names that begin with two underscores have a meaning of their own in Python.")
    member = find_member(workspace, node)
    _refuse_taken(workspace, member, new_name)
    found: dict[str, list[TextEdit]] = {}
    for place in (*member.definitions, *member.accesses, *member.listed):
        found.setdefault(place.path, []).append(TextEdit(place.node.start, place.node.end, new_name))
    for path, edits in found.items():
        code = workspace.code(path)
        after = read_code_nodes(applied(code.text, edits), code.language, code)
        if after is None or after.tree.error_count:
            raise ActionRefusedError(f"With the new name {path} would not parse any more.")
    return {path: tuple(sorted(edits)) for path, edits in found.items()}


def _refuse_taken(workspace: WorkspaceCode, member: Member, new_name: str) -> None:
    """Refuse a name that a class of the family, or one that derives from it or is derived from, has or uses."""
    lineages = Lineages(workspace)
    receivers = Receivers(lineages)
    for one in member.family:
        for base in lineages.of(one).unseen:
            if hasattr(getattr(builtins, base, None), new_name):
                raise ActionRefusedError(f"{one.qualified} has the new name from {base}.")
    for path in workspace.naming({new_name}):
        for node in workspace.code(path).root.find(("identifier", "property_identifier")):
            if node.text != new_name:
                continue
            if not is_member_name(node):
                if _is_looked_up_in_class(node) and _is_in_family(receivers, path, node, member):
                    raise ActionRefusedError(f"{line_of(node, path)} would come to mean the member.")
                continue
            owner = receivers.owner_at(path, node)
            if isinstance(owner, Class) and _are_related(lineages, owner, member):
                raise ActionRefusedError(f"{line_of(node, path)} uses the new name for another member of the class.")
            if owner is None and _is_in_family(receivers, path, node, member):
                raise ActionRefusedError(f"{line_of(node, path)} may use the new name for a member of the class.")


def _are_related(lineages: Lineages, one: Class, member: Member) -> bool:
    own = set(lineages.of(one).classes)
    return bool(own & member.family) or any(one in lineages.of(each).classes for each in member.family)


def _is_in_family(receivers: Receivers, path: str, node: CodeNode, member: Member) -> bool:
    """Tell whether a place of which the class is not certain is in a class that has the member."""
    return receivers.class_around(path, node) in member.family


def _is_looked_up_in_class(node: CodeNode) -> bool:
    """Tell whether a name of Python is looked up in the body of a class, outside of its methods."""
    bindings, binding = node.code.bindings, binding_at(node.code, node.start)
    if bindings is None or binding is None or node.code.language != "python":
        return False
    return any(each.start == node.start and bindings.scopes[each.scope].kind == "class" for each in binding.occurrences)
