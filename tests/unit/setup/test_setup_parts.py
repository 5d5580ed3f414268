"""The pure parts of `make setup`: prerequisites, lock, cache key, progress, stamp (issue: one clear sentence each)."""

from __future__ import annotations

import io
import sys
import tarfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from setup import prerequisites
from setup.commands import run_logged
from setup.engine_wheel import (
    DEFAULT_CMAKE_ARGUMENTS,
    EngineBuild,
    build_wheel,
    cached_wheel,
    cmake_arguments,
    show_build_line,
)
from setup.failure import SetupError
from setup.interpreter import find_newer
from setup.llama_server import CMAKE_FLAGS, ServerBuild, unpack_source
from setup.lock_file import BUILD_TOOLS, ENGINE, Pin, everyday_names, parse_lock, select
from setup.machine import cache_folder, processor
from setup.progress import Progress
from setup.stamp import Stamp, digest, read_stamp, write_stamp

ROOT = Path(__file__).parents[3]

LOCK = """\
# made by a tool
llama-cpp-python==0.3.36 \\
    --hash=sha256:aa
    # via pylot
ninja==1.13.2 \\
    --hash=sha256:bb
numpy==2.4.6 ; python_full_version < '3.12' \\
    --hash=sha256:cc
numpy==2.5.5 ; python_full_version >= '3.12' \\
    --hash=sha256:dd
PyYAML==6.0.3 \\
    --hash=sha256:ee
"""


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("installed", "expected"),
    [
        ({"python3": (3, 9), "python3.12": (3, 12)}, "/bin/python3.12"),
        ({"python3": (3, 11)}, "/bin/python3"),
        ({"python3": (3, 10), "python3.13": None}, None),
        ({}, None),
    ],
)
def test_newer_python_is_found(installed: Mapping[str, tuple[int, int] | None], expected: str | None) -> None:
    found = find_newer(
        ["python3.13", "python3.12", "python3"],
        which=lambda name: f"/bin/{name}" if name in installed else None,
        version=lambda path: installed[path.removeprefix("/bin/")],
    )

    assert expected == found


@pytest.mark.parametrize(
    ("environment", "working", "expected"),
    [
        ({}, {"cc", "c++"}, {"C": "cc 1", "C++": "c++ 1"}),
        ({}, {"gcc", "g++"}, {"C": "gcc 1", "C++": "g++ 1"}),
        ({"CXX": "ccache my-c++"}, {"cc", "ccache"}, {"C": "cc 1", "C++": "ccache 1"}),
        ({}, {"cc"}, "C++ compiler"),
        ({"CC": "missing"}, {"cc", "c++"}, "C compiler"),
    ],
)
@pytest.mark.skipif(sys.platform == "win32", reason="CMake finds Visual Studio by itself")
def test_compilers(environment: Mapping[str, str], working: set[str], expected: dict[str, str] | str) -> None:
    def version(command: list[str]) -> str | None:
        return f"{command[0]} 1" if command[0] in working else None

    if isinstance(expected, str):
        with pytest.raises(
            SetupError, match=rf"^Pylot needs a {expected.replace('+', '[+]')} .*: install one .*`make setup`"
        ):
            prerequisites.compilers(environment, version)
    else:
        assert expected == prerequisites.compilers(environment, version)


def test_missing_venv_is_one_sentence() -> None:
    with pytest.raises(SetupError, match="python3-venv"):
        prerequisites.require_venv(lambda name: name != "ensurepip")


@pytest.mark.parametrize(
    ("tools", "expected"),
    [
        ({"cmake": "cmake version 3.25.1", "ninja": "1.11"}, set()),
        ({"cmake": "cmake version 4.0.0-rc1", "ninja-build": "1.11"}, set()),
        ({"cmake": "cmake version 3.16.3"}, {"cmake", "ninja"}),
        ({}, {"cmake", "ninja"}),
    ],
)
def test_build_tools_come_from_the_lock_when_the_machine_lacks_them(tools: dict[str, str], expected: set[str]) -> None:
    assert expected == prerequisites.missing_build_tools(tools.get, lambda command: tools[command[0]])


