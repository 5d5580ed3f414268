"""A chat model by script for editors that are driven from outside Python: `python -m tests.editors.agent_model SCRIPT`.

The script is a list in JSON: a string is an answer, a list of `[tool, arguments]` are calls, and `null` never answers.
It prints the lines of pylot.toml that let agents use it, and ends with its standard input.
"""

from __future__ import annotations

import json
import sys
import threading

from tests.support.agent_model import AgentModel, Line


def main() -> int:
    """Serve until nobody wants it any more."""
    script: list[Line] = [
        threading.Event() if line is None else line if isinstance(line, str) else [(name, call) for name, call in line]
        for line in json.loads(sys.argv[1])
    ]
    with AgentModel(script) as model:
        print(model.settings, flush=True)
        sys.stdin.read()
    return 0


if __name__ == "__main__":
    sys.exit(main())
