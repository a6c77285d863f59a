import keras

from zoo.layers import cells


@keras.saving.register_keras_serializable(package="zoo")
class BahdanauWiring(keras.layers.Layer):
    """Attend with the previous state; word and context enter the cell together.

    c_t = attend(s_{t-1})
    s_t = cell([E y_{t-1}; c_t], s_{t-1})

    words (rows, word units), states as the cell has them, each (rows, units)
    -> output s_t (rows, units). E y_{t-1} is projected to the cell's gates outside
    the recurrence, by `project`.

    Args:
        units: width of the state.
        cell: `"gru"` or `"lstm"`.

    Reference: Bahdanau et al. 2015, section 3.1 and appendix A.1.2.
    """

    def __init__(self, units, cell="gru", **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.cell = cell
        self.cell_layer = cells.get(cell)(units, dtype=self.dtype_policy, name="cell")
        gate_units = self.cell_layer.gates * units
        self.word_projection = keras.layers.Dense(
            gate_units, dtype=self.dtype_policy, name="word_projection"
        )
        self.context_projection = keras.layers.Dense(
            gate_units,
            use_bias=False,
            dtype=self.dtype_policy,
            name="context_projection",
        )

    def build(self, words_shape, context_shape):
        self.word_projection.build(words_shape)
        self.context_projection.build(context_shape)
        self.cell_layer.build((None, self.cell_layer.gates * self.units))
        self.built = True

    def initial_states(self, output):
        return self.cell_layer.initial_states(output)

    def project(self, words):
        return self.word_projection(words)

    def call(self, projected, states, attend):
        context, *attended = attend(states[0])
        gates = projected + self.context_projection(context)
        output, states = self.cell_layer(gates, states)
        return output, states, (context, *attended)

    def get_config(self):
        return {**super().get_config(), "units": self.units, "cell": self.cell}
