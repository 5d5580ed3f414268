"""Where Pylot keeps what it keeps (design section 7)."""

from __future__ import annotations

import hashlib
import os
import stat
import sys
import tempfile
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from platformdirs import PlatformDirs

from pylot.kernel.errors import ConfigError

# A Unix socket's whole path has room for 104 to 108 bytes, depending on the system.
_LONGEST_RUNTIME_PATH = 90


@dataclass(frozen=True, slots=True)
class Directories:
    """Name the folders of one user; none of them need exist."""

    config: Path
    data: Path
    cache: Path
    models: Path
    log: Path
    runtime: Path


def find_directories(environ: Mapping[str, str] = os.environ) -> Directories:
    """Return the platform's folders; `PYLOT_HOME` puts all under one, `PYLOT_RUNTIME_DIR` moves the sockets."""
    home = environ.get("PYLOT_HOME")
    if home:
        base = Path(home).expanduser().absolute()
        config, data, cache, log, runtime = (base / name for name in ("config", "data", "cache", "log", "run"))
    else:
        platform = PlatformDirs("pylot", appauthor=False)
        config, data, cache = platform.user_config_path, platform.user_data_path, platform.user_cache_path
        log, runtime = platform.user_log_path, _runtime_folder(platform)
    if chosen := environ.get("PYLOT_RUNTIME_DIR"):
        runtime = Path(chosen).expanduser().absolute()
    return Directories(config, data, cache, data / "models", log, _short_enough(runtime))


def make_private_folder(path: Path) -> Path:
    """Create a folder that only this user may enter, and return it.

    Raises:
        ConfigError: The folder cannot be made, belongs to somebody else, is a link or is no folder.
    """
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        status = path.lstat()
    except FileExistsError:
        raise ConfigError(f"{path} is not a folder of its own; move it away or set PYLOT_RUNTIME_DIR.") from None
    except OSError as error:
        raise ConfigError(f"{path} cannot be made: {error.strerror}.") from error
    if not stat.S_ISDIR(status.st_mode):
        raise ConfigError(f"{path} is not a folder of its own; move it away or set PYLOT_RUNTIME_DIR.")
    if sys.platform != "win32":
        if status.st_uid != os.getuid():
            raise ConfigError(f"{path} belongs to another user; set PYLOT_RUNTIME_DIR to a folder of your own.")
        if stat.S_IMODE(status.st_mode) != 0o700:
            path.chmod(0o700)
    return path


def _runtime_folder(platform: PlatformDirs) -> Path:
    with warnings.catch_warnings():
        # Where the system provides no runtime folder, the library says so and names one that anybody may make first.
        warnings.simplefilter("ignore")
        runtime = platform.user_runtime_path
    if runtime.is_relative_to(tempfile.gettempdir()):
        return _below_temporary_folder(runtime)
    return runtime


def _short_enough(runtime: Path) -> Path:
    if len(os.fsencode(runtime)) <= _LONGEST_RUNTIME_PATH:
        return runtime
    return _below_temporary_folder(runtime, "-" + hashlib.sha256(os.fsencode(runtime)).hexdigest()[:12])


def _below_temporary_folder(runtime: Path, suffix: str = "") -> Path:
    if sys.platform == "win32":
        # There are no Unix sockets, and the temporary folder is the user's own.
        return runtime
    # The parent is writable for all, but only the owner can rename what lies in it.
    return Path(tempfile.gettempdir()) / f"pylot-{os.getuid()}{suffix}"
