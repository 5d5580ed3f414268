"""What is known of programs by their names: how far they reach, and so how long a yes to them may hold (T3)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from enum import Enum
from pathlib import PurePath
from types import MappingProxyType

from pylot.kernel.word_list import words
from pylot.policy.decision import Risk


class Reach(Enum):
    """What a program is, for the risk and the sentence that a user reads."""

    SUPERUSER = "runs with the rights of another user"
    WRAPPER = "runs another program"
    SHELL = "is a shell, which can run anything"
    INTERPRETER = "is an interpreter, which can run anything"
    VERSION_CONTROL = "changes a repository, or runs what the repository's configuration names"
    INSTALLER = "installs packages, whose scripts can run anything"
    NETWORK = "talks to other machines"
    DESTRUCTIVE = "deletes, moves or changes files for good"
    SYSTEM = "changes this machine or its processes"
    BUILD = "runs what files of the workspace say"
    OTHER = "is not known to only read"

    @property
    def risk(self) -> Risk:
        """How much can go wrong, inside a sandbox."""
        return "medium" if self in (Reach.BUILD, Reach.OTHER, Reach.INTERPRETER, Reach.VERSION_CONTROL) else "high"

    @property
    def may_be_remembered(self) -> bool:
        """Whether a yes may hold beyond the task: only where the same words mean the same every time."""
        return self in (Reach.BUILD, Reach.OTHER, Reach.DESTRUCTIVE)


_NAMES: Mapping[Reach, frozenset[str]] = MappingProxyType(
    {
        Reach.SUPERUSER: frozenset(words("sudo su doas pkexec run0 runuser setpriv sudoedit gksu newgrp sg chroot")),
        Reach.WRAPPER: frozenset(
            words("""
            env xargs nice ionice nohup timeout time stdbuf setsid unshare nsenter flock watch parallel script expect
            strace ltrace gdb lldb perf valgrind catchsegv busybox toybox command exec coproc chrt taskset prlimit
            systemd-run at batch entr rlwrap dbus-run-session xvfb-run firejail bwrap proot fakeroot faketime
            ld.so ld-linux-x86-64.so.2 ssh-agent direnv asdf mise dotenv unbuffer socat tmux screen less more man vi
            vim nvim nano emacs ed ex view start-stop-daemon torsocks proxychains cmd powershell pwsh wsl
            """)
        ),
        Reach.SHELL: frozenset(words("sh bash dash zsh ksh mksh fish csh tcsh ash rbash elvish nu xonsh")),
        Reach.INTERPRETER: frozenset(
            words("""
            python pypy node nodejs deno bun ruby perl php lua luajit tclsh wish awk gawk mawk nawk sed jshell java
            irb ipython jupyter rscript julia ghci runghc ocaml scala groovy kotlin erl elixir iex guile racket sbcl
            clojure osascript m4 bc dc jq yq sqlite3 psql mysql gdbserver ts-node tsx swift dotnet csi fsi
            """)
        ),
        Reach.VERSION_CONTROL: frozenset(words("git hg svn jj fossil bzr gh glab tig lazygit")),
        Reach.INSTALLER: frozenset(
            words("""
            pip pipx uv uvx poetry pdm hatch conda mamba micromamba easy_install npx pnpx bunx corepack gem bundle
            composer apt apt-get dpkg yum dnf rpm pacman apk zypper brew port snap flatpak nix nix-env nix-shell
            rustup nvm volta opam cpan cpanm luarocks stack cabal mix rebar3 sdk choco winget scoop
            """)
        ),
        Reach.NETWORK: frozenset(
            words("""
            curl wget aria2c http https httpie xh nc ncat netcat telnet ssh scp sftp rsync ftp lftp tftp dig nslookup
            host ping traceroute mtr whois openssl nmap tcpdump mail sendmail mutt aws gcloud az kubectl helm docker
            podman nerdctl docker-compose terraform tofu ansible vagrant packer rclone s3cmd heroku flyctl vercel
            netlify firebase supabase doctl ip ifconfig iptables nft route getent
            """)
        ),
        Reach.DESTRUCTIVE: frozenset(
            words("""
            rm rmdir unlink shred mv cp ln install dd truncate chmod chown chgrp chattr setfacl touch mkdir mkfifo
            mknod tee sponge split csplit tar zip unzip gzip gunzip bzip2 xz zstd 7z cpio patch rename mktemp trash
            """)
        ),
        Reach.SYSTEM: frozenset(
            words("""
            kill killall pkill reboot shutdown halt poweroff systemctl service launchctl crontab mount umount mkfs
            fdisk parted sysctl modprobe insmod useradd usermod passwd chsh visudo update-alternatives ldconfig date
            hostname dmesg journalctl loginctl swapoff swapon losetup cryptsetup xdg-open open start gsettings defaults
            """)
        ),
        Reach.BUILD: frozenset(
            words("""
            make gmake cmake ninja meson bazel buck2 just task rake gradle gradlew mvn mvnw ant sbt cargo go npm yarn
            pnpm tox nox pytest py.test unittest jest vitest mocha tsc eslint prettier ruff mypy pyright black flake8
            pylint isort rubocop rspec phpunit ctest gcc g++ clang clang++ cc c++ rustc javac zig
            webpack vite rollup esbuild turbo nx lerna pre-commit coverage clippy-driver golangci-lint shellcheck
            """)
        ),
    }
)
_REACH = MappingProxyType({name: reach for reach, names in _NAMES.items() for name in names})

NEVER_BY_PREFIX = _NAMES[Reach.SUPERUSER] | _NAMES[Reach.WRAPPER] | _NAMES[Reach.SHELL]
"""Programs that no rule of the configuration can allow."""

_VERSIONED = re.compile(r"(?<=[a-z])[-.]?\d+(?:\.\d+)*$")
_INSTALLING = frozenset(
    {"install", "i", "ci", "add", "update", "upgrade", "get", "exec", "dlx", "publish", "login", "x"}
)
_INSTALLS_TOO = frozenset({"npm", "yarn", "pnpm", "cargo", "go"})


def reach_of(argv: Sequence[str]) -> Reach:
    """Return what a command's program is, by its name; version numbers and `.exe` at the end do not count."""
    name = program_name(argv[0])
    if name in _INSTALLS_TOO and (not argv[1:] or not _INSTALLING.isdisjoint(argv[1:3])):
        return Reach.INSTALLER
    return _REACH.get(name) or Reach.OTHER


def program_name(program: str) -> str:
    """Return the name that a program is known by: `python` for `/usr/bin/python3.11`."""
    name = PurePath(program).name.lower().removesuffix(".exe")
    return name if name in _REACH else _VERSIONED.sub("", name)


def needs_more_than_a_name(words: Sequence[str]) -> bool:
    """Tell whether a rule names an interpreter, an installer or the like and nothing of what it shall do."""
    reach = reach_of(words)
    wide = reach in (Reach.INTERPRETER, Reach.INSTALLER, Reach.VERSION_CONTROL, Reach.NETWORK)
    return wide and (len(words) == 1 or (words[1].startswith("-") and len(words) == 2))
