"""The plain values that travel between those who ask models and the providers that answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum


class Urgency(Enum):
    """Who may wait for whom; providers map it to their own means."""

    COMPLETION = "completion"
    CHAT = "chat"
    SPECULATIVE = "speculative"
    QUERY = "query"
    AGENT = "agent"
    INDEX = "index"


@dataclass(frozen=True, slots=True)
class ContextChunk:
    """Text from elsewhere that the model should see; `source` names where it came from, for `pylot.explain`.

    `path` is what the model is told, `file` the whole path, which only decides to whom the text may go (P3).
    """

    source: str
    path: str
    text: str
    max_tokens: int
    file: str = ""


@dataclass(frozen=True, slots=True)
class FimPrompt:
    """A fill-in-the-middle prompt in the order of the document, not yet in any model's order.

    `head` is the text before the anchor and `tail` what stands between anchor and cursor, so that only `tail` changes
    while somebody types; `suffix` follows the cursor.
    Budgets are in tokens; head and tail are cut from their front, the suffix from its end.
    `path` is what the model is told, `file` the whole path, which only decides to whom the text may go (P3).
    `copy_from` are whole texts that a weak embedded model may copy from; they never leave the machine.
    """

    path: str
    head: str
    tail: str
    suffix: str
    context: tuple[ContextChunk, ...] = ()
    max_head_tokens: int = 1024
    max_suffix_tokens: int = 256
    max_tail_tokens: int = 300
    file: str = ""
    # Left out of the name that an answer is remembered by, which would be a megabyte long.
    copy_from: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Tool:
    """Something that a model may call; `parameters` is the JSON Schema of an object."""

    name: str
    description: str
    parameters: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call as a model has written it: its arguments are the text of a JSON object, and checked by nobody."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class CallPiece:
    """A piece of a call that a server streams; `index` tells the calls of one answer apart."""

    index: int
    id: str = ""
    name: str = ""
    arguments: str = ""


@dataclass(frozen=True, slots=True)
class CompletionParameters:
    """What to generate; `floor_logprob` ends a stream whose confidence falls below it.

    `copying` lets a model whose card says so copy from the code around.
    `reasoning` turns a chat model's thinking on or off; None leaves it to the model (H18).
    `schema` is a JSON Schema that a chat's answer should keep to, and `tools` are what the model may call in the
    model's own form; neither is sure to be kept to, so answers have to be checked (`models/structured`).
    `must_call` asks for a call rather than an answer.
    """

    max_tokens: int
    stops: tuple[str, ...] = ()
    temperature: float = 0.0
    top_p: float = 0.95
    top_k: int = 40
    seed: int = 0
    deadline_ms: float | None = None
    floor_logprob: float | None = None
    copying: bool = False
    reasoning: bool | None = None
    schema: Mapping[str, object] | None = None
    tools: tuple[Tool, ...] = ()
    must_call: bool = False


@dataclass(frozen=True, slots=True)
class Delta:
    """One generated token: its text (may be empty) and natural log-probability (None when unknown).

    `reasoning` is what the model thinks aloud, which is no part of the answer (H18).
    `calls` are pieces of calls in the model's own form, from servers that read it.
    """

    text: str
    logprob: float | None = None
    reasoning: str = ""
    calls: tuple[CallPiece, ...] = ()


@dataclass(frozen=True, slots=True)
class Usage:
    """What a request cost; times in milliseconds from the moment the provider was asked."""

    finish: str
    prompt_tokens: int = 0
    reused_tokens: int = 0
    decoded_tokens: int = 0
    generated_tokens: int = 0
    tokens_by_source: Mapping[str, int] = field(default_factory=dict)
    queue_ms: float = 0.0
    first_token_ms: float | None = None
    decode_ms: float = 0.0
    total_ms: float = 0.0


ANY_FILE = "*"
"""Stands among the files of a message that may quote whatever is in the workspace."""


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """One message of a conversation; roles are `system`, `user`, `assistant` and `tool`.

    `calls` is what an assistant has called, `call_id` the call that a tool's message is the result of.
    `files` are the whole paths of what it quotes, which only decide to whom the text may go (P3).
    """

    role: str
    content: str
    calls: tuple[ToolCall, ...] = ()
    call_id: str = ""
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ModelProfile:
    """What those who ask need to know of a model: its name, room and abilities, and its calibration.

    `prefix_first` says that prompts begin with the text before the cursor, so that they can be prepared before the
    cursor's place is known.
    `confidence` is a piecewise linear map from the smallest token probability to the share that was right.
    `copy_first_confidence` is the confidence from which a copied line is shown without asking this model.
    `identity` names this very model for what is kept about it, and another one at the same place differently.
    `native_tools` says that the provider reads calls in the model's own form.
    `agreement` is what is added to the log odds when a copied line says the same as this model.
    `prompt_speed` is how many tokens of a prompt it reads in a second, as far as that was measured.
    `preempts` says that what nobody waits for never holds up what somebody does wait for.
    `text_prefix` and `query_prefix` stand in front of what is embedded to be found, and of what is looked for.
    """

    name: str
    context_tokens: int
    has_fim: bool
    prefix_first: bool
    can_chat: bool
    confidence: Sequence[tuple[float, float]]
    leaks: Sequence[str]
    stops: Sequence[str]
    copy_first_confidence: float
    max_prompt_tokens: int
    identity: str = ""
    native_tools: bool = False
    agreement: float = 0.7
    preempts: bool = False
    prompt_speed: float | None = None
    text_prefix: str = ""
    query_prefix: str = ""
