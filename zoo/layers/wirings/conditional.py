import keras

from zoo.layers import cells


@keras.saving.register_keras_serializable(package="zoo")
class ConditionalWiring(keras.layers.Layer):
    """Read the previous word, attend with the result, read the context.

    s'_t = cell_1(E y_{t-1}, s_{t-1})
    c_t = attend(s'_t)
    s_t = cell_2(c_t, s'_t)

    words (rows, word units), states as the cell has them, each (rows, units)
    -> output s_t (rows, units). The attention is asked by a state that has seen the
    word just written, which plain Bahdanau wiring's has not.

    Args:
        units: width of the state.
        cell: `"gru"` (the conditional GRU) or `"lstm"`.

    Reference: Sennrich et al. 2017, "Nematus", section 2 (the conditional GRU of
    dl4mt); Firat and Cho 2016, "Conditional gated recurrent unit with attention".
    """

    def __init__(self, units, cell="gru", **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.cell = cell
        cell_class = cells.get(cell)
        self.word_cell = cell_class(units, dtype=self.dtype_policy, name="word_cell")
        self.context_cell = cell_class(
            units, dtype=self.dtype_policy, name="context_cell"
        )
        gate_units = cell_class.gates * units
        self.word_projection = keras.layers.Dense(
            gate_units, dtype=self.dtype_policy, name="word_projection"
        )
        self.context_projection = keras.layers.Dense(
            gate_units, dtype=self.dtype_policy, name="context_projection"
        )

    def build(self, words_shape, context_shape):
        self.word_projection.build(words_shape)
        self.context_projection.build(context_shape)
        self.word_cell.build((None, self.word_cell.gates * self.units))
        self.context_cell.build((None, self.context_cell.gates * self.units))
        self.built = True

    def initial_states(self, output):
        return self.word_cell.initial_states(output)

    def project(self, words):
        return self.word_projection(words)

    def call(self, projected, states, attend):
        query, states = self.word_cell(projected, states)
        context, *attended = attend(query)
        output, states = self.context_cell(self.context_projection(context), states)
        return output, states, (context, *attended)

    def get_config(self):
        return {**super().get_config(), "units": self.units, "cell": self.cell}
