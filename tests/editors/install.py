"""Put the editors that Pylot is driven in into a folder of their own: VS Code in a browser, Neovim, Helix.

Nothing outside that folder is changed, and nothing has to be installed by hand.
"""

from __future__ import annotations

import os
import platform
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from tests.editors import debian
from tests.editors.debian import InstallError

ROOT = Path(__file__).resolve().parents[2]
NODE = "24"
CODE_SERVER = "4.139.1"
PLAYWRIGHT = "1.65.1"
# What code-server runs in a browser needs; the others serve proxies, key rings and crash reports.
NATIVE_MODULES = (
    "@vscode/native-watchdog",
    "@vscode/spdlog",
    "@vscode/sqlite3",
    "@vscode/fs-copyfile",
    "@vscode/deviceid",
    "@parcel/watcher",
    "node-pty",
)
CHROMIUM_PACKAGES = ("chromium", "fonts-dejavu-core", "fonts-liberation")
# The oldest Neovim that shows ghost text by itself; Debian's stable releases have none.
NEOVIM = (0, 12)
TERMINAL_PACKAGES = ("neovim", "hx", "tmux", "patchelf")
TERMINAL_RELEASE = "sid"
# What is called, the program below the unpacked root, and what it has to be told.
TERMINAL_PROGRAMS = {
    "nvim": ("usr/bin/nvim", 'VIMRUNTIME="{root}/usr/share/nvim/runtime"', '--cmd "set rtp+={libraries}/nvim"'),
    "hx": ("usr/lib/hx/hx", 'HELIX_RUNTIME="{root}/usr/lib/hx/runtime"', ""),
    "tmux": ("usr/bin/tmux", "", ""),
}


def editors_folder() -> Path:
    """Return where the editors are kept: `PYLOT_EDITORS`, or `.editors` in the working tree."""
    return Path(os.environ.get("PYLOT_EDITORS", "") or ROOT / ".editors")


class Installation:
    """One folder of editors; each part is made once and left alone afterwards."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.node_home = folder / "node" / "node_modules" / _node_package()
        self.code_server = folder / "code-server" / "node_modules" / "code-server"
        self.chromium = folder / "chromium" / "chromium"
        self.terminal = folder / "terminal"

    def run(self) -> None:
        """Install what is missing."""
        self.folder.mkdir(parents=True, exist_ok=True)
        parts: tuple[tuple[str, str, Callable[[], None]], ...] = (
            ("node", f"{NODE} {PLAYWRIGHT}", self.install_node),
            ("code-server", CODE_SERVER, self.install_code_server),
            ("chromium", "1", self.install_chromium),
            ("terminal", "1", self.install_terminal_editors),
        )
        for name, version, install in parts:
            stamp = self.folder / f"{name}.installed"
            if stamp.is_file() and stamp.read_text(encoding="utf-8") == version:
                continue
            print(f"Installing {name} into {self.folder}", flush=True)
            stamp.unlink(missing_ok=True)
            shutil.rmtree(self.folder / name, ignore_errors=True)
            (self.folder / name).mkdir()
            install()
            stamp.write_text(version, encoding="utf-8")

    def install_node(self) -> None:
        """Install the node that code-server asks for, and the library that drives the browser."""
        home = self.folder / "node"
        self.npm(home, "init", "-y", own_node=False)
        self.npm(home, "install", f"{_node_package()}@{NODE}", f"playwright-core@{PLAYWRIGHT}", own_node=False)

    def install_code_server(self) -> None:
        """Install code-server without its scripts, which build much that a test does not need."""
        home = self.folder / "code-server"
        self.npm(home, "init", "-y")
        self.npm(home, "install", f"code-server@{CODE_SERVER}", "--ignore-scripts")
        code = self.code_server / "lib" / "vscode"
        self.npm(code, "install", "--omit=dev", "--ignore-scripts")
        self.npm(code / "extensions", "install", "--omit=dev", "--ignore-scripts")
        self.npm(code, "rebuild", "--ignore-scripts=false", "--foreground-scripts", *NATIVE_MODULES)

    def install_chromium(self) -> None:
        """Take the machine's own browser, or unpack Debian's packages without installing them."""
        own = next(
            (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), ""
        )
        if own:
            self.chromium.symlink_to(own)
            return
        if not debian.is_debian():
            raise InstallError("There is no Chromium on this machine: install one and run `make editors` again.")
        root = debian.unpack(self.folder / "chromium", CHROMIUM_PACKAGES)
        libraries = debian.libraries_of(root)
        script = (
            f'#!/bin/sh\nexport LD_LIBRARY_PATH="{libraries}:{libraries}/pulseaudio"\n'
            f'exec "{root}/usr/lib/chromium/chromium" "$@"\n'
        )
        self.chromium.write_text(script, encoding="utf-8")
        self.chromium.chmod(0o755)

    def install_terminal_editors(self) -> None:
        """Take the machine's own Neovim, Helix and tmux where they are new enough, or unpack Debian's newest."""
        own = {name: path for name in TERMINAL_PROGRAMS if (path := shutil.which(name))}
        if own.keys() == TERMINAL_PROGRAMS.keys() and _neovim_version(own["nvim"]) >= NEOVIM:
            for name, path in own.items():
                (self.terminal / name).symlink_to(path)
            return
        if not debian.is_debian():
            raise InstallError("Install Neovim 0.12 or newer, Helix and tmux, and run `make editors` again.")
        root = debian.unpack(self.terminal, TERMINAL_PACKAGES, TERMINAL_RELEASE)
        debian.bind_to_root(root, [program for program, _, _ in TERMINAL_PROGRAMS.values()])
        places = {"root": root, "libraries": debian.libraries_of(root)}
        for name, (program, environment, arguments) in TERMINAL_PROGRAMS.items():
            script = self.terminal / name
            line = f'{environment} exec "{root / program}" {arguments} "$@"'.format(**places)
            script.write_text(f"#!/bin/sh\n{line.strip()}\n", encoding="utf-8")
            script.chmod(0o755)

    def npm(self, folder: Path, *arguments: str, own_node: bool = True) -> None:
        """Run npm in a folder, with the node that was installed here."""
        environment = dict(os.environ)
        if own_node:
            environment["PATH"] = f"{self.node_home / 'bin'}{os.pathsep}{environment['PATH']}"
            # Native modules are built against this node's headers.
            environment["npm_config_nodedir"] = str(self.node_home)
        debian.run(["npm", *arguments, "--no-audit", "--no-fund"], folder, environment)


def _node_package() -> str:
    machine = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64", "arm64": "arm64"}.get(platform.machine().lower())
    return f"node-{sys.platform}-{machine}"


def _neovim_version(program: str) -> tuple[int, ...]:
    found = re.match(r"NVIM v(\d+)\.(\d+)", debian.run([program, "--version"], Path("/")))
    return tuple(map(int, found.groups())) if found else (0,)


def main() -> int:
    """Install, and say in one sentence what went wrong if it did."""
    if shutil.which("npm") is None:
        print("The editors need npm: install Node.js and run `make editors` again.", file=sys.stderr)
        return 1
    try:
        Installation(editors_folder()).run()
    except InstallError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