def test_lock_is_split_without_loss() -> None:
    pins = parse_lock(LOCK)

    assert [
        ("llama-cpp-python", "0.3.36"),
        ("ninja", "1.13.2"),
        ("numpy", "2.4.6"),
        ("numpy", "2.5.5"),
        ("pyyaml", "6.0.3"),
    ] == [(pin.name, pin.version) for pin in pins]
    assert {"numpy", "pyyaml"} == everyday_names(pins)
    assert LOCK.split("\n", 1)[1] == "".join(pin.text for pin in pins)
    assert "ninja==1.13.2 \\\n    --hash=sha256:bb\n" == select(pins, {"ninja", "cmake"})


def test_real_lock_holds_the_engine_and_its_build_tools() -> None:
    names = {pin.name for pin in parse_lock((ROOT / "requirements.lock").read_text(encoding="utf-8"))}

    assert names >= {ENGINE, *BUILD_TOOLS, "hatchling"}


def test_engine_key_tells_builds_apart() -> None:
    pin = Pin("llama-cpp-python", "0.3.36", "llama-cpp-python==0.3.36")
    builds = [
        EngineBuild(pin, "-DA=1", "machine", ("gcc 12",)),
        EngineBuild(pin, "-DA=2", "machine", ("gcc 12",)),
        EngineBuild(pin, "-DA=1", "other", ("gcc 12",)),
        EngineBuild(pin, "-DA=1", "machine", ("gcc 13",)),
        EngineBuild(Pin(pin.name, pin.version, "other hash"), "-DA=1", "machine", ("gcc 12",)),
    ]

    assert len(builds) == len({build.key for build in builds})
    assert builds[0].key.startswith("llama-cpp-python-0.3.36-")


def test_llama_server_key_tells_builds_apart() -> None:
    pin = Pin("llama-cpp-python", "0.3.36", "llama-cpp-python==0.3.36")
    builds = [
        ServerBuild(pin, CMAKE_FLAGS, "machine", ("gcc 12",)),
        ServerBuild(pin, (*CMAKE_FLAGS, "-DGGML_CUDA=ON"), "machine", ("gcc 12",)),
        ServerBuild(pin, CMAKE_FLAGS, "other", ("gcc 12",)),
        ServerBuild(pin, CMAKE_FLAGS, "machine", ("gcc 13",)),
        ServerBuild(Pin(pin.name, pin.version, "other hash"), CMAKE_FLAGS, "machine", ("gcc 12",)),
    ]

    assert len(builds) == len({build.program({}).parent for build in builds})


def test_llama_server_is_built_from_the_source_in_the_archive(tmp_path: Path) -> None:
    archive = tmp_path / "sdist.tar.gz"
    with tarfile.open(archive, "w:gz") as out:
        for name in ("engine-1/vendor/llama.cpp/CMakeLists.txt", "engine-1/setup.py"):
            out.addfile(tarfile.TarInfo(name))

    source = unpack_source(archive, tmp_path / "source")

    assert ["CMakeLists.txt"] == [path.name for path in source.iterdir()]
    assert not list((tmp_path / "source").rglob("setup.py"))


def test_an_archive_without_llama_cpp_is_one_sentence(tmp_path: Path) -> None:
    archive = tmp_path / "sdist.tar.gz"
    tarfile.open(archive, "w:gz").close()

    with pytest.raises(SetupError, match=r"holds no llama\.cpp"):
        unpack_source(archive, tmp_path / "source")


@pytest.mark.parametrize(
    ("environment", "last", "expected"),
    [
        ({}, None, DEFAULT_CMAKE_ARGUMENTS),
        ({"CMAKE_ARGS": "-DGGML_CUDA=ON"}, None, f"{DEFAULT_CMAKE_ARGUMENTS} -DGGML_CUDA=ON"),
        ({}, "-DGGML_CUDA=ON", "-DGGML_CUDA=ON"),
        ({"CMAKE_ARGS": ""}, "-DGGML_CUDA=ON", DEFAULT_CMAKE_ARGUMENTS),
    ],
)
def test_build_flags_stay_until_changed(environment: dict[str, str], last: str | None, expected: str) -> None:
    assert expected == cmake_arguments(environment, last)


