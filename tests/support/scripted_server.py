"""The real language server around a scripted session, as a process: `python -m tests.support.scripted_server`."""

from __future__ import annotations

import logging
import sys

from pylot.lsp.context import Options
from pylot.lsp.server import run_stdio
from tests.support.scripted_session import ScriptedSession

if __name__ == "__main__":
    logging.basicConfig(level=logging.DEBUG, stream=sys.stderr, format="%(levelname)s %(name)s %(message)s")
    sys.exit(run_stdio(ScriptedSession, Options(parent_poll=0.1)))
