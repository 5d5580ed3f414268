from __future__ import annotations

from pathlib import Path

from pylot.config.layers import LayerKind
from pylot.config.ownership import ONLY_OWN
from pylot.config.settings import load_settings
from pylot.config.shipped import shipped_folder
from pylot.config.sources import Sources, read_layers
from pylot.config.watch import FileWatcher
from pylot.workspace.settings import WorkspaceSettings

SECTIONS = {"workspace": WorkspaceSettings}


def test_workspace_files_are_read_only_where_the_user_trusts_them(tmp_path: Path) -> None:
    """Workspace files can only narrow, and only once trusted; the editor's settings cannot vouch (design section 7)."""
    root = tmp_path / "trusted" / "project"
    (root / ".pylot").mkdir(parents=True)
    (root / ".pylot" / "pylot.toml").write_text("[workspace]\nexclude = ['x']\ntrusted = ['/']\n")
    config = tmp_path / "config"
    config.mkdir()
    trust = {"workspace": {"trusted": [str(tmp_path / "trusted")]}}

    untrusted, _ = read_layers(Sources(config, [root], editor=trust))
    (config / "pylot.yaml").write_text(f"workspace:\n  trusted: ['{(tmp_path / 'trusted').as_posix()}']\n")
    trusted, problems = read_layers(Sources(config, [root]))
    settings, refusals = load_settings(SECTIONS, trusted)

    assert LayerKind.WORKSPACE not in [layer.kind for layer in untrusted]
    assert not problems
    assert settings.section(WorkspaceSettings).exclude[-1] == "x"
    assert [(problem.line, problem.message) for problem in refusals] == [(2, ONLY_OWN)]


def test_a_broken_user_file_keeps_its_last_good_version(tmp_path: Path) -> None:
    path = tmp_path / "pylot.toml"
    path.write_text("[workspace]\nmax_file_bytes = 2048\n")
    (tmp_path / "pylot.yml").write_text("")
    sources = Sources(tmp_path)
    watcher = FileWatcher(sources.files)

    good, (beside,) = read_layers(sources)
    unchanged = watcher.changed()
    path.write_text("[workspace\n")
    changed = watcher.changed(), watcher.changed()
    kept, problems = read_layers(sources, good)

    assert "used instead" in beside.message
    assert (unchanged, changed) == (False, (True, False))
    assert kept == good
    assert [problem.path for problem in problems] == [path, tmp_path / "pylot.yml"]


def test_the_shipped_defaults_are_valid() -> None:
    layers, problems = read_layers(Sources(Path("/nowhere")))

    assert (shipped_folder() / "pylot.toml").is_file()
    assert layers[0].values["workspace"]
    assert not problems
