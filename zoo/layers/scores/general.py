import keras
from keras import ops


@keras.saving.register_keras_serializable(package="zoo")
class GeneralScore(keras.layers.Layer):
    """Bilinear alignment score.

    e_i = s . (W h_i)

    query (batch, beam, query units), memory (batch, source, memory units)
    -> (batch, beam, source). W h_i is computed once, by `prepare`: keys (batch,
    source, query units).

    Args:
        units: accepted so that all scores are built alike; W's shape follows from
            query and memory.

    Example:

    ```python
    score = zoo.layers.scores.GeneralScore()
    query, memory = np.ones((2, 1, 4)), np.ones((2, 5, 6))
    score.build(query.shape, memory.shape)
    scores = score(query, score.prepare(memory))  # (2, 1, 5)
    ```

    Reference: Luong et al. 2015, section 3.1, eq. 8 ("general").
    """

    def __init__(self, units=None, **kwargs):
        super().__init__(**kwargs)
        self.units = units

    def build(self, query_shape, memory_shape):
        self.memory_projection = keras.layers.Dense(
            query_shape[-1],
            use_bias=False,
            dtype=self.dtype_policy,
            name="memory_projection",
        )
        self.memory_projection.build(memory_shape)
        self.built = True

    def prepare(self, memory):
        return self.memory_projection(memory)

    def call(self, query, keys):
        return ops.matmul(query, ops.transpose(keys, (0, 2, 1)))

    def compute_output_shape(self, query_shape, keys_shape):
        return (*query_shape[:-1], keys_shape[1])

    def get_config(self):
        return {**super().get_config(), "units": self.units}
