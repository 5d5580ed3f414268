"""The provider that runs a GGUF file in Pylot's own engine process."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pylot.engine.client import EngineClient
from pylot.engine.devices import Device, find_gpus
from pylot.engine.free_memory import free_memory
from pylot.engine.gguf_header import GgufHeader, read_header
from pylot.engine.jobs import CopyParameters, GenerateParameters, Priority
from pylot.engine.launcher import connect_or_start, find_running
from pylot.engine.link import EngineLink
from pylot.engine.measured_peaks import MeasuredPeaks
from pylot.engine.offloading import emptied
from pylot.engine.plain_schema import plain_schema
from pylot.engine.process import EngineOptions
from pylot.engine.resources import LoadPlan, Smaller, plan_load, require_fit
from pylot.engine.running import resident_bytes, running_engines
from pylot.engine.sampling_parameters import SamplingParameters
from pylot.engine.shrinking import Shrinking
from pylot.kernel.cancellation import CancellationToken
from pylot.kernel.clock import Clock
from pylot.kernel.errors import ModelAbilityError, ModelError, OperationCancelledError, PylotError
from pylot.models.cards import CardBox, FimFormat, effective_format, resolve_tokens
from pylot.models.conversation import as_plain_text, has_tools, to_openai
from pylot.models.fim import SourcedPiece, render_fim, tokens_by_source
from pylot.models.residency import Residency
from pylot.models.thinking import ThinkingSplitter
from pylot.models.values import ChatMessage, CompletionParameters, Delta, FimPrompt, ModelProfile, Urgency, Usage
from pylot.storage.directories import find_directories

_STATUS_SECONDS = 1.0
_PRIORITIES = {
    Urgency.COMPLETION: Priority.COMPLETION,
    Urgency.CHAT: Priority.CHAT,
    Urgency.SPECULATIVE: Priority.SPECULATIVE,
    Urgency.QUERY: Priority.QUERY,
    Urgency.AGENT: Priority.AGENT,
    Urgency.INDEX: Priority.INDEX,
}


@dataclass(frozen=True, slots=True)
class _Loaded:
    header: GgufHeader
    form: FimFormat
    ids: Mapping[str, int]
    profile: ModelProfile
    copying: tuple[tuple[int, float], ...] = ()
    lacks_fim: bool = False


class EmbeddedProvider:
    """One GGUF file behind the engine socket; the engine starts with the first use."""

    def __init__(
        self,
        name: str,
        options: EngineOptions,
        *,
        card_name: str,
        cards: CardBox,
        directories: tuple[Path, Path],
        clock: Clock,
        say: Callable[[str], None],
        residency: Residency,
        most_bytes: int = 0,
        smaller: Smaller = lambda _need, _room: "",
    ) -> None:
        self.name = name
        self._options = options
        self._card_name = card_name
        self._cards = cards
        self._runtime_directory, self._log_directory = directories
        self._say = say
        self._smaller = smaller
        self._link = EngineLink(self._connect, clock=clock, say=say)
        self._loaded: _Loaded | None = None
        self._said: set[str] = set()
        self._shrinking = Shrinking()
        self._most_bytes = most_bytes
        self._residency = residency
        residency.join(self)

    @property
    def loaded_bytes(self) -> int:
        """The bytes of memory that its engine holds, 0 while it is not connected."""
        return resident_bytes(self._link.client.pid) if self._link.client else 0

    async def unload(self) -> bool:
        """Let the engine end to make room for another model; false when others use it."""
        return await self._link.release()

    @property
    def profile(self) -> ModelProfile | None:
        """The model's profile, or None while its engine is not connected."""
        client = self._link.client
        return replace(self._loaded.profile, prompt_speed=client.prompt_speed) if self._loaded and client else None

    async def ready(self) -> ModelProfile:
        """Start or find the engine and return the profile."""
        async with self._residency.use(self.name, self._link.get, Urgency.CHAT) as client:
            return replace(self._known().profile, prompt_speed=client.prompt_speed)

    async def complete(
        self,
        prompt: FimPrompt,
        parameters: CompletionParameters,
        *,
        urgency: Urgency = Urgency.COMPLETION,
        token: CancellationToken | None = None,
    ) -> AsyncIterator[Delta | Usage]:
        """Stream the text between prefix and suffix."""
        async with self._hold(urgency, token, parameters.deadline_ms) as client:
            if isinstance(client, Usage):
                yield client
                return
            loaded = self._known()
            if loaded.header.only_reads:
                raise ModelAbilityError(
                    f"{self.name} can embed texts but not write any: it serves the role embed only."
                )
            if loaded.lacks_fim:
                self._say_once(
                    f"{self.name} has no fill-in-the-middle tokens: it completes from the text before the cursor only."
                )
            pieces = self._rendered(client, prompt)
            request = _to_engine(parameters, [piece.piece for piece in pieces], loaded.profile.stops)
            if loaded.copying and parameters.copying:
                # What a session gives has passed its gate and mask already (`app/session.py`).
                sources = client.name_sources(prompt.copy_from)
                request = replace(request, copying=CopyParameters(loaded.copying, sources))
            async for event in client.generate(request, _PRIORITIES[urgency], token):
                for value in _from_engine(event, pieces):
                    yield value

    async def chat(
        self,
        messages: Sequence[ChatMessage],
        parameters: CompletionParameters,
        *,
        urgency: Urgency = Urgency.CHAT,
        token: CancellationToken | None = None,
    ) -> AsyncIterator[Delta | Usage]:
        """Stream the answer to a conversation, rendered with the file's own template.

        A schema is kept to; calls in the model's own form are not read here, so tools are refused.
        """
        async with self._hold(urgency, token, parameters.deadline_ms) as client:
            if isinstance(client, Usage):
                yield client
                return
            if not client.facts.has_chat_template:
                raise ModelAbilityError(
                    f"{self.name} has no chat template, so it cannot chat; choose another model for chat."
                )
            if parameters.tools:
                raise ModelAbilityError(f"Pylot's own engine does not read the calls that {self.name} writes itself.")
            if has_tools(messages) and not client.facts.has_tool_template:
                messages = as_plain_text(messages)
            spelled = to_openai(messages, arguments_as_text=False)
            request = _to_engine(parameters, [], ())
            options = None if parameters.reasoning is None else {"enable_thinking": parameters.reasoning}
            splitter = ThinkingSplitter()
            async for event in client.chat(spelled, request, _PRIORITIES[urgency], options=options, token=token):
                for value in _from_engine(event, []):
                    for part in _split(value, splitter):
                        yield part

    async def embed(self, texts: Sequence[str], *, urgency: Urgency = Urgency.INDEX) -> list[list[float]]:
        """Return one normalized vector per text."""
        async with self._residency.use(self.name, self._link.get, urgency) as client:
            return await client.embed(texts, _PRIORITIES[urgency])

    @property
    def connection(self) -> object | None:
        """What stands for the running engine, another one after each start; None while there is none."""
        return self._link.client

    async def save(self, key: str, prompt: FimPrompt, note: str) -> bool:
        """Keep what the engine's cache holds of a prompt on disk, with a note; false where it does not."""
        client = self._link.client
        return (
            client is not None
            and await client.save_state(key, [it.piece for it in self._rendered(client, prompt)], note) > 0
        )

    async def note(self, key: str) -> str:
        """Return the note of what is kept, empty where nothing is."""
        client = self._link.client
        return await client.state_note(key) if client is not None else ""

    async def restore(self, key: str) -> int:
        """Put what is kept, whose note was asked for last, back into the cache; return its tokens."""
        client = self._link.client
        return await client.restore_state(key) if client is not None else 0

    async def forget(self, key: str) -> None:
        """Remove what is kept from the disk."""
        if (client := self._link.client) is not None:
            await client.forget_state(key)

    async def status(self) -> Mapping[str, object]:
        """Return whether the engine runs, on what, and how busy it is."""
        failure = self._link.failure
        facts: dict[str, object] = {"model": self.name, "file": str(self._options.model), "state": "not started"}
        if failure is not None:
            facts |= {"state": "problem", "problem": failure.sentence}
        if (client := self._link.client) is not None:
            facts |= {"state": "ready", "pid": client.pid, "description": client.facts.description}
            # The engine may be lost or stuck at this very moment; a status must come all the same.
            with contextlib.suppress(PylotError, TimeoutError):
                facts["engine"] = await asyncio.wait_for(client.status(), _STATUS_SECONDS)
        return facts

    async def close(self) -> None:
        """Let go of the engine."""
        await self._link.close()

    def _rendered(self, client: EngineClient, prompt: FimPrompt) -> list[SourcedPiece]:
        loaded = self._known()
        bos = client.facts.bos if client.facts.add_bos and client.facts.bos >= 0 else None
        return render_fim(prompt, loaded.form, loaded.ids, bos)

    @contextlib.asynccontextmanager
    async def _hold(
        self, urgency: Urgency, token: CancellationToken | None, deadline_ms: float | None
    ) -> AsyncIterator[EngineClient | Usage]:
        """Hold the engine, or say how the request ended while it waited for it."""
        began = asyncio.get_running_loop().time()
        async with contextlib.AsyncExitStack() as stack:
            held = self._residency.use(self.name, self._link.get, urgency, token, deadline_ms)
            client: EngineClient | Usage
            try:
                client = await stack.enter_async_context(held)
            except (OperationCancelledError, TimeoutError) as error:
                waited_ms = (asyncio.get_running_loop().time() - began) * 1000
                finish = "deadline" if isinstance(error, TimeoutError) else "cancelled"
                client = Usage(finish, queue_ms=waited_ms, total_ms=waited_ms)
            yield client

    async def _connect(self) -> EngineClient:
        # A vocabulary of 150,000 texts takes a while to walk; the event loop must not wait for it.
        header = await asyncio.to_thread(read_header, self._options.model, self._cards.wanted_tokens)
        client = await self._find_or_start(header)
        card = self._cards.get(self._card_name) if self._card_name else self._cards.match(header)
        if card is None:
            await client.close()
            known = ", ".join(self._cards.names)
            raise ModelError(f"There is no model card {self._card_name!r}; there are {known}.")
        ids = resolve_tokens(card, header)
        for role in ("prefix", "suffix", "middle", "repo", "separator"):
            if role not in ids and role in client.facts.fim:
                ids[role] = client.facts.fim[role]
        form = effective_format(card, ids)
        for note in client.facts.notes:
            self._say_once(note)
        names = [self.name, header.name, str(header.values.get("general.basename", "")), header.path.name]
        embedder = self._cards.match_embedder(names)
        profile = ModelProfile(
            name=self.name,
            context_tokens=client.facts.n_ctx_sequence,
            has_fim=form.order != "plain",
            prefix_first=form.order in ("psm", "plain"),
            can_chat=client.facts.has_chat_template,
            confidence=card.confidence,
            leaks=card.leaks,
            stops=card.stops,
            copy_first_confidence=card.copy_first_confidence,
            max_prompt_tokens=card.max_prompt_tokens,
            identity=_identity(self._options.model),
            agreement=card.agreement,
            preempts=True,
            text_prefix=embedder.text,
            query_prefix=embedder.query,
        )
        lacks_fim = form.order == "plain" and card.fim.order != "plain"
        self._loaded = _Loaded(header, form, ids, profile, tuple(card.copying), lacks_fim)
        return client

    def _say_once(self, sentence: str) -> None:
        if sentence not in self._said:
            self._said.add(sentence)
            self._say(sentence)

    async def _find_or_start(self, header: GgufHeader) -> EngineClient:
        client = await find_running(self._options, self._runtime_directory)
        if client is not None:
            return client
        measured = MeasuredPeaks(find_directories().data).for_model(self._options.model)

        gpus: Sequence[Device] = ()

        async def plan(free: int, gpus: Sequence[Device]) -> LoadPlan:
            return await asyncio.to_thread(
                plan_load, header, self._options.load, free, gpus=gpus, measured=measured, smaller=self._smaller
            )

        async def rank(more: int) -> int:
            nonlocal gpus
            if not more and self._options.n_gpu_layers:
                # It is another process that reads them, so what was read is used until somebody has left.
                gpus = await asyncio.to_thread(find_gpus)
            return (await plan(await self._free() + more, emptied(gpus) if more else gpus)).n_reductions

        async with self._residency.room_for(self.name, rank):
            free = await self._free()
            # Refusing here costs nothing; the engine checks again, because memory may have gone meanwhile.
            require_fit(await plan(free, gpus))
            options = replace(
                self._options,
                memory_bytes=free if self._most_bytes else 0,
                smaller_by=self._shrinking.before_start(self._link.n_crashes),
            )
            return await connect_or_start(options, self._runtime_directory, self._log_directory)

    async def _free(self) -> int:
        """Return the bytes that a new engine may take."""
        free = free_memory()
        if not self._most_bytes:
            return free
        taken = sum(engine.n_bytes for engine in await running_engines(self._runtime_directory))
        return max(0, min(free, self._most_bytes - taken))

    def _known(self) -> _Loaded:
        assert self._loaded is not None
        return self._loaded


