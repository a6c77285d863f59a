import numpy as np
import pytest

from zoo.layers import scores


def _numpy(weight):
    return np.asarray(weight, "float64")


def _additive(layer, s, h):
    query = s @ _numpy(layer.query_projection.kernel)
    keys = h @ _numpy(layer.memory_projection.kernel)
    keys = keys + _numpy(layer.memory_projection.bias)
    hidden = np.tanh(query[:, :, None] + keys[:, None])
    return hidden @ _numpy(layer.energy.kernel)[:, 0]


def _general(layer, s, h):
    return np.einsum("bku,bsm,mu->bks", s, h, _numpy(layer.memory_projection.kernel))


def _dot(layer, s, h):
    return np.einsum("bku,bsu->bks", s, h)


def _scaled_dot(layer, s, h):
    return _dot(layer, s, h) / np.sqrt(h.shape[-1])


EQUATIONS = {
    "additive": _additive,
    "dot": _dot,
    "general": _general,
    "scaled_dot": _scaled_dot,
}


@pytest.mark.parametrize("name", sorted(scores.SCORES))
def test_score_is_its_equation(name, rng):
    s, h = rng.normal(size=(2, 3, 4)), rng.normal(size=(2, 5, 4))
    layer = scores.get(name)(units=6)
    layer.build(s.shape, h.shape)
    for weight in layer.weights:
        weight.assign(rng.normal(size=weight.shape))
    found = layer(s.astype("float32"), layer.prepare(h.astype("float32")))
    np.testing.assert_allclose(found, EQUATIONS[name](layer, s, h), atol=1e-5)
    assert layer.compute_output_shape(s.shape, h.shape) == tuple(found.shape)


@pytest.mark.parametrize("name", ["additive", "general"])
def test_query_and_memory_may_differ_in_depth(name):
    s, h = np.ones((2, 3, 4), "float32"), np.ones((2, 5, 7), "float32")
    layer = scores.get(name)(units=6)
    layer.build(s.shape, h.shape)
    assert layer(s, layer.prepare(h)).shape == (2, 3, 5)


@pytest.mark.parametrize("name", ["dot", "scaled_dot"])
def test_dot_refuses_unequal_depths(name):
    with pytest.raises(ValueError, match=r"\(2, 3, 4\).*\(2, 5, 7\).*general"):
        scores.get(name)().build((2, 3, 4), (2, 5, 7))


def test_unknown_score_lists_what_exists():
    with pytest.raises(ValueError, match="'additive'.*Did you mean 'scaled_dot'"):
        scores.get("scaled_dott")
