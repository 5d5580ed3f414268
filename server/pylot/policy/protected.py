"""Files that act by lying there: what opens, builds or commits a project runs what they say (T7)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from pathlib import PurePath

from pylot.kernel.word_list import words
from pylot.workspace.secret_files import is_secret_file

# Anything in such a folder, wherever the folder is, also where it does not exist yet; and in a bare repository.
_FOLDERS = frozenset(
    words("""
    .git .hg .svn .jj .vscode .vscode-server .idea .vs .zed .fleet .nova .settings .pylot .cursor .windsurf .roo .cline
    .claude .codex .gemini .continue .aider .amazonq .kiro .junie .augment .opencode .goose .agents
    .devcontainer .husky .githooks .github .gitlab .circleci .buildkite .woodpecker .forgejo .gitea
    .cargo .mvn .yarn .bundle .direnv .config .vim .emacs.d .ssh .gnupg .aws .azure .kube .docker .local
    """)
)

_FILES = re.compile(
    r"""
      \.git(?:attributes|modules|config|ignore|-blame-ignore-revs)? | \.pylotignore | \.?ignore | \.rgignore
    | .+\.(?:code-workspace|sublime-project|sublime-workspace|iml)
    | \.exrc | \.n?vimrc | \.?vim\.lua
    | \.nvim\.lua | \.dir-locals(?:-2)?\.el | \.lvimrc | \.helix
    | (?:agents?|claude|gemini|copilot|codex|cursor|pylot|skills?)(?:\.local|\.override)?\.md
    | copilot-instructions\.md | .+\.mdc | \.(?:cursor|windsurf|cline|roo|goose|aider)[\w.\-]* | \.mcp\.json | mcp\.json
    | \.(?:bash|zsh|k?sh|csh|tcsh|fish)(?:rc|env|_profile|_login|_logout|_aliases)? | \.?(?:z|)profile
    | \.zlog(?:in|out) | \.inputrc | \.tmux\.conf | \.screenrc | \.wgetrc | \.curlrc | \.sudo[\w.\-]*
    | \.pam_environment | \.xprofile
    | \.env.* | \.envrc | \.flaskenv | \.direnvrc | \.tool-versions | \.?mise(?:\.local)?\.toml | \.?rtx\.toml
    | \.(?:nvm|node|python|ruby|java)-?(?:rc|version)
    | \.npmrc | \.yarnrc(?:\.ya?ml)? | \.pnpmfile\.c?js | pnpmfile\.c?js | \.?bunfig\.toml | bun\.lockb? | deno\.jsonc?
    | pip\.conf | pip\.ini | uv\.toml | \.pypirc | pydistutils\.cfg | \.pydistutils\.cfg
    | (?:site|user)customize\.py | .+\.pth | conftest\.py | \.pythonrc(?:\.py)? | pyvenv\.cfg | \.pdbrc(?:\.py)?
    | pytest\.ini | tox\.ini | noxfile\.py | setup\.(?:py|cfg) | \.coveragerc | mypy\.ini | \.?pylintrc
    | package(?:-lock)?\.json | npm-shrinkwrap\.json | yarn\.lock | pnpm-lock\.yaml | pnpm-workspace\.yaml
    | (?:gnu)?makefile(?:\..+)? | \.rprofile | \.renviron
    | (?:poetry|pdm|uv|cargo|composer|gemfile|mix|flake|pubspec|package|bun|deno)\.lock | pipfile(?:\.lock)? | go\.sum
    | go\.work(?:\.sum)? | requirements\.lock | gradle\.lockfile | podfile\.lock | package\.resolved
    | pyproject\.toml | cargo\.toml | go\.mod | gemfile | .+\.gemspec | mix\.exs | package\.swift | pom\.xml
    | build\.sbt | build\.zig(?:\.zon)? | .+\.nix | .+\.(?:cs|fs|vb|vcx)proj | .+\.cabal | cabal\.project(?:\..+)?
    | setup\.hs | stack\.yaml | hie\.ya?ml | \.ghci | \.gdbinit | \.lldbinit | cmakeuserpresets\.json | \.bazelrc
    | meson\.build | \.?justfile | rakefile(?:\.rb)? | taskfile\.ya?ml | \.luarc\.jsonc? | \.clangd
    | compile_commands\.json | [jt]sconfig(?:\..+)?\.json | \.solargraph\.yml
    | build\.rs | rust-toolchain(?:\.toml)? | (?:build|settings)\.gradle(?:\.kts)? | gradlew(?:\.bat)? | mvnw(?:\.cmd)?
    | gradle-wrapper\.(?:jar|properties) | cmakelists\.txt | cmakepresets\.json | .+\.(?:props|targets|rsp)
    | \.?(?:eslint|prettier|stylelint|babel|swc|postcss|commitlint|lintstaged|mocha|jest|nyc|c8)rc(?:\.[\w]+)?
    | [\w\-]+\.config\.(?:[cm]?js|[cm]?ts|json) | \.rubocop\.yml | \.rspec | \.irbrc | \.pryrc | \.perltidyrc
    | \.pre-commit-(?:config|hooks)\.yaml | \.?lefthook(?:-local)?\.ya?ml | \.lintstagedrc | \.czrc
    | \.(?:gitlab-ci|travis|drone|appveyor)\.ya?ml | appveyor\.yml | azure-pipelines\.ya?ml | jenkinsfile
    | bitbucket-pipelines\.ya?ml | \.?cirrus\.ya?ml | \.netrc | _netrc | authorized_keys | known_hosts
    | crontab | .+\.(?:service|timer|desktop|plist|reg|lnk|url|scr)
    | autoexec\.bat | desktop\.ini | autorun\.inf | .+\.ps1xml | profile\.ps1 | microsoft\.[\w.]*profile\.ps1
    """,
    re.VERBOSE,
)

# Windows' short names of the folders above, such as GIT~1.
_SHORT_NAME = re.compile(r"[^~]{1,8}~\d+(?:\..{1,3})?")


def protected_part(parts: Sequence[str]) -> str | None:
    """Return the part of a path below its root that makes it protected, or None.

    Parts are compared without their case, and without what a file system may pass over: characters that are not
    seen, dots and spaces at the end, forms of the same letter.
    """
    for part in parts:
        name = _folded(part)
        if name in _FOLDERS or name.endswith(".git") or _SHORT_NAME.fullmatch(name):
            return part
    if not parts:
        return None
    last = _folded(parts[-1])
    return parts[-1] if _FILES.fullmatch(last) or is_secret_file(PurePath(last)) else None


def _folded(part: str) -> str:
    text = unicodedata.normalize("NFKC", part)
    text = "".join(character for character in text if unicodedata.category(character) not in ("Cf", "Mn"))
    # What follows a colon is a stream of the same file on Windows.
    return unicodedata.normalize("NFC", text.casefold()).partition(":")[0].rstrip(". ")
