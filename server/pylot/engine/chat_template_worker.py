"""Render one chat template in a process of its own, which is killed when it takes too long.

Reads a JSON object from stdin, writes a JSON object to stdout.
A template comes from a model file, so it is hostile until shown otherwise: Jinja's sandbox keeps it from the
interpreter, the process limits keep it from the machine's memory and time.
"""

from __future__ import annotations

import json
import sys
from typing import Any

_MEMORY_BYTES = 1 << 30
_CPU_SECONDS = 3


def render(template: str, variables: dict[str, Any], max_characters: int) -> str:
    """Render in the sandbox; raises what Jinja raises, and `ValueError` when the output is too long."""
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    def raise_exception(message: str) -> None:
        raise ValueError(str(message)[:200])

    environment = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True)
    environment.extensions.clear()
    environment.add_extension("jinja2.ext.loopcontrols")
    environment.filters["tojson"] = lambda value, indent=None: json.dumps(value, ensure_ascii=False, indent=indent)
    environment.globals["raise_exception"] = raise_exception
    parts: list[str] = []
    size = 0
    for part in environment.from_string(template).generate(**variables):
        size += len(part)
        if size > max_characters:
            raise ValueError("the output is too long")
        parts.append(part)
    return "".join(parts)


def _limit_process() -> None:
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_SECONDS, _CPU_SECONDS))


def main() -> None:
    """Answer the one request on stdin."""
    request = json.load(sys.stdin)
    _limit_process()
    try:
        answer = {"text": render(request["template"], request["variables"], request["max_characters"])}
    except MemoryError:
        answer = {"error": "it needs too much memory"}
    except Exception as error:
        answer = {"error": f"{type(error).__name__}: {error}"[:300]}
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
