"""llama.cpp through llama-cpp-python's low-level API: one model, one context, one preallocated batch.

Only the decode thread may call these methods, except those that only read the vocabulary, and `request_abort`.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from llama_cpp import llama_cpp as lib

from pylot.engine.facts import ModelFacts
from pylot.engine.llama_grammar import LlamaGrammar
from pylot.engine.resources import N_SEQUENCES, UBATCH, KvType
from pylot.engine.sampling import Logits
from pylot.kernel.errors import EngineError, ModelFileError, ModelTooLargeError

_VOCAB_TYPE_SPM = 1
_ABORTED = 2
_NO_MEMORY = -2
_POOLING_NONE, _POOLING_MEAN = 0, 1
_SPACE_GUARD = "\n"
# Threads that meet after every operation of a small model wait for each other longer than they compute.
_ONE_THREAD_GENERATES_BYTES = 64 << 20
# A second thread reads the prompts of a tiny model little sooner, and where others want its core, the first waits for
# it: 1,024 tokens of a 2 MB model take 55 ms and 37 ms on one and two quiet cores, 0.17 s and 2.0 s on busy ones.
_ONE_THREAD_READS_BYTES = 16 << 20
# Parameters times tokens that one core gets through in a second, rather too few (`reference/engine.md` section 3).
_PARAMETERS_PER_SECOND = 50e9

# The binding is untyped: what it hands out is only ever handed back to it.
_Handle = Any


class DecodeAbortedError(EngineError):
    """The abort flag stopped a decode; the batch is not in the KV cache."""


class NoRoomError(EngineError):
    """The KV cache has no room for the batch."""


class MemoryExhaustedError(EngineError):
    """There was no memory to compute in; only an engine that takes less can go on."""


@dataclass(frozen=True, slots=True)
class RuntimeParameters:
    """How to load a model; lengths in tokens.

    0 threads means one per usable core, eight at most, and one alone for a model of less than 16 MiB.
    `keeps_states` makes room for a further sequence, without which no state can be taken out.
    """

    n_ctx: int = 4096
    n_sequences: int = N_SEQUENCES
    n_ubatch: int = UBATCH
    n_threads: int = 0
    n_gpu_layers: int = 0
    repack: bool = True
    kv_type: KvType = "f16"
    keeps_states: bool = False


class LlamaRuntime:
    """Own a loaded model.

    Raises:
        ModelFileError: llama.cpp refuses the file.
        ModelTooLargeError: there is no memory for the context.
    """

    def __init__(self, path: Path, parameters: RuntimeParameters, *, notes: Sequence[str] = ()) -> None:
        begin = time.monotonic()
        lib.llama_backend_init()
        self._model = self._load(path, parameters)
        self._vocab = lib.llama_model_get_vocab(self._model)
        self.n_vocab = lib.llama_vocab_n_tokens(self._vocab)
        self.n_ubatch = parameters.n_ubatch
        self._n_gpu_layers = parameters.n_gpu_layers
        n_bytes = lib.llama_model_size(self._model)
        self._are_threads_chosen = parameters.n_threads > 0
        self.n_threads = parameters.n_threads or (1 if n_bytes < _ONE_THREAD_READS_BYTES else _default_threads())
        n_train = lib.llama_model_n_ctx_train(self._model)
        try:
            self._context = self._new_context(parameters, embeddings=False)
        except ModelTooLargeError:
            lib.llama_model_free(self._model)
            raise
        self._embedder: _Handle | None = None
        self._memory = lib.llama_get_memory(self._context)
        self._aside = parameters.n_sequences if self._n_sequences_of(parameters) > parameters.n_sequences else None
        self._batch = lib.llama_batch_init(self.n_ubatch, 0, 1)
        self._abort_flag = ctypes.create_string_buffer(2)
        self._install_abort(self._context)
        self._space_guard = self._space_guard_tokens()
        self._logits_type = ctypes.c_float * self.n_vocab
        self._pieces: dict[int, bytes] = {}
        n_ctx = lib.llama_n_ctx(self._context)
        self.facts = ModelFacts(
            path=str(path),
            description=self._description(),
            n_vocab=self.n_vocab,
            n_ctx_train=n_train,
            n_ctx=n_ctx,
            n_ctx_sequence=min(n_ctx, n_train) if n_train > 0 else n_ctx,
            n_sequences=parameters.n_sequences,
            n_threads=self.n_threads,
            bos=lib.llama_vocab_bos(self._vocab),
            eos=lib.llama_vocab_eos(self._vocab),
            add_bos=bool(lib.llama_vocab_get_add_bos(self._vocab)),
            fim=self._fim_tokens(),
            has_chat_template=bool(self.chat_template()),
            has_tool_template="tools" in self.chat_template(),
            load_ms=(time.monotonic() - begin) * 1000,
            notes=notes,
        )

    # Tokens

    def tokenize(self, text: str) -> list[int]:
        """Return the tokens of plain text; what spells a special token stays text."""
        if not text:
            return []
        if not self._space_guard:
            return self._tokenize(text)
        # SentencePiece vocabularies put a space before the text; a guard in front takes it and is cut off again.
        tokens = self._tokenize(_SPACE_GUARD + text)
        n_guard = len(self._space_guard)
        return tokens[n_guard:] if tokens[:n_guard] == self._space_guard else self._tokenize(text)

    def tokenize_template(self, text: str) -> list[int]:
        """Return the tokens of a rendered chat template, whose special tokens count as such."""
        return self._tokenize(text, special=True)

    def piece(self, token: int) -> bytes:
        """Return the bytes of one token; special tokens give none."""
        known = self._pieces.get(token)
        if known is None:
            buffer = ctypes.create_string_buffer(64)
            size = lib.llama_token_to_piece(self._vocab, token, buffer, len(buffer), 0, False)
            if size < 0:
                buffer = ctypes.create_string_buffer(-size)
                size = lib.llama_token_to_piece(self._vocab, token, buffer, len(buffer), 0, False)
            known = self._pieces[token] = buffer.raw[: max(size, 0)]
        return known

    def piece_text(self, token: int) -> str:
        """Return how a special token is spelled, empty for -1."""
        text = lib.llama_vocab_get_text(self._vocab, token) if token >= 0 else b""
        return text.decode("utf-8", "replace") if text else ""

    def is_end(self, token: int) -> bool:
        """Whether a token ends the generation."""
        return bool(lib.llama_vocab_is_eog(self._vocab, token))

    def is_control(self, token: int) -> bool:
        """Whether a token is a control token, which has no text of its own."""
        return bool(lib.llama_vocab_is_control(self._vocab, token))

    def chat_template(self) -> str:
        """Return the model's own chat template, or an empty text."""
        template = lib.llama_model_chat_template(self._model, None)
        return template.decode("utf-8", "replace") if template else ""

    def grammar(self, gbnf: str) -> LlamaGrammar:
        """Return a grammar at its beginning, which the caller closes."""
        return LlamaGrammar(self._vocab, gbnf)

    @property
    def likely_prompt_speed(self) -> float | None:
        """How many tokens of a prompt it may read in a second, before that was measured; unknown on a GPU."""
        if self._n_gpu_layers:
            return None
        n_parameters = max(1, int(lib.llama_model_n_params(self._model)))
        return self.n_threads * _PARAMETERS_PER_SECOND / n_parameters

    # KV cache

    def decode(self, tokens: Sequence[int], position: int, sequence: int) -> Logits:
        """Decode at most `n_ubatch` tokens at a position of a sequence; return the last one's logits.

        After an error the caller truncates the sequence, of which a part may have been computed.

        Raises:
            DecodeAbortedError: the abort flag was set.
            NoRoomError: the KV cache is full.
            MemoryExhaustedError: there is no memory to compute in.
        """
        n_tokens = len(tokens)
        batch = self._batch
        batch.n_tokens = n_tokens
        for index, token in enumerate(tokens):
            batch.token[index] = token
            batch.pos[index] = position + index
            batch.n_seq_id[index] = 1
            batch.seq_id[index][0] = sequence
            batch.logits[index] = index == n_tokens - 1
        result = lib.llama_decode(self._context, batch)
        if result != 0:
            if result == _ABORTED:
                raise DecodeAbortedError("The computation was aborted.")
            if result == 1:
                raise NoRoomError("The model's context is full.")
            if result == _NO_MEMORY:
                raise MemoryExhaustedError("The model ran out of memory while it answered; its engine starts again.")
            raise EngineError("The model could not compute an answer.", detail=f"llama_decode returned {result}")
        # `as_array` would take ten times as long to make the same view.
        address = ctypes.addressof(lib.llama_get_logits_ith(self._context, -1).contents)
        return np.frombuffer(self._logits_type.from_address(address), np.float32)

    def truncate(self, sequence: int, n_keep: int) -> bool:
        """Forget a sequence from a position on; false when the model's memory can only be cleared whole."""
        return bool(lib.llama_memory_seq_rm(self._memory, sequence, n_keep, -1))

    def clear(self, sequence: int) -> None:
        """Forget a whole sequence."""
        lib.llama_memory_seq_rm(self._memory, sequence, -1, -1)

    def copy(self, source: int, target: int, n_tokens: int) -> None:
        """Share the first tokens of one sequence with another, which is emptied first."""
        self.clear(target)
        lib.llama_memory_seq_cp(self._memory, source, target, 0, n_tokens)

    def n_cached(self, sequence: int) -> int:
        """Return how many positions llama.cpp holds for a sequence."""
        return int(lib.llama_memory_seq_pos_max(self._memory, sequence)) + 1

    @property
    def keeps_states(self) -> bool:
        """Whether states can be taken out and put back."""
        return self._aside is not None

    def state(self, sequence: int, n_tokens: int) -> bytearray:
        """Return what is held for the first tokens of a sequence; only where states are kept."""
        assert self._aside is not None
        self.copy(sequence, self._aside, n_tokens)
        try:
            data = bytearray(lib.llama_state_seq_get_size(self._context, self._aside))
            buffer = (ctypes.c_uint8 * len(data)).from_buffer(data)
            n_bytes = lib.llama_state_seq_get_data(self._context, buffer, len(data), self._aside)
        finally:
            self.clear(self._aside)
        del buffer
        return data[:n_bytes] if n_bytes < len(data) else data

    def set_state(self, sequence: int, data: bytes | bytearray, n_tokens: int) -> bool:
        """Fill an empty sequence with a state of so many tokens; false, and nothing is held, where that fails."""
        buffer = (ctypes.c_uint8 * len(data)).from_buffer_copy(data)
        n_read = lib.llama_state_seq_set_data(self._context, buffer, len(data), sequence)
        if n_read == len(data) and self.n_cached(sequence) == n_tokens:
            return True
        self.clear(sequence)
        return False

    # Embeddings

    def embed(self, text: str) -> tuple[list[float], int]:
        """Return a normalized vector for a text and the tokens used, those that the model opens and closes with too.

        Text past 2048 tokens, or past the length the model was trained for, is left out.

        Raises:
            DecodeAbortedError: the abort flag was set; nothing is kept, the text can be embedded again.
        """
        if self._embedder is None:
            self._embedder = self._new_context(RuntimeParameters(n_ctx=2048, n_threads=self.n_threads), embeddings=True)
            self._install_abort(self._embedder)
        context = self._embedder
        tokens = self._tokens_to_embed(text, lib.llama_n_batch(context))
        with self._whole_batch(tokens) as batch:
            # A model that only reads has no KV cache.
            if memory := lib.llama_get_memory(context):
                lib.llama_memory_clear(memory, True)
                result = lib.llama_decode(context, batch)
            else:
                result = lib.llama_encode(context, batch)
        if result == _ABORTED:
            raise DecodeAbortedError("The computation was aborted.")
        if result != 0:
            raise EngineError("The model could not embed a text.", detail=f"llama_decode returned {result}")
        pointer = lib.llama_get_embeddings_seq(context, 0)
        if not pointer:
            raise EngineError("The model gives no embeddings.")
        vector = np.ctypeslib.as_array(pointer, shape=(lib.llama_model_n_embd_out(self._model),)).astype(np.float64)
        norm = float(np.linalg.norm(vector))
        return (vector / norm if norm > 0 else vector).tolist(), len(tokens)

    def _tokens_to_embed(self, text: str, most: int) -> list[int]:
        tokens = self._tokenize(text, add_ends=True) or [max(lib.llama_vocab_bos(self._vocab), 0)]
        if len(tokens) <= most:
            return tokens
        # Some models look for the whole text's meaning in what closes it.
        is_closed = lib.llama_vocab_get_add_eos(self._vocab) or lib.llama_vocab_get_add_sep(self._vocab)
        return [*tokens[: most - 1], tokens[-1]] if is_closed else tokens[:most]

    @contextlib.contextmanager
    def _whole_batch(self, tokens: Sequence[int]) -> Iterator[Any]:
        """Yield a batch of one text, all of whose tokens count for its vector."""
        batch = lib.llama_batch_init(len(tokens), 0, 1)
        batch.n_tokens = len(tokens)
        for index, token in enumerate(tokens):
            batch.token[index] = token
            batch.pos[index] = index
            batch.n_seq_id[index] = 1
            batch.seq_id[index][0] = 0
            batch.logits[index] = True
        try:
            yield batch
        finally:
            lib.llama_batch_free(batch)

    # Life

    def request_abort(self) -> None:
        """Stop the running decode within milliseconds; may be called from any thread."""
        self._abort_flag.raw = b"x\0"

    def clear_abort(self) -> None:
        """Let decodes run again."""
        self._abort_flag.raw = b"\0\0"

    def close(self) -> None:
        """Free the model's memory."""
        lib.llama_batch_free(self._batch)
        for context in (self._context, self._embedder):
            if context is not None:
                lib.llama_free(context)
        lib.llama_model_free(self._model)

    def _load(self, path: Path, parameters: RuntimeParameters) -> _Handle:
        options = lib.llama_model_default_params()
        options.n_gpu_layers = parameters.n_gpu_layers
        options.use_extra_bufts = parameters.repack
        model = lib.llama_model_load_from_file(os.fsencode(path), options)
        if not model:
            raise ModelFileError(f"llama.cpp cannot load {path.name}: the file is damaged or of an unknown kind.")
        return model

    def _new_context(self, parameters: RuntimeParameters, *, embeddings: bool) -> _Handle:
        options = lib.llama_context_default_params()
        n_train = lib.llama_model_n_ctx_train(self._model)
        options.n_ctx = min(parameters.n_ctx, n_train) if embeddings and n_train > 0 else parameters.n_ctx
        options.n_batch = options.n_ctx
        options.n_ubatch = options.n_ctx if embeddings else parameters.n_ubatch
        is_small = lib.llama_model_size(self._model) < _ONE_THREAD_GENERATES_BYTES
        options.n_threads = 1 if is_small else self.n_threads
        # Texts are embedded in the background, where a second thread waits for its core: 5 texts a second become 1.2.
        is_alone = embeddings and is_small and not self._are_threads_chosen
        options.n_threads_batch = 1 if is_alone else self.n_threads
        options.no_perf = True
        if embeddings:
            options.embeddings = True
        else:
            options.n_seq_max = self._n_sequences_of(parameters)
            options.kv_unified = True
            if parameters.kv_type == "q8_0":
                options.type_k = options.type_v = lib.GGML_TYPE_Q8_0
                # Values can be kept in 8 bits only where flash attention reads them.
                options.flash_attn_type = lib.LLAMA_FLASH_ATTN_TYPE_ENABLED
        context = lib.llama_init_from_model(self._model, options)
        if context and embeddings and lib.llama_pooling_type(context) == _POOLING_NONE:
            lib.llama_free(context)
            options.pooling_type = _POOLING_MEAN
            context = lib.llama_init_from_model(self._model, options)
        if not context:
            raise ModelTooLargeError("The model's context could not be created: too little memory is free.")
        return context

    def _n_sequences_of(self, parameters: RuntimeParameters) -> int:
        """One more than asked for where a part of a sequence can be set aside to be taken out."""
        is_whole_only = lib.llama_model_is_recurrent(self._model) or lib.llama_model_is_hybrid(self._model)
        return parameters.n_sequences + (parameters.keeps_states and not is_whole_only)

    def _install_abort(self, context: _Handle) -> None:
        # strlen of a two-byte buffer is a native predicate: a Python callback would make decoding 67 times slower.
        libc = ctypes.cdll.msvcrt if sys.platform == "win32" else ctypes.CDLL(None)
        callback = ctypes.cast(libc.strlen, lib.ggml_abort_callback)
        lib.llama_set_abort_callback(context, callback, ctypes.addressof(self._abort_flag))

    def _tokenize(self, text: str, *, special: bool = False, add_ends: bool = False) -> list[int]:
        raw = text.encode("utf-8", "replace")
        size = len(raw) + 8
        buffer = (lib.llama_token * size)()
        n_tokens = lib.llama_tokenize(self._vocab, raw, len(raw), buffer, size, add_ends, special)
        if n_tokens < 0:
            size = -n_tokens
            buffer = (lib.llama_token * size)()
            n_tokens = lib.llama_tokenize(self._vocab, raw, len(raw), buffer, size, add_ends, special)
        return buffer[: max(n_tokens, 0)]

    def _space_guard_tokens(self) -> list[int]:
        if lib.llama_vocab_type(self._vocab) != _VOCAB_TYPE_SPM:
            return []
        return self._tokenize(_SPACE_GUARD)

    def _fim_tokens(self) -> dict[str, int]:
        readers = {
            "prefix": lib.llama_vocab_fim_pre,
            "suffix": lib.llama_vocab_fim_suf,
            "middle": lib.llama_vocab_fim_mid,
            "pad": lib.llama_vocab_fim_pad,
            "repo": lib.llama_vocab_fim_rep,
            "separator": lib.llama_vocab_fim_sep,
        }
        return {name: token for name, read in readers.items() if (token := read(self._vocab)) >= 0}

    def _description(self) -> str:
        buffer = ctypes.create_string_buffer(256)
        lib.llama_model_desc(self._model, buffer, len(buffer))
        return buffer.value.decode("utf-8", "replace")


def _default_threads() -> int:
    n_cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    # Beyond eight threads memory bandwidth, not arithmetic, is the limit of token generation.
    return max(1, min(n_cores, 8))
