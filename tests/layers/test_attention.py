import numpy as np
import pytest

from zoo.layers import Attention, scores


@pytest.mark.parametrize("score", sorted(scores.SCORES))
def test_is_a_keras_layer(score, check_layer, rng):
    query = rng.normal(size=(2, 3, 4)).astype("float32")
    memory = rng.normal(size=(2, 5, 4)).astype("float32")
    check_layer(Attention(score, units=6), query, memory, shapes=[(2, 3, 4), (2, 3, 5)])


def test_context_is_the_weighted_sum_of_the_memory(rng):
    query = rng.normal(size=(2, 3, 4)).astype("float32")
    memory = rng.normal(size=(2, 5, 6)).astype("float32")
    context, weights = Attention("additive", units=6)(query, memory)
    np.testing.assert_allclose(
        context, np.einsum("bts,bsm->btm", weights, memory), atol=1e-5
    )


@pytest.mark.parametrize("score", sorted(scores.SCORES))
def test_padding_and_neighbours_change_nothing(score, rng):
    attention = Attention(score, units=6)
    query = rng.normal(size=(1, 3, 4)).astype("float32")
    memory = rng.normal(size=(1, 5, 4)).astype("float32")
    context, weights = attention(query, memory)
    padded = np.concatenate([memory, 1e3 * np.ones((1, 10, 4), "float32")], axis=1)
    both = np.concatenate([padded, rng.normal(size=padded.shape)]).astype("float32")
    mask = np.arange(15) < np.array([[5], [15]])
    context_2, weights_2 = attention(np.repeat(query, 2, 0), both, mask=mask)
    np.testing.assert_allclose(context_2[:1], context, atol=1e-5)
    np.testing.assert_allclose(weights_2[:1, :, :5], weights, atol=1e-5)
    assert not np.asarray(weights_2)[0, :, 5:].any()


@pytest.mark.parametrize("score", sorted(scores.SCORES))
def test_permuting_the_memory_permutes_the_weights(score, rng):
    attention = Attention(score, units=6)
    query = rng.normal(size=(2, 3, 4)).astype("float32")
    memory = rng.normal(size=(2, 5, 4)).astype("float32")
    order = rng.permutation(5)
    context, weights = attention(query, memory)
    context_2, weights_2 = attention(query, memory[:, order])
    np.testing.assert_allclose(weights_2, np.asarray(weights)[..., order], atol=1e-6)
    np.testing.assert_allclose(context_2, context, atol=1e-5)


def test_projects_the_keys_once_for_all_steps(rng):
    attention = Attention("additive", units=6)
    query = rng.normal(size=(2, 3, 4)).astype("float32")
    memory = rng.normal(size=(2, 5, 4)).astype("float32")
    context, weights = attention(query, memory)
    prepared = attention.prepare(memory)
    assert prepared["keys"].shape == (2, 5, 6)
    for beam in range(3):
        one, row, _ = attention.step(query[:, beam : beam + 1], prepared)
        np.testing.assert_allclose(one[:, 0], context[:, beam], atol=1e-6)
        np.testing.assert_allclose(row[:, 0], weights[:, beam], atol=1e-6)


def test_errors_say_what_to_do():
    with pytest.raises(ValueError, match="Unknown score 'addditive'.*'additive'"):
        Attention("addditive")
    with pytest.raises(ValueError, match="target axis of one"):
        Attention(units=4).build((2, 4), (2, 5, 4))
    with pytest.raises(ValueError, match="equal depth"):
        Attention("dot")(np.ones((2, 3, 4)), np.ones((2, 5, 6)))
