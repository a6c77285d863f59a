import keras
import numpy as np
import pytest
from keras import ops


def _check_layer(layer, *inputs, shapes, atol=1e-6, **keywords):
    """What every layer must do: serialise, build, run both ways, train, mix precision.

    Args:
        layer: a fresh layer.
        *inputs: arrays it is called with.
        shapes: shape or list of shapes of its outputs.
        atol: between the same call made twice.
        **keywords: further arguments of the call.
    """
    config = layer.get_config()
    again = type(layer).from_config(config)
    assert again.get_config() == config

    eager = keras.tree.flatten(layer(*inputs, **keywords))
    shapes = [shapes] if isinstance(shapes, tuple) else shapes
    assert [tuple(output.shape) for output in eager] == shapes

    symbolic = [keras.Input(x.shape[1:], dtype=str(x.dtype)) for x in inputs]
    outputs = layer(*symbolic, **keywords)
    assert [x.shape[1:] for x in keras.tree.flatten(outputs)] == [s[1:] for s in shapes]

    again(*inputs, **keywords)
    assert len(again.weights) == len(layer.weights)
    for mine, theirs in zip(layer.weights, again.weights, strict=True):
        assert mine.shape == theirs.shape
        theirs.assign(mine)
    for mine, theirs in zip(
        eager, keras.tree.flatten(again(*inputs, **keywords)), strict=True
    ):
        np.testing.assert_allclose(mine, theirs, atol=atol)

    if layer.trainable_weights:
        _check_training_step(layer, inputs, keywords)
    for policy in ("mixed_float16", "mixed_bfloat16"):
        _check_mixed(layer, policy, inputs, keywords)


def _check_training_step(layer, inputs, keywords):
    symbolic = [keras.Input(x.shape[1:], dtype=str(x.dtype)) for x in inputs]
    first = keras.tree.flatten(layer(*symbolic, **keywords))[0]
    model = keras.Model(symbolic, first)
    model.compile(optimizer=keras.optimizers.SGD(0.1), loss="mse", jit_compile=False)
    before = [np.array(weight) for weight in layer.trainable_weights]
    target = np.random.default_rng(0).normal(
        size=(inputs[0].shape[0], *first.shape[1:])
    )
    loss = model.train_on_batch(list(inputs), target.astype("float32"))
    assert np.isfinite(loss)
    moved = [
        not np.array_equal(old, new)
        for old, new in zip(before, layer.trainable_weights, strict=True)
    ]
    assert any(moved)
    for weight, value in zip(layer.trainable_weights, before, strict=True):
        weight.assign(value)


def _check_mixed(layer, policy, inputs, keywords):
    config = {**layer.get_config(), "dtype": policy}
    if "attention" in config:
        config["attention"]["config"]["dtype"] = policy
    mixed = type(layer).from_config(config)
    outputs = keras.tree.flatten(mixed(*inputs, **keywords))
    compute = keras.dtype_policies.get(policy).compute_dtype
    for output in outputs:
        assert keras.backend.standardize_dtype(output.dtype) == compute
        assert np.isfinite(ops.convert_to_numpy(ops.cast(output, "float32"))).all()


@pytest.fixture
def check_layer():
    return _check_layer


@pytest.fixture
def rng():
    return np.random.default_rng(0)
