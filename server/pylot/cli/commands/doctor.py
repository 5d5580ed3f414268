"""`pylot doctor`: what is set up, what is not, and the next step."""

from __future__ import annotations

import argparse
import asyncio
import importlib.metadata
import importlib.util
import platform
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from pylot import __version__
from pylot.app.model_shelf import look
from pylot.app.session import Session
from pylot.cli.agent_report import describe_agents
from pylot.cli.build_report import describe_build, next_build
from pylot.cli.console_client import ConsoleClient
from pylot.cli.index_report import describe_index
from pylot.cli.place import PATIENT
from pylot.cli.terminal import paint, print_json, print_lines
from pylot.completion.values import CompletionRequest, Trigger
from pylot.engine.devices import gpu_backends, probe_build
from pylot.engine.free_memory import free_memory
from pylot.engine.gguf_header import read_header
from pylot.engine.resources import LoadOptions, estimate
from pylot.execution.sandbox.detection import find_sandbox
from pylot.index.embedding.boxed import is_boxed_embedder_here
from pylot.kernel.errors import PylotError
from pylot.models.settings import BOXED_EMBEDDER
from pylot.storage.directories import find_directories, make_private_folder
from pylot.syntax.grammars import INDEXED_LANGUAGES, PARSED_LANGUAGES, grammar, indexed_grammar

