"""A Neovim on a screen of its own, with the Lua file that docs/editors/neovim.md hands out."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from tests.editors.terminal import Terminal, program, until
from tests.support.editor import environment_with

LUA = Path(__file__).parents[3] / "docs" / "editors"
STATUS_LINE = "%f %=%{v:lua.require'pylot'.status()}"


class Neovim(Terminal):
    """Drive Neovim by its keys, and ask it by its RPC."""

    def open(self, folder: Path, file: Path, command: tuple[str, ...], *, builtin: bool = True) -> None:
        """Open a file in front of a server, with nothing of the user's own configuration."""
        options = {"cmd": list(command), "builtin_ghost_text": builtin}
        init = folder / "init.lua"
        init.write_text(
            f"package.path = '{LUA}/?.lua;' .. package.path\n"
            # A prompt for Enter would hold back every answer to the RPC.
            "vim.o.messagesopt = 'wait:0,history:500'\n"
            "vim.o.swapfile, vim.o.termguicolors = false, true\n"
            f'vim.o.statusline = "{STATUS_LINE}"\n'
            f"require('pylot').setup(vim.json.decode([==[{json.dumps(options)}]==]))\n",
            encoding="utf-8",
        )
        self._address = folder / "nvim.sock"
        homes = {f"XDG_{name}_HOME": str(folder / name.lower()) for name in ("CONFIG", "DATA", "STATE")}
        arguments = ["--clean", "-u", str(init), "--listen", str(self._address), str(file)]
        self.start([program("nvim"), *arguments], file.parent, environment_with(**homes))
        attached = "local c = vim.lsp.get_clients({ name = 'pylot' })[1] return c ~= nil and c.initialized == true"
        until(self._address.exists, lambda: f"Neovim does not listen:\n{self.screen()}")
        until(lambda: self.lua(attached), lambda: f"Pylot is not attached:\n{self.screen()}\n{self.messages()}")

    def lua(self, code: str) -> Any:
        """Run Lua in Neovim and return what it returns."""
        quoted = f"vim.json.encode({{ (function() {code} end)() }})".replace("'", "''")
        expression = f"luaeval('{quoted}')"
        result = subprocess.run(
            [program("nvim"), "--clean", "--server", str(self._address), "--remote-expr", expression],
            capture_output=True,
            text=True,
            timeout=30,
        )
        if result.returncode != 0:
            raise AssertionError(f"{code}: {result.stderr}")
        answer = json.loads(result.stdout)
        return answer[0] if isinstance(answer, list) and answer else None

    def messages(self) -> str:
        """Return what Neovim has told so far."""
        return str(self.lua("return vim.fn.execute('messages')"))

    def lines(self) -> list[str]:
        """Return the text of the buffer."""
        return list(self.lua("return vim.api.nvim_buf_get_lines(0, 0, -1, false)"))

    def ghost(self) -> str:
        """Return the ghost text on the screen."""
        return str(
            self.lua(
                "local out = {}"
                " for _, name in ipairs({ 'nvim.lsp.inline_completion', 'pylot' }) do"
                " local space = vim.api.nvim_create_namespace(name)"
                " for _, mark in ipairs(vim.api.nvim_buf_get_extmarks(0, space, 0, -1, { details = true })) do"
                " for i, line in ipairs(vim.list_extend({ mark[4].virt_text or {} }, mark[4].virt_lines or {})) do"
                " if i > 1 then table.insert(out, '\\n') end"
                " for _, chunk in ipairs(line) do table.insert(out, chunk[1]) end end end end"
                " return table.concat(out)"
            )
        )

    def wait_for_ghost(self) -> str:
        """Return ghost text once there is some."""
        return until(self.ghost, lambda: f"no ghost text:\n{self.screen()}\n{self.messages()}")
