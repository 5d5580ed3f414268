"""Write an ONNX file: the few messages of it that a graph of dense layers needs.

The format is protocol buffers (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto), whose field numbers stand
beside the fields here. Written so, equal weights always give equal bytes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

FLOAT, INT8, INT64 = 1, 3, 7
MICROSOFT = "com.microsoft"

_IR_VERSION = 8
_OPERATORS = {"": 18, MICROSOFT: 1}
_ELEMENT_TYPES = {np.dtype("float32"): FLOAT, np.dtype("int8"): INT8, np.dtype("int64"): INT64}
_FLOAT_ATTRIBUTE, _INTEGER_ATTRIBUTE = 1, 2


@dataclass
class Graph:
    """A graph in the making; operators are added in the order in which they run."""

    name: str
    _nodes: list[bytes] = field(default_factory=list)
    _tensors: list[bytes] = field(default_factory=list)
    _inputs: list[bytes] = field(default_factory=list)
    _outputs: list[bytes] = field(default_factory=list)

    def constant(self, name: str, values: NDArray[np.generic]) -> str:
        """Add a tensor and return its name."""
        dims = b"".join(_integer(1, size) for size in values.shape)
        little_endian = values.astype(values.dtype.newbyteorder("<"), copy=False).tobytes()
        kind = _integer(2, _ELEMENT_TYPES[values.dtype])
        self._tensors.append(dims + kind + _text(8, name) + _bytes(9, little_endian))
        return name

    def node(self, operator: str, inputs: Sequence[str], *outputs: str, domain: str = "", **attributes: float) -> str:
        """Add an operator and return its first output; an empty name is an input that is left out."""
        wires = b"".join(_text(1, name) for name in inputs) + b"".join(_text(2, name) for name in outputs)
        settings = b"".join(_bytes(5, _attribute(name, value)) for name, value in attributes.items())
        self._nodes.append(wires + _text(3, outputs[0]) + _text(4, operator) + settings + _text(7, domain))
        return outputs[0]

    def takes(self, name: str, element_type: int, shape: Sequence[int | str]) -> str:
        """Declare an input; a word in its shape stands for any size."""
        self._inputs.append(_value(name, element_type, shape))
        return name

    def gives(self, name: str, element_type: int, shape: Sequence[int | str]) -> None:
        """Declare an output."""
        self._outputs.append(_value(name, element_type, shape))

    def to_bytes(self, metadata: Mapping[str, str]) -> bytes:
        """Return the whole file."""
        fields = ((1, self._nodes), (5, self._tensors), (11, self._inputs), (12, self._outputs))
        graph = b"".join(_bytes(number, each) for number, entries in fields for each in entries)
        operators = (_text(1, domain) + _integer(2, version) for domain, version in _OPERATORS.items())
        facts = (_text(1, key) + _text(2, value) for key, value in metadata.items())
        return (
            _integer(1, _IR_VERSION)
            + _text(2, "pylot")
            + _bytes(7, graph + _text(2, self.name))
            + b"".join(_bytes(8, entry) for entry in operators)
            + b"".join(_bytes(14, entry) for entry in facts)
        )


def _value(name: str, element_type: int, shape: Sequence[int | str]) -> bytes:
    sizes = (_integer(1, size) if isinstance(size, int) else _text(2, size) for size in shape)
    tensor = _integer(1, element_type) + _bytes(2, b"".join(_bytes(1, size) for size in sizes))
    return _text(1, name) + _bytes(2, _bytes(1, tensor))


def _attribute(name: str, value: float) -> bytes:
    if isinstance(value, int):
        return _text(1, name) + _integer(3, value) + _integer(20, _INTEGER_ATTRIBUTE)
    return _text(1, name) + _key(2, 5) + np.array(value, "<f4").tobytes() + _integer(20, _FLOAT_ATTRIBUTE)


def _integer(number: int, value: int) -> bytes:
    return _key(number, 0) + _varint(value % (1 << 64))


def _text(number: int, value: str) -> bytes:
    return _bytes(number, value.encode())


def _bytes(number: int, value: bytes) -> bytes:
    return _key(number, 2) + _varint(len(value)) + value


def _key(number: int, wire_type: int) -> bytes:
    return _varint(number << 3 | wire_type)


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
