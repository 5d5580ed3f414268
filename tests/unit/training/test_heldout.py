from __future__ import annotations

import io
import tarfile
import zipfile
from pathlib import Path, PurePosixPath

import pytest

from training.heldout import Project, read_list, unpack

NPM = Project("thing", "npm", "1.0", "MIT", "package/src", ("cjs",))


@pytest.mark.parametrize(
    ("keep", "member", "place"),
    [
        ("package/src", "package/src/a/b.ts", "a/b.ts"),
        ("package/src", "package/src/cjs/b.js", None),
        ("package/src", "package/other/b.js", None),
        ("package/src", "package/src/../../../etc/x", None),
        ("package/dist/a.js", "package/dist/a.js", "a.js"),
    ],
)
def test_only_what_people_wrote_is_kept(keep: str, member: str, place: str | None) -> None:
    project = Project("thing", "npm", "1.0", "MIT", keep, ("cjs",))

    assert project.place_of(member) == (PurePosixPath(place) if place else None)


def test_archives_of_both_kinds_are_unpacked(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "thing.tgz", "w:gz") as tar:
        member = tarfile.TarInfo("package/src/a.ts")
        member.size = 5
        tar.addfile(member, io.BytesIO(b"a = 1"))
    with zipfile.ZipFile(tmp_path / "thing.whl", "w") as wheel:
        wheel.writestr("package/src/a.ts", "a = 1")
    for archive in ("thing.tgz", "thing.whl"):
        unpack(NPM, tmp_path / archive, tmp_path / f"{archive}.folder")

        assert (tmp_path / f"{archive}.folder" / "a.ts").read_text() == "a = 1"


def test_the_list_names_at_least_nine_pinned_projects_in_three_languages() -> None:
    """Issue 4, must show 2."""
    projects = read_list()

    assert len({project.name for project in projects}) == len(projects) >= 9
    assert {project.registry for project in projects} == {"pypi", "npm"}
    assert all(project.version[0].isdecimal() and project.licence for project in projects)
