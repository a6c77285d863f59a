import hypothesis
import hypothesis.strategies as st
import keras
import numpy as np
import pytest

from zoo.layers import alignments


def test_is_the_softmax_of_the_unmasked_scores(rng):
    scores = rng.normal(size=(2, 3, 4)).astype("float32")
    mask = np.array([[True, True, True, False], [True, False, False, False]])
    weights, _ = alignments.get("soft")()(scores, mask)
    for row, valid in zip(np.asarray(weights), mask, strict=True):
        for beam in range(3):
            expected = np.where(valid, np.exp(scores[0 if valid.sum() > 1 else 1]), 0)
            expected = expected[beam] / expected[beam].sum()
            np.testing.assert_allclose(row[beam], expected, atol=1e-6)


@hypothesis.settings(max_examples=25, deadline=None)
@hypothesis.given(
    lengths=st.lists(st.integers(0, 5), min_size=1, max_size=4),
    scale=st.sampled_from([0.0, 1.0, 1e4]),
    dtype=st.sampled_from(["float32", "mixed_float16", "mixed_bfloat16"]),
)
def test_weights_sum_to_one_over_the_mask_and_are_zero_off_it(lengths, scale, dtype):
    rng = np.random.default_rng(len(lengths))
    scores = (scale * rng.uniform(-1, 1, (len(lengths), 2, 5))).astype("float32")
    mask = np.arange(5) < np.array(lengths)[:, None]
    weights, _ = alignments.SoftAlignment(dtype=dtype)(scores, mask)
    weights = np.asarray(keras.ops.cast(weights, "float32"))
    assert (weights[~np.broadcast_to(mask[:, None], weights.shape)] == 0).all()
    np.testing.assert_allclose(
        weights.sum(-1), np.broadcast_to(mask.any(-1)[:, None], (len(lengths), 2)), 2e-2
    )


def test_a_fully_masked_row_has_a_finite_gradient():
    import tensorflow as tf

    scores = tf.Variable([[[1.0, 1e9, -1e9]]])
    with tf.GradientTape() as tape:
        weights, _ = alignments.SoftAlignment()(scores, tf.zeros((1, 3), tf.bool))
        total = tf.reduce_sum(weights**2)
    assert np.isfinite(tape.gradient(total, scores)).all()


def test_unknown_alignment_lists_what_exists():
    with pytest.raises(ValueError, match="Unknown alignment 'sharp'.*'soft'"):
        alignments.get("sharp")
