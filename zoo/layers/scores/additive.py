import keras
from keras import ops


@keras.saving.register_keras_serializable(package="zoo")
class AdditiveScore(keras.layers.Layer):
    """Additive alignment score: a small network looks at query and annotation.

    e_i = v . tanh(W s + U h_i)

    query (batch, beam, query units), memory (batch, source, memory units)
    -> (batch, beam, source). U h_i does not depend on the query: `prepare` computes
    it once, as keys (batch, source, units).

    Args:
        units: width of the hidden layer, the length of v.

    Example:

    ```python
    score = zoo.layers.scores.AdditiveScore(units=8)
    query, memory = np.ones((2, 1, 4)), np.ones((2, 5, 6))
    score.build(query.shape, memory.shape)
    scores = score(query, score.prepare(memory))  # (2, 1, 5)
    ```

    Reference: Bahdanau et al. 2015, eq. 6 and appendix A.1.2.
    """

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.query_projection = keras.layers.Dense(
            units, use_bias=False, dtype=self.dtype_policy, name="query_projection"
        )
        self.memory_projection = keras.layers.Dense(
            units, dtype=self.dtype_policy, name="memory_projection"
        )
        self.energy = keras.layers.Dense(
            1, use_bias=False, dtype=self.dtype_policy, name="energy"
        )

    def build(self, query_shape, memory_shape):
        self.query_projection.build(query_shape)
        self.memory_projection.build(memory_shape)
        self.energy.build((*query_shape[:-1], memory_shape[1], self.units))
        self.built = True

    def prepare(self, memory):
        return self.memory_projection(memory)

    def call(self, query, keys):
        query = self.query_projection(query)
        # (batch, beam, source, units)
        hidden = ops.tanh(ops.expand_dims(query, 2) + ops.expand_dims(keys, 1))
        return ops.squeeze(self.energy(hidden), -1)

    def compute_output_shape(self, query_shape, keys_shape):
        return (*query_shape[:-1], keys_shape[1])

    def get_config(self):
        return {**super().get_config(), "units": self.units}