def test_interrupted_build_leaves_no_wheel(tmp_path: Path) -> None:
    build = EngineBuild(Pin("llama-cpp-python", "0", "llama-cpp-python==0\n"), "", "", ())
    folder = tmp_path / "wheels" / build.key

    with pytest.raises(SetupError):
        build_wheel(
            build,
            folder,
            python=Path(sys.executable),
            log=tmp_path / "log",
            environment={"PATH": ""},
            progress=Progress("engine", io.StringIO()),
        )

    assert cached_wheel(folder) is None
    assert [] == list((tmp_path / "wheels").iterdir())


def test_progress_without_a_terminal_says_each_tenth_once() -> None:
    stream = io.StringIO()
    progress = Progress("engine", stream, monotonic=iter([0.0, *[75.0] * 20]).__next__)

    for line in ["  *** Configuring CMake...", *(f"  [{done}/40] c++ x" for done in range(1, 9)), "noise [3/4]"]:
        show_build_line(line, progress)
    progress.finish("built")

    assert [
        "  engine: configuring, 1:15",
        "  engine: compiling 1/40 (2 %), 1:15",
        "  engine: compiling 4/40 (10 %), 1:15",
        "  engine: compiling 8/40 (20 %), 1:15",
        "  engine: built, 1:15",
    ] == stream.getvalue().splitlines()


def test_progress_on_a_terminal_updates_one_line() -> None:
    stream = Terminal()
    progress = Progress("engine", stream, monotonic=lambda: 0.0)

    progress.update("compiling", 1, 40)
    progress.update("compiling", 2, 40)
    progress.finish("built")

    assert 1 == stream.getvalue().count("\n")
    assert 3 == stream.getvalue().count("\r\x1b[K")


def test_failed_command_shows_the_end_of_its_log(tmp_path: Path) -> None:
    log = tmp_path / "log" / "x.log"
    code = "print(*range(30), sep='\\n'); raise SystemExit(3)"

    with pytest.raises(SetupError, match=r"^Making x failed \(exit code 3") as caught:
        run_logged([sys.executable, "-c", code], log=log, what="Making x", environment={})

    assert tuple(str(number) for number in range(10, 30)) == caught.value.log_tail
    assert 30 == len(log.read_text(encoding="utf-8").splitlines())


def test_stamp_survives_only_as_long_as_its_inputs(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_text("one", encoding="utf-8")
    stamp = Stamp(digest([source], ["fact"]), "-DA=1")
    path = tmp_path / "stamp.json"

    assert read_stamp(path) is None
    write_stamp(path, stamp)
    assert stamp == read_stamp(path)
    source.write_text("two", encoding="utf-8")
    assert stamp.inputs != digest([source], ["fact"])
    path.write_text('{"inputs":', encoding="utf-8")
    assert read_stamp(path) is None


def test_processor_reads_the_first_core(tmp_path: Path) -> None:
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text(
        "processor : 0\nmodel name : Zen\ncpu MHz : 3000\nflags : avx2\n\nprocessor : 1\n", encoding="utf-8"
    )

    assert "Zen\navx2" == processor(cpuinfo)


@pytest.mark.parametrize(
    ("system", "environment", "expected"),
    [
        ("linux", {}, "home/.cache/pylot"),
        ("linux", {"XDG_CACHE_HOME": "relative"}, "home/.cache/pylot"),
        ("darwin", {}, "home/Library/Caches/pylot"),
        ("win32", {}, "home/AppData/Local/pylot/Cache"),
    ],
)
def test_cache_folder(system: str, environment: dict[str, str], expected: str) -> None:
    assert Path(expected) == cache_folder(environment, system=system, home=Path("home"))
