"""Measure what docs/performance.md reports: `make bench`, or `python -m tests.bench.run --json`."""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path

from tests.bench.measures import LARGE, MEASURES, Figures
from tests.support.editor import Home
from tests.support.random_gguf import RandomModels


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of tables")
    parser.add_argument("--only", choices=sorted(MEASURES), help="measure one thing only")
    parser.add_argument("--all", action="store_true", help="also measure what writes models of up to 8 GB")
    arguments = parser.parse_args()
    results: dict[str, Figures] = {}
    # Socket paths are limited, so the folder lies where paths are short; who is leaving may still write there.
    with tempfile.TemporaryDirectory(
        prefix="pylot-", dir="/tmp" if os.name == "posix" else None, ignore_cleanup_errors=True
    ) as folder:
        models = RandomModels(Path(folder))
        for idx, (name, measure) in enumerate(MEASURES.items()):
            if name == arguments.only or (not arguments.only and (arguments.all or name not in LARGE)):
                print(f"measuring: {name}", file=sys.stderr)
                results[name] = measure(_new_home(Path(folder) / str(idx)), models)
                if not arguments.json:
                    _print_table(name, results[name])
    if arguments.json:
        print(json.dumps(results, indent=2))
    return 0


def _new_home(folder: Path) -> Home:
    """Return a home of its own for the servers that are started from now on."""
    for name in [name for name in os.environ if name.startswith("PYLOT_")]:
        del os.environ[name]
    os.environ["PYLOT_HOME"] = str(folder / "home")
    os.environ["PYLOT_RUNTIME_DIR"] = str(folder / "run")
    return Home(folder / "home")


def _print_table(name: str, figures: Figures) -> None:
    width = max(map(len, figures))
    print(f"\n{name}")
    for figure, value in figures.items():
        print(f"  {figure:<{width}}  {value:8.1f}" if value % 1 else f"  {figure:<{width}}  {value:6.0f}")


if __name__ == "__main__":
    sys.exit(main())
