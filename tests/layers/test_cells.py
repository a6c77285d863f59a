import keras
import numpy as np
import pytest

from zoo.layers import cells


def _weights_of(keras_cell, cell, units):
    """Our cell's weights from a Keras cell's, and the projected input they leave."""
    kernel, recurrent, bias = (np.asarray(w) for w in keras_cell.weights)
    cell.build((None, cell.gates * units))
    cell.kernel.assign(recurrent)
    if cell.gates == 3:
        cell.bias.assign(bias[1])
        return lambda x: x @ kernel + bias[0]
    cell.forget_bias.assign(np.zeros(units))
    return lambda x: x @ kernel + bias


@pytest.mark.parametrize(
    "name, keras_class",
    [("gru", keras.layers.GRUCell), ("lstm", keras.layers.LSTMCell)],
)
def test_equals_the_keras_cell_fed_with_the_unprojected_input(name, keras_class, rng):
    units = 4
    x = rng.normal(size=(3, 5)).astype("float32")
    theirs, mine = keras_class(units), cells.get(name)(units)
    states = [
        rng.normal(size=(3, units)).astype("float32") for _ in range(mine.num_states)
    ]
    theirs.build(x.shape)
    for weight in theirs.weights:
        weight.assign(rng.normal(size=weight.shape))
    project = _weights_of(theirs, mine, units)
    expected, expected_states = theirs(x, states)
    output, next_states = mine(project(x), states)
    np.testing.assert_allclose(output, expected, atol=1e-5)
    assert len(next_states) == mine.num_states
    for state, other in zip(next_states, expected_states, strict=True):
        np.testing.assert_allclose(state, other, atol=1e-5)


def test_lstm_starts_remembering():
    cell = cells.get("lstm")(4)
    cell.build((None, 16))
    assert (np.asarray(cell.forget_bias) == 1).all()


def test_unknown_cell_lists_what_exists():
    with pytest.raises(ValueError, match="Unknown cell 'rnn'.*'gru', 'lstm'"):
        cells.get("rnn")
