"""A contender of an evaluation: two sessions as the language server runs them, one of which withholds nothing."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any

from pylot.app.client import FileProblem, Level, ProgressHandle
from pylot.app.session import Session
from pylot.completion.reasons import Reason
from pylot.completion.values import CompletionAnswer, CompletionRequest
from pylot.evaluation.contenders import Contender
from pylot.evaluation.run import Task
from pylot.evaluation.values import Reply, Result
from pylot.kernel.errors import ModelError
from pylot.storage.directories import find_directories

# A name that no model can have: the predictor alone.
_NO_MODEL = "models.roles.complete="
_WARM_UP = "def add(first, second):\n    return first + second\n\n\ndef subtract(first, second):\n    return "


class SessionAsker:
    """Ask one contender; implements `evaluation.run.Asker`. Use it as an asynchronous context."""

    def __init__(self, contender: Contender, root: Path, overrides: Sequence[str]) -> None:
        self._contender = contender
        self._root = root
        own = [*overrides, f"completion.local_predictor={str(contender.predictor).lower()}"]
        # No case is followed by another one at the same place.
        own += [f"{_NO_MODEL}{contender.model}", "completion.speculate=false"]
        # What is asked here must not count among what the user was shown.
        self._counts = tempfile.TemporaryDirectory(prefix="pylot-eval-")
        directories = replace(find_directories(), data=Path(self._counts.name))
        self._usual = Session(Nobody(), client_debounces=True, directories=directories, overrides=own)
        own.append("completion.eagerness=always")
        self._frank = Session(Nobody(), client_debounces=True, directories=directories, overrides=own)
        self._version = 0

    async def __aenter__(self) -> SessionAsker:
        """Load the model, so that no case waits for it.

        Raises:
            ModelError: there is no such model, or it does not answer.
        """
        try:
            for session in (self._usual, self._frank):
                session.set_folders([self._root])
                await session.start()
            if self._contender.model:
                self._usual.model_file()
                await self._warm_up()
        except BaseException:
            await self._close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let go of the model."""
        await self._close()

    async def ask(self, task: Task) -> Result:
        """Ask both sessions, the usual one first: the second finds the model's prompt prepared."""
        self._version += 1
        usual = await self._reply(self._usual, task)
        return Result(task.case, usual, await self._reply(self._frank, task))

    async def _reply(self, session: Session, task: Task) -> Reply:
        case = task.case
        opened = [(file.path, file.language, file.text) for file in task.open_files]
        opened.append((case.path, case.language, case.text))
        uris = [(self._root / path).as_uri() for path, _, _ in opened]
        for uri, (_, language, text) in zip(uris, opened, strict=True):
            session.documents.open(uri, language, self._version, text)
            session.document_opened(uri)
        # Otherwise the first places would be judged with less to copy from than the others.
        await session.workspace_read()
        path = str(self._root / case.path)
        request = CompletionRequest(uris[-1], path, case.language, self._version, case.text, case.offset)
        answer = await session.complete(request)
        for uri in uris:
            session.documents.close(uri)
            session.document_closed(uri)
        return _reply(answer, _last_trace(session))

    async def _warm_up(self) -> None:
        uri = (self._root / "pylot-warm-up.py").as_uri()
        for session in (self._usual, self._frank):
            request = CompletionRequest(uri, "", "python", 1, _WARM_UP, len(_WARM_UP))
            await session.complete(request)
            trace = _last_trace(session)
            session.document_closed(uri)
            if trace.get("reason") in (Reason.MODEL_FAILED, Reason.NO_MODEL):
                sentence = f"The model {self._contender.model!r} cannot be evaluated: {trace.get('sentence', '')}"
                raise ModelError(sentence)

    async def _close(self) -> None:
        await self._usual.close()
        await self._frank.close()
        self._counts.cleanup()


def _last_trace(session: Session) -> Mapping[str, Any]:
    traces = session.explain(1)["traces"]
    return traces[0] if isinstance(traces, list) and traces else {}


def _reply(answer: CompletionAnswer, trace: Mapping[str, Any]) -> Reply:
    total = float(trace.get("totalMs") or 0.0)
    first_token = _first_token(trace, total)
    if not answer.suggestions:
        failed = answer.reason == Reason.MODEL_FAILED
        detail = str(trace.get("sentence", "")) if failed else ""
        return Reply(reason=answer.reason, detail=detail, first_token_ms=first_token, total_ms=total)
    shown = answer.suggestions[0]
    return Reply(
        shown.text,
        shown.source,
        shown.confidence,
        least_sure=_least_sure(trace, shown.source),
        first_token_ms=first_token,
        total_ms=total,
    )


def _first_token(trace: Mapping[str, Any], total: float) -> float | None:
    """When the first token came; a model that was stopped for being unsure of that very token gave it no sooner."""
    known: float | None = trace.get("firstTokenMs")
    was_asked = any(step["name"] == "generate" for step in trace.get("steps", []))
    return total if known is None and was_asked else known


def _least_sure(trace: Mapping[str, Any], source: str) -> float | None:
    """The smallest token probability, as verification saw it for what was shown."""
    details = [step.get("details", {}) for step in trace.get("steps", []) if step["name"] == "verify"]
    return next((each.get("leastSure") for each in reversed(details) if each.get("source") == source), None)


class Nobody:
    """Implements `app.client.Client` for sessions that nobody watches."""

    def show_message(self, level: Level, sentence: str) -> None:
        """Say nothing."""

    def show_untrusted(self, folder: Path, sentence: str) -> None:
        """Say nothing."""

    def publish_problems(self, path: Path, problems: Sequence[FileProblem]) -> None:
        """Say nothing."""

    def begin_progress(self, title: str, on_cancel: Callable[[], None] | None = None) -> ProgressHandle:
        """Return a report that says nothing."""
        return _Silent()

    def publish_status(self, kind: str, sentence: str) -> None:
        """Say nothing."""


class _Silent:
    def report(self, message: str, percent: int | None = None) -> None:
        """Say nothing."""

    def end(self, message: str = "") -> None:
        """Say nothing."""
