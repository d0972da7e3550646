"""Rewrites ONNX networks so that they run faster: without denormal weights, or as TFLite.

LiteRT's XNNPACK kernels run a MobileFaceNet in a third of the time of onnxruntime. Only the operators that
these networks are made of are known: Conv (dense or depthwise), PRelu, Add, Reshape. Numbers stay float32,
and outputs agree to 1e-5. TFLite keeps channels last, so the input becomes (n, h, w, c).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import flatbuffers
import numpy as np
import onnx
from ai_edge_litert import schema_py_generated as tfl
from numpy.typing import NDArray
from onnx import numpy_helper

Weights = NDArray[np.float32]


def onnx_to_tflite(path: Path, batch: int) -> bytes:
    """The TFLite file of an ONNX file with one input and one output, for a fixed batch.

    Raises ValueError for an operator or an attribute that it does not know.
    """
    writer = _Writer(onnx.load(path).graph, batch)
    for node in writer.graph.node:
        writer.add(node)
    return writer.file()


def without_denormals(path: Path) -> bytes:
    """An ONNX file with weights too small for a normal float32 set to zero.

    Pruned networks are full of them, and a processor multiplies them many times slower: the 512-d face
    embedder takes 74 ms with them and 16 without, and its output moves by less than 1e-6.
    """
    model = onnx.load(path)
    for entry in model.graph.initializer:
        if entry.data_type == onnx.TensorProto.FLOAT:
            weights = numpy_helper.to_array(entry)
            if np.any(_denormal(weights)):
                entry.CopyFrom(numpy_helper.from_array(_flushed(weights), entry.name))
    return bytes(model.SerializeToString())


def _denormal(weights: Weights) -> NDArray[np.bool_]:
    return np.asarray((np.abs(weights) < np.finfo(np.float32).smallest_normal) & (weights != 0))


def _flushed(weights: Weights) -> Weights:
    return np.where(_denormal(weights), np.float32(0), weights)


class _Writer:
    """Appends operators to a TFLite subgraph; tensors are known by their ONNX names."""

    def __init__(self, graph: Any, batch: int) -> None:
        self.graph = graph
        self._weights: dict[str, Weights] = {
            i.name: _flushed(numpy_helper.to_array(i))
            for i in graph.initializer
            if i.data_type == onnx.TensorProto.FLOAT
        }
        self._model = tfl.ModelT()
        self._model.version = 3
        self._model.buffers = [tfl.BufferT()]
        self._model.operatorCodes = []
        self._subgraph = tfl.SubGraphT()
        self._subgraph.tensors, self._subgraph.operators = [], []
        self._model.subgraphs = [self._subgraph]
        self._index: dict[str, int] = {}
        self._codes: dict[int, int] = {}
        (source,) = [i for i in graph.input if i.name not in {w.name for w in graph.initializer}]
        _, channels, height, width = (d.dim_value for d in source.type.tensor_type.shape.dim)
        self._subgraph.inputs = [self._tensor(source.name, (batch, height, width, channels))]

    def add(self, node: Any) -> None:
        """Appends one ONNX node."""
        known = {"Conv": self._conv, "PRelu": self._prelu, "Add": self._sum, "Reshape": self._reshape}
        if node.op_type not in known:
            raise ValueError(f"no TFLite operator is known for {node.op_type}")
        known[node.op_type](node)

    def file(self) -> bytes:
        """The finished file."""
        self._subgraph.outputs = [self._index[self.graph.output[0].name]]
        builder = flatbuffers.Builder(1 << 20)
        builder.Finish(self._model.Pack(builder), b"TFL3")
        return bytes(builder.Output())

    def _conv(self, node: Any) -> None:
        attributes: dict[str, Any] = {a.name: list(a.ints) or a.i for a in node.attribute}
        weights = self._weights[node.input[1]]
        channels, bias = weights.shape[0], np.zeros(weights.shape[0], np.float32)
        if len(node.input) > 2:
            bias = self._weights[node.input[2]]
        depthwise = weights.shape[1] == 1 and attributes.get("group", 1) > 1
        stride = attributes["strides"][0]
        source, same = self._padded(node.input[0], attributes["pads"], stride)
        options: Any = tfl.DepthwiseConv2DOptionsT() if depthwise else tfl.Conv2DOptionsT()
        options.padding = tfl.Padding.SAME if same else tfl.Padding.VALID
        options.strideH = options.strideW = stride
        if depthwise:
            options.depthMultiplier = 1
        layout = (1, 2, 3, 0) if depthwise else (0, 2, 3, 1)
        kernel = self._constant(f"{node.output[0]}/kernel", weights.transpose(layout))
        height, width = (
            size if same else (size - weights.shape[2]) // stride + 1 for size in self._shape(source)[1:3]
        )
        shape = (self._shape(source)[0], height, width, channels)
        code = tfl.BuiltinOperator.DEPTHWISE_CONV_2D if depthwise else tfl.BuiltinOperator.CONV_2D
        inputs = [source, kernel, self._constant(f"{node.output[0]}/bias", bias)]
        kind = tfl.BuiltinOptions.DepthwiseConv2DOptions if depthwise else tfl.BuiltinOptions.Conv2DOptions
        self._operator(code, inputs, node.output[0], shape, kind=kind, options=options)

    def _padded(self, name: str, pads: list[int], stride: int) -> tuple[int, bool]:
        """The tensor to convolve, and whether TFLite's own padding SAME does what ONNX asks for.

        With a stride of 2 it does not: SAME then pads the far side only.
        """
        source = self._index[name]
        if not any(pads) or stride == 1:
            return source, any(pads)
        top, left, bottom, right = pads
        batch, height, width, channels = self._shape(source)
        amounts = np.array([[0, 0], [top, bottom], [left, right], [0, 0]], np.int32)
        shape = (batch, height + top + bottom, width + left + right, channels)
        inputs = [source, self._constant(f"{name}/pads", amounts)]
        kind = tfl.BuiltinOptions.PadOptions
        self._operator(
            tfl.BuiltinOperator.PAD, inputs, f"{name}/padded", shape, kind=kind, options=tfl.PadOptionsT()
        )
        return self._index[f"{name}/padded"], False

    def _prelu(self, node: Any) -> None:
        source = self._index[node.input[0]]
        slope = self._weights[node.input[1]].reshape(1, 1, -1)
        inputs = [source, self._constant(f"{node.output[0]}/slope", slope)]
        self._operator(tfl.BuiltinOperator.PRELU, inputs, node.output[0], self._shape(source))

    def _sum(self, node: Any) -> None:
        inputs = [self._index[name] for name in node.input]
        kind, options = tfl.BuiltinOptions.AddOptions, tfl.AddOptionsT()
        self._operator(
            tfl.BuiltinOperator.ADD,
            inputs,
            node.output[0],
            self._shape(inputs[0]),
            kind=kind,
            options=options,
        )

    def _reshape(self, node: Any) -> None:
        source = self._index[node.input[0]]
        batch, height, width, channels = self._shape(source)
        if (height, width) != (1, 1):
            raise ValueError("a Reshape of more than one pixel would need another order of channels")
        options = tfl.ReshapeOptionsT()
        options.newShape = [batch, channels]
        inputs = [source, self._constant(f"{node.output[0]}/shape", np.array(options.newShape, np.int32))]
        kind = tfl.BuiltinOptions.ReshapeOptions
        self._operator(
            tfl.BuiltinOperator.RESHAPE, inputs, node.output[0], (batch, channels), kind=kind, options=options
        )

    def _operator(
        self,
        code: int,
        inputs: list[int],
        output: str,
        shape: tuple[int, ...],
        *,
        kind: int = 0,
        options: Any = None,
    ) -> None:
        operator = tfl.OperatorT()
        operator.opcodeIndex = self._code(code)
        operator.inputs, operator.outputs = inputs, [self._tensor(output, shape)]
        operator.builtinOptionsType, operator.builtinOptions = kind, options
        self._subgraph.operators.append(operator)

    def _code(self, code: int) -> int:
        if code not in self._codes:
            entry = tfl.OperatorCodeT()
            entry.builtinCode = entry.deprecatedBuiltinCode = code
            entry.version = 1
            self._codes[code] = len(self._model.operatorCodes)
            self._model.operatorCodes.append(entry)
        return self._codes[code]

    def _constant(self, name: str, values: NDArray[Any]) -> int:
        buffer = tfl.BufferT()
        buffer.data = np.frombuffer(np.ascontiguousarray(values).tobytes(), np.uint8)
        self._model.buffers.append(buffer)
        kind = tfl.TensorType.INT32 if values.dtype == np.int32 else tfl.TensorType.FLOAT32
        return self._tensor(name, values.shape, len(self._model.buffers) - 1, kind)

    def _tensor(
        self, name: str, shape: tuple[int, ...], buffer: int = 0, kind: int = tfl.TensorType.FLOAT32
    ) -> int:
        tensor = tfl.TensorT()
        tensor.name, tensor.shape, tensor.buffer, tensor.type = name, list(shape), buffer, kind
        self._subgraph.tensors.append(tensor)
        self._index[name] = len(self._subgraph.tensors) - 1
        return self._index[name]

    def _shape(self, tensor: int) -> tuple[int, ...]:
        return tuple(self._subgraph.tensors[tensor].shape)
