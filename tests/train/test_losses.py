import keras
import numpy as np

from zoo.train.losses import ConsistentCrossentropy, SmoothedCrossentropy


def _data():
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(2, 3, 5)).astype("float32")
    return (
        logits,
        rng.integers(0, 5, (2, 3)),
        np.array([[1, 1, 0], [1, 0, 0]], "float32"),
    )


def test_equals_keras_on_one_hot_labels():
    logits, labels, weights = _data()
    theirs = keras.losses.CategoricalCrossentropy(
        from_logits=True, label_smoothing=0.1, reduction="mean_with_sample_weight"
    )(keras.ops.one_hot(labels, 5), logits, weights)
    np.testing.assert_allclose(
        SmoothedCrossentropy(0.1)(labels, logits, weights), theirs, rtol=1e-5
    )


def test_padding_counts_for_nothing():
    logits, labels, weights = _data()
    loss = SmoothedCrossentropy(0.1)
    other = np.where(weights[..., None] > 0, logits, 100.0)
    np.testing.assert_allclose(
        loss(labels, logits, weights), loss(labels, other, weights), rtol=1e-6
    )


def test_consistency_is_zero_between_equal_passes():
    logits, labels, weights = _data()
    twice = [np.concatenate([x, x]) for x in (labels, logits, weights)]
    np.testing.assert_allclose(
        ConsistentCrossentropy(0.1, 3.0)(*twice),
        SmoothedCrossentropy(0.1)(labels, logits, weights),
        rtol=1e-5,
    )


def test_consistency_is_the_mean_of_both_divergences():
    logits, labels, _ = _data()
    p, q = np.exp(logits[0]), np.exp(logits[1])
    p, q = p / p.sum(-1, keepdims=True), q / q.sum(-1, keepdims=True)
    symmetric = (p * np.log(p / q) + q * np.log(q / p)).sum(-1).mean()
    labels = np.concatenate([labels[:1], labels[:1]])
    found = ConsistentCrossentropy(0.0, 2.0)(labels, logits)
    plain = SmoothedCrossentropy(0.0)(labels, logits)
    np.testing.assert_allclose(found - plain, 2.0 * symmetric / 4, rtol=1e-4)


def test_configs_come_back():
    for loss in (SmoothedCrossentropy(0.2), ConsistentCrossentropy(0.2, 3.0)):
        again = keras.losses.deserialize(keras.losses.serialize(loss))
        assert again.get_config() == loss.get_config()
