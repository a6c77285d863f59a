import numpy as np
import pytest
from keras import ops

from zoo.decoding.top_tokens import top_tokens


@pytest.mark.parametrize("vocabulary", [1, 7, 997, 1000, 1024, 8000])
@pytest.mark.parametrize("k", [1, 5])
def test_agrees_with_a_full_sort(toys, vocabulary, k):
    k = min(k, vocabulary)
    draw = np.random.default_rng(vocabulary)
    logits = draw.normal(0, 3, (3, 2, vocabulary)).astype("float32")
    # All of the best in one block; impossible ones elsewhere.
    logits[0, 0, :k] += 20
    logits[1, 1, k:] = -np.inf
    found, tokens = map(ops.convert_to_numpy, top_tokens(logits, k))
    for index in np.ndindex(3, 2):
        expected = np.argsort(-logits[index], kind="stable")[:k]
        np.testing.assert_array_equal(tokens[index], expected)
        np.testing.assert_allclose(
            found[index], toys.log_softmax(logits[index])[expected], atol=2e-6
        )
    assert (found <= 0).all()


def test_survives_large_logits():
    logits = np.array([[[1e4, 1e4, -1e4]]], "float32")
    found, tokens = map(ops.convert_to_numpy, top_tokens(logits, 2))
    assert tokens.tolist() == [[[0, 1]]]
    np.testing.assert_allclose(found, np.log([[[0.5, 0.5]]]), rtol=1e-6)
