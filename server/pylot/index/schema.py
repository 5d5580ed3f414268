"""The tables of a workspace's `index.db`, and their version."""

from __future__ import annotations

from pylot.index import catalogue
from pylot.index.symbols import store

DATABASE_NAME = "index.db"

SCHEMA_VERSION = 1
"""Goes up with every change of a table; a file of another version is made anew."""

SCHEMA = (*catalogue.TABLES, *store.TABLES)
