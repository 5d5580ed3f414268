from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.offline import loopback_guard
from tests.support.random_gguf import RandomModels

# What `make test` leaves out, by folder.
SET_APART = {Path(__file__).parent / name: getattr(pytest.mark, name) for name in ("slow", "editors")}

_attempts: list[str] = []
loopback_guard.install(_attempts.append)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        for folder in SET_APART.keys() & set(item.path.parents):
            item.add_marker(SET_APART[folder])


@pytest.fixture(autouse=True)
def stay_on_loopback() -> Iterator[None]:
    """Fail a test that tried to leave this machine, even when the code under test swallowed the refusal (P1)."""
    _attempts.clear()
    yield
    assert _attempts == [], "this test tried to leave the machine"


@pytest.fixture(autouse=True)
def own_home(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Keep the user's own Pylot out of the tests; the folder's path is short, because socket paths are limited."""
    parent = "/tmp" if os.name == "posix" else None
    folder = Path(tempfile.mkdtemp(prefix="pylot-", dir=parent))
    for name in [name for name in os.environ if name.startswith("PYLOT_") and not name.startswith("PYLOT_TEST_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PYLOT_HOME", str(folder / "home"))
    monkeypatch.setenv("PYLOT_RUNTIME_DIR", str(folder / "run"))
    # A process for every workspace of every test would be too many; tests of the index take this away.
    monkeypatch.setenv("PYLOT_INDEX__ENABLED", "false")
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def random_model(tmp_path_factory: pytest.TempPathFactory) -> RandomModels:
    """Return a function from a `Shape` to the path of a model of random weights."""
    return RandomModels(tmp_path_factory.mktemp("models"))
