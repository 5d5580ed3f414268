"""What tells two machines apart for a native build."""

from __future__ import annotations

import hashlib
import platform
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

_CPUINFO_KEYS = ("model name", "flags", "Features", "CPU implementer", "CPU part", "isa", "cpu")


def processor(cpuinfo: Path = Path("/proc/cpuinfo")) -> str:
    """Return the processor's model and abilities; llama.cpp built for one may crash on another."""
    if cpuinfo.exists():
        first = cpuinfo.read_text(encoding="utf-8", errors="replace").split("\n\n", 1)[0]
        rows = (line.split(":", 1) for line in first.splitlines() if ":" in line)
        return "\n".join(value.strip() for key, value in rows if key.strip() in _CPUINFO_KEYS)
    if sys.platform == "darwin":
        command = ["/usr/sbin/sysctl", "-n", "machdep.cpu.brand_string"]
        return subprocess.run(command, capture_output=True, text=True).stdout.strip()
    return platform.processor()


def fingerprint() -> str:
    """Return a text that is equal on machines which can run each other's native builds."""
    libc = "-".join(platform.libc_ver()) if sys.platform.startswith("linux") else ""
    whole = "\n".join((sys.platform, platform.machine(), libc, processor()))
    return hashlib.sha256(whole.encode()).hexdigest()


def cache_folder(environment: Mapping[str, str], *, system: str = sys.platform, home: Path | None = None) -> Path:
    """Return the user's cache folder for Pylot, the one that the installed program uses too."""
    home = home or Path.home()
    if system == "darwin":
        return home / "Library" / "Caches" / "pylot"
    if system == "win32":
        return Path(environment.get("LOCALAPPDATA") or home / "AppData" / "Local") / "pylot" / "Cache"
    chosen = Path(environment.get("XDG_CACHE_HOME", ""))
    return (chosen if chosen.is_absolute() else home / ".cache") / "pylot"
