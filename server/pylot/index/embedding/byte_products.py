"""Whether this processor adds up products of bytes exactly, which decides how onnxruntime may multiply them.

Processors without VNNI add two products of an unsigned and a signed byte in 16 bits, where 2 x 255 x 127 is too much;
onnxruntime then has another, exact way, which takes nearly twice as long where it is not needed.
"""

from __future__ import annotations

from typing import Any

# An ONNX file with one MatMulInteger: `unsigned` (m x k) times `signed` (k x n) gives `sums`.
# `setup.embedder.onnx_file` writes it, and a test compares the two.
GRAPH = (
    b'\x08\x08\x12\x05pylot:\x8f\x01\n/\n\x08unsigned\n\x06signed\x12\x04sums\x1a\x04sums"\rMatMulInteger:\x00'
    b"Z\x1c\n\x08unsigned\x12\x10\n\x0e\x08\x02\x12\n\n\x03\x12\x01m\n\x03\x12\x01k"
    b"Z\x1a\n\x06signed\x12\x10\n\x0e\x08\x03\x12\n\n\x03\x12\x01k\n\x03\x12\x01n"
    b"b\x18\n\x04sums\x12\x10\n\x0e\x08\x06\x12\n\n\x03\x12\x01m\n\x03\x12\x01n"
    b"\x12\x08productsB\x04\n\x00\x10\x12B\x11\n\rcom.microsoft\x10\x01"
)
# Enough rows, columns and products for the kernels that large matrices are multiplied with.
_ROWS, _DEPTH, _COLUMNS = 8, 64, 32


def are_exact(onnxruntime: Any) -> bool:
    """Tell whether the largest products are added up to what they are; takes a few milliseconds."""
    import numpy as np

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(GRAPH, options, providers=["CPUExecutionProvider"])
    factors = {"unsigned": np.full((_ROWS, _DEPTH), 255, np.uint8), "signed": np.full((_DEPTH, _COLUMNS), 127, np.int8)}
    [sums] = session.run(None, factors)
    return bool((sums == 255 * 127 * _DEPTH).all())
