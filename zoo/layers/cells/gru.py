import keras
from keras import ops


@keras.saving.register_keras_serializable(package="zoo")
class ProjectedGRUCell(keras.layers.Layer):
    """Gated recurrent unit whose input is already projected to its gates.

    z = sigmoid(x_z + U_z h)
    r = sigmoid(x_r + U_r h)
    h' = z h + (1 - z) tanh(x_h + r (U_h h + b))

    projected [x_z; x_r; x_h] (..., 3 units), states [h] with h (..., units)
    -> h' (..., units), [h'].

    Args:
        units: width of the state.

    Example:

    ```python
    cell = zoo.layers.cells.ProjectedGRUCell(4)
    output, states = cell(np.ones((2, 12)), [np.zeros((2, 4))])  # (2, 4)
    ```

    Reference: Cho et al. 2014, appendix A, in the form of Keras's and cuDNN's GRU
    (`reset_after=True`), where one product with h serves all gates.
    """

    gates = 3

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.num_states = 1

    def build(self, projected_shape, states_shape=None):
        self.kernel = self.add_weight(
            shape=(self.units, 3 * self.units),
            initializer="orthogonal",
            name="recurrent_kernel",
        )
        self.bias = self.add_weight(
            shape=(3 * self.units,), initializer="zeros", name="recurrent_bias"
        )
        self.built = True

    def call(self, projected, states):
        (h,) = states
        update_x, reset_x, candidate_x = ops.split(projected, 3, axis=-1)
        update_h, reset_h, candidate_h = ops.split(
            ops.matmul(h, self.kernel) + self.bias, 3, axis=-1
        )
        update = ops.sigmoid(update_x + update_h)
        reset = ops.sigmoid(reset_x + reset_h)
        candidate = ops.tanh(candidate_x + reset * candidate_h)
        h = candidate + update * (h - candidate)
        return h, [h]

    def initial_states(self, output):
        """The states from which `output` would have come."""
        return [output]

    def get_config(self):
        return {**super().get_config(), "units": self.units}
