import keras
from keras import ops


@keras.saving.register_keras_serializable(package="zoo")
class ProjectedLSTMCell(keras.layers.Layer):
    """Long short-term memory whose input is already projected to its gates.

    i, f, o = sigmoid(x_i + U_i h), sigmoid(x_f + U_f h + 1), sigmoid(x_o + U_o h)
    c' = f c + i tanh(x_c + U_c h)
    h' = o tanh(c')

    projected [x_i; x_f; x_c; x_o] (..., 4 units), states [h, c], each (..., units)
    -> h' (..., units), [h', c']. The 1 is the forget gate's bias at the start, a
    weight like the others.

    Args:
        units: width of the state.

    Example:

    ```python
    cell = zoo.layers.cells.ProjectedLSTMCell(4)
    output, states = cell(np.ones((2, 16)), [np.zeros((2, 4))] * 2)  # (2, 4)
    ```

    Reference: Hochreiter and Schmidhuber 1997; Gers et al. 2000 (forget gate);
    Jozefowicz et al. 2015 (its bias).
    """

    gates = 4

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.num_states = 2

    def build(self, projected_shape, states_shape=None):
        self.kernel = self.add_weight(
            shape=(self.units, 4 * self.units),
            initializer="orthogonal",
            name="recurrent_kernel",
        )
        self.forget_bias = self.add_weight(
            shape=(self.units,), initializer="ones", name="forget_bias"
        )
        self.built = True

    def call(self, projected, states):
        h, c = states
        gates = projected + ops.matmul(h, self.kernel)
        input_, forget, candidate, output = ops.split(gates, 4, axis=-1)
        forget = ops.sigmoid(forget + self.forget_bias)
        c = forget * c + ops.sigmoid(input_) * ops.tanh(candidate)
        h = ops.sigmoid(output) * ops.tanh(c)
        return h, [h, c]

    def initial_states(self, output):
        """The states from which `output` would have come."""
        return [output, ops.zeros_like(output)]

    def get_config(self):
        return {**super().get_config(), "units": self.units}
