"""A `.tflite` file taken apart and put together again."""

import typing

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

_OPERATORS = {
    code: name
    for name, code in vars(schema.BuiltinOperator).items()
    if isinstance(code, int)
}
# What the format asks of every buffer, so that a runtime may use it in place.
_ALIGNMENT = 16


class _AlignedBuffer(schema.BufferT):
    def Pack(self, builder):
        if self.data is not None:
            builder.Prep(_ALIGNMENT, len(self.data))
        return super().Pack(builder)


class SharedQuantization(schema.QuantizationParametersT):
    """Scales that several tensors refer to: written once."""

    _written = None

    def Pack(self, builder):
        if self._written is None or self._written[0] is not builder:
            self._written = builder, super().Pack(builder)
        return self._written[1]


def parse(content) -> typing.Any:
    """The bytes of a `.tflite` file as a `ModelT` of the format's schema."""
    return schema.ModelT.InitFromPackedBuf(content, 0)


def serialize(model):
    """A `ModelT` as the bytes of a `.tflite` file."""
    model.buffers = [
        _AlignedBuffer(buffer.data, buffer.offset, buffer.size)
        for buffer in model.buffers
    ]
    builder = flatbuffers.Builder(1 << 20)
    builder.Finish(model.Pack(builder), file_identifier=b"TFL3")
    return bytes(builder.Output())


def as_bytes(data):
    """Bytes in the form that buffers hold."""
    return np.frombuffer(data, np.uint8)


def add_buffer(model, data):
    """Adds a buffer and returns its index."""
    model.buffers.append(schema.BufferT(data=as_bytes(data)))
    return len(model.buffers) - 1


def add_metadata(model, entries):
    """Adds named bytes that readers of the file find without a runtime."""
    model.metadata = [
        *(model.metadata or []),
        *(
            schema.MetadataT(name=name.encode(), buffer=add_buffer(model, data))
            for name, data in entries.items()
        ),
    ]


def operator_name(model, operator):
    """The built-in operator's name, e.g. `"FULLY_CONNECTED"`."""
    return _name(model.operatorCodes[operator.opcodeIndex])


def operator_code(model, name, version):
    """The index of a built-in operator's code, which is added if it is new."""
    builtin = getattr(schema.BuiltinOperator, name)
    for index, code in enumerate(model.operatorCodes):
        if _name(code) == name:
            code.version = max(code.version, version)
            return index
    # Old readers know the first 127 operators from the narrower field alone.
    model.operatorCodes.append(
        schema.OperatorCodeT(
            deprecatedBuiltinCode=min(builtin, 127),
            builtinCode=builtin,
            version=version,
        )
    )
    return len(model.operatorCodes) - 1


def operator_names(model):
    """Names of all operators in a file; those not built in by their own names.

    Returns:
        Two sorted lists: built-in operators, and custom ones (TensorFlow's own, which
        need the Flex delegate, begin with `Flex`).
    """
    builtin, custom = set(), set()
    for code in model.operatorCodes:
        name = _name(code)
        if name == "CUSTOM":
            custom.add((code.customCode or b"?").decode())
        else:
            builtin.add(name)
    return sorted(builtin), sorted(custom)


def check_operators(model):
    """Refuses a file that the stock runtime would refuse.

    Raises:
        ValueError: when an operator is not built in.
    """
    _, custom = operator_names(model)
    if custom:
        raise ValueError(unsupported(custom))


def unsupported(names):
    """What to say of operators that no stock LiteRT runtime has."""
    return (
        f"Expected built-in LiteRT operators alone, got {', '.join(names)}. Write that "
        "part of the model in keras.ops that convert: for instance a static buffer and "
        "ops.slice_update in the place of a TensorArray."
    )


def _name(code):
    return _OPERATORS[max(code.builtinCode, code.deprecatedBuiltinCode)]
