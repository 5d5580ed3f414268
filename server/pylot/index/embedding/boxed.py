"""The embedder in the box: all-MiniLM-L6-v2 in 8 bits on onnxruntime (https://arxiv.org/abs/2002.10957).

`server/setup/embedder` makes its two files; where they are missing, search goes by words alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pylot.index.embedding import byte_products
from pylot.index.embedding.wordpiece import WordPiece
from pylot.kernel.errors import ModelError, ModelFileError
from pylot.models.settings import BOXED_EMBEDDER

if TYPE_CHECKING:
    from pylot.index.embedding.embedder import Vectors

FOLDER = Path(__file__).parent / "shipped"
MODEL_FILE, VOCABULARY_FILE = f"{BOXED_EMBEDDER}.onnx", "vocab.txt"
# Whoever changes how the file is made, or how texts are cut, counts on, so that everything is embedded again.
MODEL_ID = f"{BOXED_EMBEDDER} int8 1"
DIMENSIONS = 384
MOST_TOKENS = 256
MISSING = (
    "The embedder in the box is missing or damaged: in a clone of Pylot `make embedder` puts it there, elsewhere "
    "install Pylot again."
)


def is_boxed_embedder_here(folder: Path = FOLDER) -> bool:
    """Whether both files of the embedder are there; whether they are good is seen when they are loaded."""
    return all((folder / name).is_file() for name in (MODEL_FILE, VOCABULARY_FILE))


class BoxedEmbedder:
    """Embed on one thread of this process; text past 256 tokens is left out.

    Texts are run one by one: so each has the same vector whatever company it comes in, and a caller who embeds few at
    a time can stop soon (256 tokens take some 25 ms).

    Raises:
        ModelError: onnxruntime is not installed.
        ModelFileError: the files are missing or damaged.
    """

    model_id = MODEL_ID
    dimensions = DIMENSIONS

    def __init__(self, folder: Path = FOLDER) -> None:
        try:
            vocabulary = (folder / VOCABULARY_FILE).read_text(encoding="utf-8").rstrip("\n")
            self._pieces = WordPiece(vocabulary.split("\n"))
            self._session = _load(folder / MODEL_FILE)
        except (OSError, ValueError, KeyError) as error:
            raise ModelFileError(MISSING, detail=f"{folder}: {error!r}") from error

    def allows(self, file: str) -> bool:
        """Whether it may be given texts of a file: always, because nothing leaves this process."""
        return True

    def embed(self, texts: Sequence[str], *, file: str) -> Vectors:
        """Return one vector per text, n x 384."""
        import numpy as np

        vectors = np.empty((len(texts), DIMENSIONS), np.float32)
        for row, text in enumerate(texts):
            vectors[row] = self.embed_query(text)
        return vectors

    def embed_query(self, text: str) -> Vectors:
        """Return the vector of one text, 384 numbers; this model knows no difference between question and answer."""
        import numpy as np

        tokens = np.array([self._pieces.tokens(text, MOST_TOKENS)], np.int64)
        vector: Vectors = self._session.run(None, {"tokens": tokens})[0][0]
        return vector


def _load(path: Path) -> Any:
    """Return an onnxruntime session.

    Raises:
        ValueError: the file is damaged.
    """
    try:
        import onnxruntime
    except ImportError as error:
        sentence = "onnxruntime is not installed, which the embedder in the box runs on: pip install 'pylot[index]'."
        raise ModelError(sentence, detail=repr(error)) from error
    # Windows builds of the library report their use to their maker unless they are told not to.
    onnxruntime.disable_telemetry_events()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    # Waiting threads would keep a core busy that the user's editor needs.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    content = path.read_bytes()
    try:
        if not byte_products.are_exact(onnxruntime):
            options.add_session_config_entry("session.x64quantprecision", "1")
        return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except Exception as error:
        # The library raises a class of its own for each of its status codes, with no common base.
        raise ValueError(str(error)) from error
