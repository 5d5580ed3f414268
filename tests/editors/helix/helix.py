"""A Helix on a screen of its own, with the configuration of docs/editors/helix.md."""

from __future__ import annotations

import json
from pathlib import Path

from tests.editors.terminal import Terminal, program
from tests.support.editor import environment_with

EDITOR = "[editor]\ncompletion-timeout = 5\nmouse = false\n[editor.lsp]\ndisplay-progress-messages = true\n"


class Helix(Terminal):
    """Drive Helix by its keys."""

    def open(self, folder: Path, file: Path, command: tuple[str, ...]) -> None:
        """Open a file in front of a server, with nothing of the user's own configuration."""
        (folder / "config" / "helix").mkdir(parents=True)
        server = f"command = {json.dumps(command[0])}\nargs = {json.dumps(command[1:])}\n"
        languages = "".join(
            f'[[language]]\nname = "{name}"\nlanguage-servers = ["pylot"]\n' for name in ("python", "go")
        )
        (folder / "config" / "helix" / "languages.toml").write_text(
            f"[language-server.pylot]\n{server}\n{languages}", encoding="utf-8"
        )
        (folder / "config" / "helix" / "config.toml").write_text(EDITOR, encoding="utf-8")
        environment = environment_with(XDG_CONFIG_HOME=str(folder / "config"), XDG_CACHE_HOME=str(folder / "cache"))
        self.start([program("hx"), "-v", str(file)], file.parent, environment)
        # Helix knows no commands of a server before it has greeted it.
        self.wait_for("is ready")
