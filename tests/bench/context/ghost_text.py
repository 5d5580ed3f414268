"""Whether ghost text is right more often with what the index knows: real sessions, index workers, the shipped model."""

from __future__ import annotations

import math
import os
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from pylot.app.session import Session
from pylot.cli.eval_asker import Nobody
from pylot.cli.index_progress import wait_for_index
from tests.bench.context.measures import request_at, without_rest_of_line
from tests.bench.context.projects import Project
from tests.bench.context.sites import CallSite

_Z95 = 1.96


async def right_lines(project: Project, sites: Sequence[CallSite]) -> list[tuple[bool, bool]]:
    """Return for each site whether the rest of its line is written exactly, without context and with it."""
    # A worker that is leaving may still write there.
    with tempfile.TemporaryDirectory(prefix="pylot-context-", ignore_cleanup_errors=True) as scratch:
        root = Path(scratch, "workspace")
        for path, text in project.texts.items():
            target = root / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
        # The worker, a process of its own, finds the same folders.
        os.environ["PYLOT_HOME"] = str(Path(scratch, "home"))
        answers = [await _answers(root, sites, definitions) for definitions in ("false", "true")]
    return list(zip(*answers, strict=True))


def difference(pairs: Sequence[tuple[bool, bool]]) -> tuple[float, float]:
    """Return how much higher the second share is, and half of its 95 % interval (paired: McNemar 1947)."""
    lost = sum(first and not second for first, second in pairs)
    won = sum(second and not first for first, second in pairs)
    n = max(1, len(pairs))
    return (won - lost) / n, _Z95 * math.sqrt(max(0.0, won + lost - (won - lost) ** 2 / n)) / n


async def _answers(root: Path, sites: Sequence[CallSite], definitions: str) -> list[bool]:
    overrides = [
        "completion.eagerness=always", "completion.speculate=false", "completion.multiline=never",
        f"completion.definitions={definitions}", "index.vectors=false",
    ]  # fmt: skip
    session = Session(Nobody(), client_debounces=True, overrides=overrides)
    try:
        session.set_folders([root])
        await session.start()
        await wait_for_index(session.indexes, vectors=False)
        return [await _is_right(session, root, site, version) for version, site in enumerate(sites)]
    finally:
        await session.close()


async def _is_right(session: Session, root: Path, site: CallSite, version: int) -> bool:
    text = without_rest_of_line(site.text, site.offset)
    asked = request_at(site.path, text, site.offset)
    path = root / site.path
    session.documents.open(path.as_uri(), asked.language, version, text)
    session.document_opened(path.as_uri())
    await session.workspace_read()
    await session.surroundings_known()
    answer = await session.complete(replace(asked, uri=path.as_uri(), path=str(path), version=version))
    session.documents.close(path.as_uri())
    session.document_closed(path.as_uri())
    end = site.text.find("\n", site.offset)
    truth = site.text[site.offset : end if end >= 0 else len(site.text)].strip()
    return bool(answer.suggestions) and answer.suggestions[0].text.split("\n")[0].strip() == truth
