"""Smaller weights in a `.tflite` file: int8 with a scale a row, or float16."""

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from zoo.export.tflite_file import (
    SharedQuantization,
    add_buffer,
    as_bytes,
    operator_code,
    operator_name,
)

# Smaller arrays save nothing worth their rounding.
_SMALLEST = 1024
# The first versions of the operators that read int8 rows with a scale each.
_FULLY_CONNECTED_VERSION = 12
_EMBEDDING_LOOKUP_VERSION = 4
_DEQUANTIZE_VERSION = 2


def store_int8(model):
    """Stores weight matrices as int8, each row with its own scale, in place.

    Dynamic range: products quantise their float inputs on the fly. A matrix that
    several operators share, as a tied embedding is shared by the lookup and the
    logits, stays one buffer: lookups become EMBEDDING_LOOKUP, which reads the int8
    rows that FULLY_CONNECTED reads.
    """
    for buffer, uses in _matrices(model).items():
        subgraph, tensor = uses[0][:2]
        values = _values(model, subgraph.tensors[tensor])
        scales = np.abs(values).max(axis=1) / 127
        scales[scales == 0] = 1.0
        rounded = np.clip(np.rint(values / scales[:, None]), -127, 127)
        model.buffers[buffer].data = as_bytes(rounded.astype(np.int8).tobytes())
        quantization = SharedQuantization(
            scale=scales.astype(np.float32),
            zeroPoint=np.zeros(len(scales), np.int64),
            quantizedDimension=0,
        )
        for subgraph, tensor, operator in uses:
            matrix = subgraph.tensors[tensor]
            matrix.type = schema.TensorType.INT8
            matrix.quantization = quantization
            if operator_name(model, operator) == "FULLY_CONNECTED":
                operator.builtinOptions.asymmetricQuantizeInputs = True
                operator_code(model, "FULLY_CONNECTED", _FULLY_CONNECTED_VERSION)
            else:
                _look_up(model, subgraph, operator)


def store_float16(model):
    """Stores weight matrices as float16, in place; they are computed with as float32.

    Each becomes the input of a DEQUANTIZE, which runtimes fold into its readers or
    compute once.
    """
    widened = {}
    code = operator_code(model, "DEQUANTIZE", _DEQUANTIZE_VERSION)
    for buffer, uses in _matrices(model).items():
        subgraph, tensor = uses[0][:2]
        values = _values(model, subgraph.tensors[tensor])
        model.buffers[buffer].data = as_bytes(values.astype(np.float16).tobytes())
        for subgraph, tensor, _ in uses:
            if (id(subgraph), tensor) in widened:
                continue
            matrix = subgraph.tensors[tensor]
            narrow = _add_tensor(
                subgraph, matrix, matrix.shape, schema.TensorType.FLOAT16, buffer
            )
            matrix.buffer = 0
            widened[id(subgraph), tensor] = schema.OperatorT(
                opcodeIndex=code,
                inputs=np.array([narrow], np.int32),
                outputs=np.array([tensor], np.int32),
                builtinOptionsType=schema.BuiltinOptions.DequantizeOptions,
                builtinOptions=schema.DequantizeOptionsT(),
            )
            subgraph.operators.insert(0, widened[id(subgraph), tensor])


def _matrices(model):
    """Buffers of weight matrices, each with its uses (subgraph, tensor, operator).

    A weight matrix is a constant that nothing reads but FULLY_CONNECTED, as its
    weights, and GATHER, as a table of rows.
    """
    uses, other = {}, set()
    for subgraph in model.subgraphs:
        for operator in subgraph.operators:
            name = operator_name(model, operator)
            for place, tensor in enumerate(operator.inputs):
                if tensor < 0:
                    continue
                matrix = subgraph.tensors[tensor]
                data = model.buffers[matrix.buffer].data
                if data is None or matrix.type != schema.TensorType.FLOAT32:
                    continue
                rows = (name, place) == ("FULLY_CONNECTED", 1) or (
                    (name, place) == ("GATHER", 0)
                    and operator.builtinOptions.axis == 0
                    and operator.builtinOptions.batchDims == 0
                )
                if rows and len(matrix.shape) == 2 and len(data) >= 4 * _SMALLEST:
                    use = subgraph, int(tensor), operator
                    uses.setdefault(matrix.buffer, []).append(use)
                else:
                    other.add(matrix.buffer)
    return {buffer: found for buffer, found in uses.items() if buffer not in other}


def _values(model, tensor):
    data = np.asarray(model.buffers[tensor.buffer].data)
    return data.view(np.float32).reshape(tensor.shape)


def _look_up(model, subgraph, gather):
    """Turns a GATHER of rows into EMBEDDING_LOOKUP, whose ids have one axis."""
    table, ids = gather.inputs
    rows = gather.outputs[0]
    shape = subgraph.tensors[rows].shape
    count = int(np.prod(shape[:-1]))
    flat_ids = _add_tensor(subgraph, subgraph.tensors[ids], [count])
    flat_rows = _add_tensor(subgraph, subgraph.tensors[rows], [count, shape[-1]])
    place = next(i for i, o in enumerate(subgraph.operators) if o is gather)
    subgraph.operators[place : place + 1] = [
        _reshape(model, subgraph, ids, flat_ids),
        schema.OperatorT(
            opcodeIndex=operator_code(
                model, "EMBEDDING_LOOKUP", _EMBEDDING_LOOKUP_VERSION
            ),
            inputs=np.array([flat_ids, table], np.int32),
            outputs=np.array([flat_rows], np.int32),
        ),
        _reshape(model, subgraph, flat_rows, rows),
    ]


def _reshape(model, subgraph, source, target):
    shape = np.array(subgraph.tensors[target].shape, np.int32)
    constant = schema.TensorT(
        shape=np.array([len(shape)], np.int32),
        type=schema.TensorType.INT32,
        buffer=add_buffer(model, shape.tobytes()),
        name=subgraph.tensors[target].name + b"/shape",
    )
    subgraph.tensors.append(constant)
    return schema.OperatorT(
        opcodeIndex=operator_code(model, "RESHAPE", 1),
        inputs=np.array([source, len(subgraph.tensors) - 1], np.int32),
        outputs=np.array([target], np.int32),
        builtinOptionsType=schema.BuiltinOptions.ReshapeOptions,
        builtinOptions=schema.ReshapeOptionsT(newShape=shape),
    )


def _add_tensor(subgraph, like, shape, kind=None, buffer=0):
    subgraph.tensors.append(
        schema.TensorT(
            shape=np.array(shape, np.int32),
            type=like.type if kind is None else kind,
            buffer=buffer,
            name=like.name + b"/stored",
            hasRank=True,
        )
    )
    return len(subgraph.tensors) - 1