def _to_engine(parameters: CompletionParameters, prompt: Sequence[Any], stops: Sequence[str]) -> GenerateParameters:
    return GenerateParameters(
        prompt=prompt,
        max_tokens=parameters.max_tokens,
        stops=[*parameters.stops, *stops],
        sampling=SamplingParameters(
            temperature=parameters.temperature, top_p=parameters.top_p, top_k=parameters.top_k, seed=parameters.seed
        ),
        deadline_ms=parameters.deadline_ms,
        floor_logprob=parameters.floor_logprob,
        schema="" if parameters.schema is None else json.dumps(plain_schema(parameters.schema)),
    )


def _identity(model: Path) -> str:
    """Return what tells a file from any that may take its place."""
    try:
        status = model.stat()
    except OSError:
        return ""
    return f"file {model} {status.st_size} {status.st_mtime_ns}"


def _split(value: Delta | Usage, splitter: ThinkingSplitter) -> list[Delta | Usage]:
    """Return a value with what the model thinks aloud apart from what it answers (H18)."""
    if isinstance(value, Delta):
        text, reasoning = splitter.feed(value.text)
        return [replace(value, text=text, reasoning=reasoning)]
    text, reasoning = splitter.flush()
    return [Delta(text, reasoning=reasoning), value] if text or reasoning else [value]


def _from_engine(event: Mapping[str, Any], pieces: Sequence[SourcedPiece]) -> list[Delta | Usage]:
    if "done" not in event:
        return [Delta(event["text"], event["logprob"])]
    rest = str(event.get("rest", ""))
    usage = Usage(
        finish=str(event["done"]),
        prompt_tokens=int(event.get("prompt_tokens", 0)),
        reused_tokens=int(event.get("reused_tokens", 0)),
        decoded_tokens=int(event.get("decoded_tokens", 0)),
        generated_tokens=int(event.get("generated_tokens", 0)),
        tokens_by_source=tokens_by_source(pieces, event.get("piece_tokens", [])),
        queue_ms=float(event.get("queue_ms", 0.0)),
        first_token_ms=event.get("first_token_ms"),
        decode_ms=float(event.get("decode_ms", 0.0)),
        total_ms=float(event.get("total_ms", 0.0)),
    )
    return [Delta(rest), usage] if rest else [usage]
