import numpy as np
import pytest

from zoo.layers import RecurrentEncoder

VARIANTS = [
    {},
    {"cell": "lstm", "num_layers": 2, "layer_normalization": True},
    {"bidirectional": False, "num_layers": 2},
]


@pytest.mark.parametrize("variant", VARIANTS)
def test_is_a_keras_layer(variant, check_layer, rng):
    encoder = RecurrentEncoder(4, **variant)
    embedded = rng.normal(size=(2, 5, 3)).astype("float32")
    check_layer(encoder, embedded, shapes=(2, 5, encoder.annotation_units))


@pytest.mark.parametrize("variant", VARIANTS)
def test_padding_and_neighbours_change_nothing(variant, rng):
    encoder = RecurrentEncoder(4, **variant)
    embedded = rng.normal(size=(1, 5, 3)).astype("float32")
    alone = encoder(embedded, mask=np.ones((1, 5), bool))
    both = rng.normal(size=(2, 15, 3)).astype("float32")
    both[0, :5] = embedded[0]
    mask = np.arange(15) < np.array([[5], [15]])
    np.testing.assert_allclose(encoder(both, mask=mask)[:1, :5], alone, atol=1e-5)


@pytest.mark.parametrize("variant", VARIANTS)
def test_bounded_loop_gives_the_same_annotations(variant, rng):
    encoder = RecurrentEncoder(4, **variant)
    embedded = rng.normal(size=(3, 7, 3)).astype("float32")
    mask = np.arange(7) < np.array([[5], [3], [1]])
    expected = np.asarray(encoder(embedded, mask=mask))
    found = np.asarray(encoder.bounded(embedded, mask))
    np.testing.assert_allclose(found[mask], expected[mask], atol=1e-5)


def test_dropout_acts_in_training_alone(rng):
    encoder = RecurrentEncoder(4, dropout=0.5)
    embedded = rng.normal(size=(2, 5, 3)).astype("float32")
    np.testing.assert_array_equal(encoder(embedded), encoder(embedded))
    dropped = np.asarray(encoder(embedded, training=True))
    assert 0.2 < (dropped == 0).mean() < 0.8


def test_unknown_cell_lists_what_exists():
    with pytest.raises(ValueError, match="Unknown cell 'rnn'.*'gru', 'lstm'"):
        RecurrentEncoder(4, cell="rnn")