_MARKS = {"good": ("ok", "green"), "note": ("note", "yellow"), "bad": ("FIX", "red")}
_SAMPLE = "import os\n\n\ndef list_files(path):\n    for name in os.listdir(path):\n        "


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report; `step` says what to do where something is wrong."""

    part: str
    verdict: str
    text: str
    step: str = ""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--json", action="store_true", help="write JSON")


def run(arguments: argparse.Namespace) -> int:
    """Print the report; exit code 1 when something keeps Pylot from working."""
    client = ConsoleClient() if not arguments.json else _Quiet()
    findings = [_python(), _engine_library(), *_build(), _grammars(), _folders(), _sandbox()]
    findings += asyncio.run(_session(client))
    if arguments.json:
        print_json([{"part": f.part, "verdict": f.verdict, "text": f.text, "step": f.step} for f in findings])
    else:
        width = max(len(finding.part) for finding in findings)
        print_lines(paint(f"Pylot {__version__}", "bold"))
        for finding in findings:
            word, color = _MARKS[finding.verdict]
            print_lines(f"  {paint(f'{word:<4}', color)}  {finding.part:<{width}}  {finding.text}")
            if finding.step:
                print_lines(f"  {'':<4}  {'':<{width}}  next: {finding.step}")
    return 1 if any(finding.verdict == "bad" for finding in findings) else 0


def _python() -> Finding:
    return Finding("Python", "good", f"{platform.python_version()} at {sys.executable}")


def _engine_library() -> Finding:
    try:
        version = importlib.metadata.version("llama-cpp-python")
    except importlib.metadata.PackageNotFoundError:
        step = "pip install 'pylot[engine]'; until then only the local predictor suggests"
        return Finding("llama.cpp", "bad", "llama-cpp-python is not installed", step)
    return Finding("llama.cpp", "good", f"llama-cpp-python {version}")


def _build() -> list[Finding]:
    backends = gpu_backends()
    build = probe_build()
    if build is None:
        # That there is no library at all has been said.
        return []
    step = next_build(backends)
    finds_nothing = bool(backends) and not any(device.is_gpu for device in build.devices)
    verdict = "note" if step or finds_nothing else "good"
    return [Finding("Hardware", verdict, describe_build(build, backends), step)]


def _grammars() -> Finding:
    missing = [name for name in sorted(PARSED_LANGUAGES) if grammar(name) is None]
    if missing:
        return Finding("Grammars", "bad", f"cannot be loaded: {', '.join(missing)}", "install Pylot again")
    said = f"{len(PARSED_LANGUAGES)} languages parsed, any other by its indentation"
    unread = [name for name in INDEXED_LANGUAGES if name not in PARSED_LANGUAGES and indexed_grammar(name) is None]
    if unread:
        return Finding("Grammars", "note", f"{said}; no symbols of {', '.join(unread)}", 'install "pylot[languages]"')
    return Finding("Grammars", "good", f"{said}; symbols of {len(INDEXED_LANGUAGES)}")


def _folders() -> Finding:
    directories = find_directories()
    try:
        make_private_folder(directories.runtime)
    except (PylotError, OSError) as error:
        return Finding("Folders", "bad", str(error), "set PYLOT_RUNTIME_DIR to a folder of your own")
    return Finding("Folders", "good", f"configuration {directories.config}, log {directories.log}")


def _sandbox() -> Finding:
    found = asyncio.run(find_sandbox(find_directories().cache))
    if found.level == "none":
        step = "install bubblewrap" if sys.platform == "linux" else ""
        return Finding("Sandbox", "note", "none holds here, so agents ask before every command", step)
    return Finding("Sandbox", "good", f"{found.level} holds what agents run")


async def _session(client: ConsoleClient) -> list[Finding]:
    session = Session(client, client_debounces=True, overrides=[PATIENT])
    try:
        session.set_folders([Path.cwd()])
        status = await session.status()
        return [
            _configuration(status),
            _embedder(status),
            Finding("Index", *await describe_index(session)),
            *await _model(session, status),
            _agents(status),
        ]
    finally:
        await session.close()


def _configuration(status: dict[str, object]) -> Finding:
    configuration = status["configuration"]
    assert isinstance(configuration, dict)
    problems = configuration["problems"]
    if problems:
        return Finding("Settings", "note", f"{len(problems)} problems: {problems[0]}", "pylot config check")
    return Finding("Settings", "good", "in order; `pylot config show` prints them")


def _embedder(status: dict[str, object]) -> Finding:
    models = status["models"]
    assert isinstance(models, dict)
    name = models["roles"]["embed"]
    if not name:
        return Finding("Search", "note", "goes by words alone: models.roles.embed names no model")
    if name != BOXED_EMBEDDER:
        return Finding("Search", "good", f"compares texts with {name}")
    if importlib.util.find_spec("onnxruntime") is None:
        return Finding("Search", "note", "goes by words alone: onnxruntime is missing", "pip install 'pylot[index]'")
    if not is_boxed_embedder_here():
        return Finding("Search", "note", f"goes by words alone: {name} is missing", "`make embedder`, or install again")
    return Finding("Search", "good", f"compares texts with {name}, which is in the box")


def _agents(status: dict[str, object]) -> Finding:
    models = status["models"]
    assert isinstance(models, dict)
    return Finding("Agents", *describe_agents(look(), models["roles"]))


async def _model(session: Session, status: dict[str, object]) -> list[Finding]:
    if not status["enabled"]:
        return [Finding("Ghost text", "note", "switched off by completion.enabled")]
    try:
        path = session.model_file()
        if path is None:
            return [Finding("Model", "good", "runs at a server that you named"), await _try_out(session)]
        header = read_header(path)
    except PylotError as error:
        return [Finding("Model", "bad", error.sentence, "mend models.roles or models.catalogue in pylot.toml")]
    need, free = estimate(header, LoadOptions(session.model_context())), free_memory()
    memory = f"{header.file_bytes / 1e6:,.0f} MB {header.quantization}, needs {need.total / 1e6:,.0f} MB"
    findings = [Finding("Model", "good", f"{header.name}, {memory} of {free / 1e6:,.0f} MB free")]
    return [*findings, await _try_out(session)]


async def _try_out(session: Session) -> Finding:
    began = time.monotonic()
    session.documents.open("untitled:doctor.py", "python", 1, _SAMPLE)
    request = CompletionRequest("untitled:doctor.py", "", "python", 1, _SAMPLE, len(_SAMPLE), Trigger.INVOKED)
    answer = await session.complete(request)
    seconds = time.monotonic() - began
    traces = session.explain(1)["traces"]
    trace = traces[0] if isinstance(traces, list) else {}
    if answer.reason in ("model_failed", "no_model", "timed_out"):
        step = "`pylot models list` shows what else there is; an engine's own log is in the folder named above"
        return Finding("Ghost text", "bad", str(trace.get("sentence", answer.reason)), step)
    prompt = sum(trace.get("promptTokens", {}).values())
    return Finding(
        "Ghost text", "good", f"the model answered {prompt} prompt tokens after {seconds:.1f} s, its start included"
    )


class _Quiet(ConsoleClient):
    def show_message(self, level: object, sentence: str) -> None:
        """Keep stdout and stderr for the JSON's reader."""
