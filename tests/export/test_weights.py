import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter

from zoo.export.tflite_file import check_operators, parse, serialize
from zoo.export.weights import store_float16, store_int8

TYPES = {np.int8: schema.TensorType.INT8, np.float16: schema.TensorType.FLOAT16}


@pytest.fixture
def content(lively_tflite):
    return lively_tflite.read_bytes()


def _stored(content, store):
    file = parse(content)
    store(file)
    check_operators(file)
    return serialize(file)


def _first_step(content):
    token_ids = np.array([[5, 9, 17, 4, 2, *[0] * 27]], np.int32)
    interpreter = Interpreter(model_content=content)
    parts = interpreter.get_signature_runner("encode")(token_ids=token_ids)
    del parts["limit"]
    step = interpreter.get_signature_runner("step")
    return step(tokens=np.array([[1, 7, 30, 2]], np.int32), **parts)


def _kept(content, kind):
    """Distinct buffers of weights of a type, and the elements in them."""
    file = parse(content)
    buffers = {
        tensor.buffer
        for subgraph in file.subgraphs
        for tensor in subgraph.tensors
        if tensor.type == TYPES[kind] and file.buffers[tensor.buffer].data is not None
    }
    sizes = [len(file.buffers[index].data) for index in buffers]
    return len(buffers), sum(sizes) // np.dtype(kind).itemsize


@pytest.mark.parametrize(
    ("store", "kind", "tolerance"),
    [(store_int8, np.int8, 0.05), (store_float16, np.float16, 3e-3)],
)
def test_smaller_weights_say_almost_the_same(
    lively_translator, content, store, kind, tolerance
):
    smaller = _stored(content, store)
    expected, found = _first_step(content), _first_step(smaller)
    for name, values in expected.items():
        spread = values.max() - values.min()
        np.testing.assert_allclose(found[name], values, atol=tolerance * spread)
    # Every matrix once, the embedding among them, though five graphs read it.
    matrices = [w.shape for w in lively_translator.weights if len(w.shape) == 2]
    sizes = [int(np.prod(shape)) for shape in matrices]
    sizes = [size for size in sizes if size >= 1024]
    assert _kept(smaller, kind) == (len(sizes), sum(sizes))
    saved = sum(sizes) * (4 - np.dtype(kind).itemsize)
    assert len(content) - len(smaller) > 0.5 * saved


def test_int8_rows_have_scales_of_their_own(lively_translator, content):
    file = parse(_stored(content, store_int8))
    embedding = lively_translator.weights[0].numpy()
    tables = [
        tensor
        for subgraph in file.subgraphs
        for tensor in subgraph.tensors
        if tensor.type == schema.TensorType.INT8 and tensor.shape[0] == 60
    ]
    assert len({tensor.buffer for tensor in tables}) == 1
    scales = tables[0].quantization.scale
    np.testing.assert_allclose(scales, np.abs(embedding).max(axis=1) / 127, rtol=1e-6)
    values = np.asarray(file.buffers[tables[0].buffer].data).view(np.int8)
    np.testing.assert_allclose(
        values.reshape(60, -1) * scales[:, None],
        embedding,
        atol=float(scales.max()) / 2 * 1.001,
    )


def test_scales_are_written_once(content):
    file = parse(content)
    bare = len(serialize(parse(content)))
    store_int8(file)
    smaller = serialize(file)
    # Five graphs refer to the embedding's 60 scales and zero points.
    again = parse(smaller)
    repeated = len(serialize(again)) - len(smaller)
    assert repeated >= 4 * 60 * (4 + 8)
    assert len(smaller) < bare


def test_a_row_of_zeros(content):
    file = parse(content)
    embedding = next(
        tensor
        for tensor in file.subgraphs[0].tensors
        if tensor.shape is not None
        and tensor.shape.tolist() == [60, 32]
        and file.buffers[tensor.buffer].data is not None
    )
    data = np.array(file.buffers[embedding.buffer].data)
    data.view(np.float32).reshape(60, 32)[7] = 0
    file.buffers[embedding.buffer].data = data
    store_int8(file)
    logits = _first_step(serialize(file))["logits"]
    assert np.isfinite(logits).all()
    np.testing.assert_array_equal(logits[..., 7], 0)
