"""A workspace with everything in it that a hostile repository would try, and a situation to decide in."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pylot.policy.actions import ACTION, Action, RunCommand
from pylot.policy.git import as_read_git
from pylot.policy.rules import Rules, parse_allow_rule
from pylot.policy.situation import Situation
from pylot.workspace.exclusion import ExclusionGate
from pylot.workspace.roots import Roots
from pylot.workspace.settings import WorkspaceSettings

PLAIN_CONFIG = '[core]\n\trepositoryformatversion = 0\n\tbare = false\n[remote "origin"]\n\turl = x\n'
SYSTEM = ("ls", "cat", "git", "python3", "make", "env", "pytest", "npm", "cargo")

_FILES = {
    "README.md": "# Hello\n",
    "src/main.py": "def main():\n    return 1\n",
    "src/old.py": "x = 1\n",
    "tests/test_main.py": "def test():\n    pass\n",
    "Makefile": "test:\n\tpytest\n",
    "package.json": '{"scripts": {"test": "jest"}}\n',
    "build.sh": "#!/bin/sh\nmake\n",
    ".gitignore": "dist/\nnode_modules/\n",
    ".pylotignore": "private/\n",
    ".git/HEAD": "ref: refs/heads/main\n",
    ".git/config": PLAIN_CONFIG,
    ".git/hooks/x.sample": "",
    ".git/objects/x": "",
    ".git/refs/x": "",
    ".env": "KEY=1\n",
    "secrets.json": "{}\n",
    "private/notes.md": "mine\n",
    "dist/out.js": "1\n",
    "node_modules/x/index.js": "1\n",
    "odd_repo/.git/HEAD": "ref: refs/heads/main\n",
    "odd_repo/.git/objects/x": "",
    "odd_repo/.git/refs/x": "",
    "odd_repo/.git/config": PLAIN_CONFIG + "[core]\n\tfsmonitor = ./x\n",
    "filter_repo/.git/config": PLAIN_CONFIG + '[filter "x"]\n\tclean = ./x\n',
    "include_repo/.git/config": PLAIN_CONFIG + "[include]\n\tpath = ../x\n",
    "hidden_repo/.git/config": "[core]\n\tabbrev = 7\u2028[gc]\n\tfsmonitor = ./x\n",
    "linked_repo/.git": "gitdir: ../../elsewhere\n",
}
_LINKS = {
    "link_out": "/etc",
    "link_file": "/etc/passwd",
    "link_up": "..",
    "loop": "loop",
    "dangling": "../not_there",
    "src/link_chain": "../link_file",
    "src/link_env": "../.env",
    "src/link_hooks": "../.git/hooks",
}


@dataclass(frozen=True)
class Ground:
    """The workspace `root`, Pylot's `own` folder and the `bin` folder of the system."""

    root: Path
    own: Path
    bin: Path

    def situation(self, **changes: Any) -> Situation:
        """Return the most permissive situation that is still bound to ask, with changes."""
        roots = Roots([self.root])
        situation = Situation(
            workspace_id="w1",
            roots=(self.root,),
            trusted=True,
            mode="auto_edit",
            rules=Rules(allow=tuple(map(parse_allow_rule, ("pytest", "cargo build", "edit:docs/**")))),
            sandbox_level="landlock",
            task_id="t1",
            gate=ExclusionGate(roots, WorkspaceSettings()),
            own_folders=(self.own,),
            search_path=(self.bin, Path("/usr/bin"), Path("/bin")),
        )
        return replace(situation, **changes)


def make_ground(folder: Path) -> Ground:
    """Write the workspace below a fresh folder."""
    root, own, programs = folder / "project", folder / "own", folder / "bin"
    for name, text in _FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    for name, target in _LINKS.items():
        (root / name).symlink_to(target)
    os.mkfifo(root / "pipe")
    (folder / "secret.txt").write_text("x\n")
    os.link(folder / "secret.txt", root / "hard.txt")
    (folder / "project-evil").mkdir()
    own.mkdir()
    programs.mkdir()
    return Ground(root, own, programs)


def install(folder: Path, *names: str) -> None:
    """Put programs of these names into a folder, which nothing ever runs."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        program = folder / name
        program.write_text("#!/bin/false\n")
        program.chmod(0o755)


def action_of(case: dict[str, Any], ground: Ground) -> Action:
    """Return the action of one case of the corpus, as the tools would make it; ValueError if none can be made."""

    def filled(value: Any) -> Any:
        if isinstance(value, str):
            return value.replace("{ROOT}", str(ground.root)).replace("{OWN}", str(ground.own))
        if isinstance(value, list):
            return [filled(item) for item in value]
        return {key: filled(item) for key, item in value.items()} if isinstance(value, dict) else value

    if "git" in case:
        return ACTION.validate_python({"kind": "read_git", "args": case["git"]})
    if "action" in case:
        return ACTION.validate_python(filled(case["action"]))
    form = "line" if "line" in case else "argv"
    action = RunCommand.model_validate({form: filled(case[form])})
    return as_read_git(action) or action
