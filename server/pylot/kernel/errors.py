"""The exceptions that Pylot raises on purpose.

PylotError
├── ConfigError            a configuration file or value cannot be used
├── ModelError             a model cannot be used
│   ├── ModelFileError     the file is missing, damaged or no GGUF
│   ├── ModelTooLargeError the model does not fit into free memory
│   ├── ModelDownloadError the file could not be fetched
│   ├── ModelAbilityError  the model lacks what was asked of it (fill-in-the-middle, chat, embeddings)
│   └── ModelAnswerError   the model's answer cannot be used, and asking again did not help
├── EngineError            the engine process failed
│   ├── EngineUnavailableError  it is not running and cannot be started now
│   └── EngineProtocolError     the peer broke the socket protocol
├── IndexWorkerError       the index worker failed
│   ├── IndexWorkerUnavailableError  it is not running and cannot be started now
│   ├── IndexWorkerCrashedError      it ended without a word while it started
│   └── IndexWorkerProtocolError     a peer broke its socket protocol
├── ProviderError          a model server that the user named failed
│   ├── ProviderUnavailableError   it refused, was silent for too long, broke off or answered with garbage
│   │   └── ProviderModelMissingError  it answers, but does not have the model
│   ├── ProviderRateLimitedError   it has had enough for now; `retry_after` says for how long
│   ├── ProviderAuthError          it does not accept the key
│   └── ProviderRequestError       it cannot take this request; `too_long` when the prompt exceeds its context
├── ActionRefusedError     a change of code cannot be made for certain, or would break something
│   └── EditMismatchError  the text that an edit should replace is not there, or not only there
├── StorageError           what Pylot keeps on disk cannot be read or written
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


class ModelDownloadError(ModelError):
    """The model's file could not be fetched."""


class ModelAbilityError(ModelError):
    """The model lacks an ability that was asked of it."""


class ModelAnswerError(ModelError):
    """The model's answer cannot be used, and asking again did not help."""


class EngineError(PylotError):
    """The engine process failed."""


class EngineUnavailableError(EngineError):
    """The engine is not running and cannot be started now."""


class EngineCrashedError(EngineError):
    """The engine ended without a word while it started."""


class EngineProtocolError(EngineError):
    """The peer broke the engine's socket protocol."""


class IndexWorkerError(PylotError):
    """The index worker failed."""


class IndexWorkerUnavailableError(IndexWorkerError):
    """The index worker is not running and cannot be started now."""


class IndexWorkerCrashedError(IndexWorkerError):
    """The index worker ended without a word while it started."""


class IndexWorkerProtocolError(IndexWorkerError):
    """A peer broke the index worker's socket protocol."""


class ProviderError(PylotError):
    """A model server that the user named failed; `begun` says that part of an answer had arrived."""

    def __init__(self, sentence: str, *, detail: str = "", begun: bool = False) -> None:
        super().__init__(sentence, detail=detail)
        self.begun = begun


class ProviderUnavailableError(ProviderError):
    """The server refused, was silent for too long, broke off or answered with garbage; another may do better."""


class ProviderModelMissingError(ProviderUnavailableError):
    """The server answers, but does not have the model."""


class ProviderRateLimitedError(ProviderError):
    """The server has had enough requests for now; `retry_after` are the seconds it asked for, None if it did not."""

    def __init__(self, sentence: str, *, retry_after: float | None = None, detail: str = "") -> None:
        super().__init__(sentence, detail=detail)
        self.retry_after = retry_after


class ProviderAuthError(ProviderError):
    """The server does not accept the key; trying again is no use."""


class ProviderRequestError(ProviderError):
    """The server cannot take this request; `too_long` says that the prompt exceeds its context."""

    def __init__(self, sentence: str, *, too_long: bool = False, detail: str = "") -> None:
        super().__init__(sentence, detail=detail)
        self.too_long = too_long


class ActionRefusedError(PylotError):
    """A change of code cannot be made for certain, or would break something."""


class EditMismatchError(ActionRefusedError):
    """The text that an edit should replace is not there, or not only there.

    `report` tells the edit's author what is there instead; it holds user code, so no log and no message may have it.
    """

    def __init__(self, sentence: str, *, report: str) -> None:
        super().__init__(sentence)
        self.report = report


class StorageError(PylotError):
    """What Pylot keeps on disk cannot be read or written."""


class OperationCancelledError(PylotError):
    """The caller no longer wants the answer."""
