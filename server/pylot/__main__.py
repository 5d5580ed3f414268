"""Run `python -m pylot` like the console script."""

from __future__ import annotations

import sys

from pylot.cli.main import main

sys.exit(main())
