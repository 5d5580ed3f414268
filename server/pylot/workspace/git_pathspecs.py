"""What is kept back, in the words of git, so that git itself leaves it out of whatever it shows (pathspecs).

A pathspec only sees names, and none takes back what another excludes. So these leave out all that the gate keeps back
by its name in any commit, and a little more: templates such as `.env.example`, and what a `!` would bring back.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from pylot.workspace.path_guard import read_regular

_MAGIC = ":(top,exclude,icase,glob)"
_LARGEST_IGNORE_FILE = 1 << 20
_SPECIAL = re.compile(r"([\\*?\[\]])")
_DATA = ("json", "yaml", "yml", "toml", "ini", "xml", "txt", "enc", "properties")

_ENDINGS = (
    "env envrc pem key p12 pfx p8 jks keystore kdb kdbx ppk asc gpg pgp ovpn agekey tfstate tfstate.backup tfvars "
    "tfvars.json"
)
_TOOLS = "netrc _netrc npmrc pypirc pgpass my.cnf htpasswd git-credentials dockercfg s3cfg boto vault-token"
_FOLDERS = ".ssh .gnupg .aws .azure .kube .docker .password-store"


def secret_pathspecs() -> tuple[str, ...]:
    """Return what leaves out all files for which `is_secret_file` holds."""
    return tuple(f"{_MAGIC}**/{glob}" for glob in _secret_globs())


def kept_back_pathspecs(top: Path, folders: Iterable[Path], excluded: Sequence[str], root: Path | None) -> list[str]:
    """Return what leaves out the files that `.pylotignore` in some folders names, and that `excluded` does from `root`.

    All folders lie in the repository `top` or are it; of patterns that begin above it only those for names count.
    """
    found: list[str] = []
    for folder in folders:
        data = read_regular(folder / ".pylotignore", _LARGEST_IGNORE_FILE) or b""
        found += _all_globs(data.decode("utf-8", "replace").split("\n"), folder, top)
    if root is not None:
        found += _all_globs(excluded, root, top)
    return [f"{_MAGIC}{glob}" for glob in dict.fromkeys(found)]


def _secret_globs() -> Iterator[str]:
    yield from (f"*.{ending}" for ending in _ENDINGS.split())
    yield "*.env[._-]*"
    for kind in ("rsa", "dsa", "ecdsa", "ed25519"):
        yield from (f"id_{kind}{sk}{rest}" for sk in ("", "_sk") for rest in ("", "[._-]*"))
    yield from (f"{dot}{name}" for name in _TOOLS.split() for dot in ("", "."))
    for name in ("credential", "credentials"):
        yield from (f"{owner}{name}" for owner in ("", "aws", "aws[._-]"))
        yield from (f"*{name}.{ending}" for ending in (*_DATA, "csv", "db"))
    for name in ("secret", "secrets", "client[._-]secret", "client[._-]secrets"):
        yield from (f"{name}{rest}" for rest in _after_secret())
    yield "*service*account*.json"
    yield from (f"{who}*{what}*.json" for who in ("google", "gcp", "firebase") for what in ("credentials", "adminsdk"))
    yield from ("kubeconfig", "kubeconfig.*", "terraform.tfstate.*", "master.key", "wallet.dat", "auth.json")
    yield from (f"{folder}/**" for folder in _FOLDERS.split())


def _after_secret() -> Iterator[str]:
    """Yield what may follow the word: names without an ending, but not those of code such as `secret_store.py`."""
    yield from ("", ".*")
    yield from (f"[_-]*.{ending}" for ending in (*_DATA, "env"))
    yield from ("[_-]" + "[!.]" * length for length in range(1, 5))
    yield "[_-]*" + "[!.]" * 5


def _all_globs(lines: Iterable[str], folder: Path, top: Path) -> Iterator[str]:
    for line in lines:
        yield from _globs(line.rstrip("\r"), folder, top)


def _globs(line: str, folder: Path, top: Path) -> Iterator[str]:
    """Yield a line of an ignore file as globs from the top of the repository (gitignore, "PATTERN FORMAT")."""
    pattern = re.sub(r"(?<!\\) +$", "", line)
    if not pattern or pattern[0] in "#!":
        return
    body = pattern.rstrip("/")
    if not body:
        return
    if "/" not in body:
        body = f"**/{body}"
    elif not folder.is_relative_to(top):
        return
    inside = folder.relative_to(top).as_posix() if folder.is_relative_to(top) else "."
    prefix = "" if inside == "." else _SPECIAL.sub(r"\\\1", inside) + "/"
    glob = prefix + body.lstrip("/")
    yield f"{glob}/**"
    if not pattern.endswith("/"):
        yield glob
