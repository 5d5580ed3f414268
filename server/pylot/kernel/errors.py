"""The exceptions that Pylot raises on purpose.

PylotError
├── ConfigError            a configuration file or value cannot be used
├── ModelError             a model cannot be used
│   ├── ModelFileError     the file is missing, damaged or no GGUF
│   ├── ModelTooLargeError the model does not fit into free memory
│   └── ModelAbilityError  the model lacks what was asked of it (fill-in-the-middle, chat, embeddings)
├── EngineError            the engine process failed
│   ├── EngineUnavailableError  it is not running and cannot be started now
│   └── EngineProtocolError     the peer broke the socket protocol
└── OperationCancelledError     the caller no longer wants the answer
"""

from __future__ import annotations


class PylotError(Exception):
    """Carry one clear sentence for the user and the story for the log.

    Neither text may hold user code (invariant P4).
    """

    def __init__(self, sentence: str, *, detail: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.detail = detail


class ConfigError(PylotError):
    """A configuration file or value cannot be used."""


class ModelError(PylotError):
    """A model cannot be used."""


class ModelFileError(ModelError):
    """The model's file is missing, damaged or no GGUF."""


class ModelTooLargeError(ModelError):
    """The model does not fit into free memory."""


class ModelAbilityError(ModelError):
    """The model lacks an ability that was asked of it."""


class EngineError(PylotError):
    """The engine process failed."""


class EngineUnavailableError(EngineError):
    """The engine is not running and cannot be started now."""


class EngineProtocolError(EngineError):
    """The peer broke the engine's socket protocol."""


class OperationCancelledError(PylotError):
    """The caller no longer wants the answer."""

    def __init__(self, sentence: str = "The request was cancelled.", *, detail: str = "") -> None:
        super().__init__(sentence, detail=detail)
