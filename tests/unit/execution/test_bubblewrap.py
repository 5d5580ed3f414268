"""How bubblewrap is called: later arguments cover earlier ones, so their order is what holds (T5)."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from pylot.execution.sandbox import bubblewrap
from pylot.execution.sandbox.bubblewrap import bubblewrap_argv, find_bubblewrap
from pylot.execution.sandbox.profile import Profile, guarded, hidden_paths

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="bubblewrap is Linux's")


@posix_only
def test_the_order_of_the_arguments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bubblewrap, "_own_programs", lambda: ["/tmp/python"])
    home = tmp_path.resolve()
    root, scratch, secret = home / "root", home / "scratch", home / "secret"
    for folder in (root / ".git", root / ".github" / "workflows", scratch, secret):
        folder.mkdir(parents=True)
    (home / "token").touch()
    argv = bubblewrap_argv(Path("/bwrap"), Profile((root,), scratch, (secret, home / "token")), 7, root)
    text = " ".join(argv).replace(str(home), "H")

    assert text == (
        "/bwrap --unshare-all --new-session --die-with-parent --cap-drop ALL "
        "--ro-bind / / --dev /dev --proc /proc --tmpfs /run --tmpfs /tmp "
        "--ro-bind-try /run/current-system /run/current-system "
        "--ro-bind-try /run/systemd/resolve /run/systemd/resolve "
        "--ro-bind-try /run/NetworkManager /run/NetworkManager "
        "--ro-bind /tmp/python /tmp/python "
        "--bind H/root H/root "
        "--ro-bind H/root/.git H/root/.git --ro-bind H/root/.github/workflows H/root/.github/workflows "
        "--tmpfs H/secret --ro-bind /dev/null H/token "
        "--bind H/scratch H/scratch --remount-ro H/secret --seccomp 7 --chdir H/root --"
    )


@posix_only
def test_the_network_is_shared_only_where_it_is_allowed(tmp_path: Path) -> None:
    def shares(network: bool) -> bool:
        return "--share-net" in bubblewrap_argv(Path("/b"), Profile((), tmp_path, (), network), None, tmp_path)

    assert (shares(True), shares(False)) == (True, False)


@posix_only
def test_a_setuid_program_is_no_sandbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "bwrap"
    program.touch()
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "platform", "linux")
    found = []
    for mode in (0o755, 0o4755):
        program.chmod(mode)
        found.append(find_bubblewrap())

    assert found == [program, None]


@posix_only
def test_missing_protected_folders_are_held_and_given_back(tmp_path: Path) -> None:
    root = tmp_path / "root"
    (root / ".git").mkdir(parents=True)
    (root / ".vscode").mkdir()
    profile = Profile((root,), tmp_path / "scratch")
    with guarded(profile), guarded(profile):
        assert sorted(it.name for it in root.iterdir()) == [".git", ".idea", ".pylot", ".vscode"]

    assert sorted(it.name for it in root.iterdir()) == [".git", ".vscode"]


@posix_only
def test_what_is_hidden_never_hides_the_workspace(tmp_path: Path) -> None:
    for name in (".ssh", ".config/gh", ".aws/project", "own"):
        (tmp_path / name).mkdir(parents=True)
    home = tmp_path.resolve()
    found = hidden_paths(tmp_path, [tmp_path / "own", tmp_path / "missing"], [home / ".aws" / "project"])

    assert found == (home / ".ssh", home / ".config" / "gh", home / "own")


@posix_only
@pytest.mark.parametrize("replaced", [True, False])
def test_a_protected_link_that_was_replaced_is_put_back(tmp_path: Path, replaced: bool) -> None:
    root, scratch = tmp_path / "root", tmp_path / "scratch"
    (root / "settings").mkdir(parents=True)
    scratch.mkdir()
    (root / ".vscode").symlink_to("settings")
    with guarded(Profile((root,), scratch)):
        (root / ".vscode").unlink()
        if replaced:
            (root / ".vscode").mkdir()
            (root / ".vscode" / "tasks.json").touch()

    assert (root / ".vscode").readlink() == Path("settings")
    assert len(list(scratch.glob("replaced-*/tasks.json"))) == replaced
