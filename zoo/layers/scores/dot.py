import keras
from keras import ops


@keras.saving.register_keras_serializable(package="zoo")
class DotScore(keras.layers.Layer):
    """Dot-product alignment score; it has no weights.

    e_i = s . h_i

    query (batch, beam, units), memory (batch, source, units)
    -> (batch, beam, source). Query and memory need the same depth.

    Args:
        units: accepted so that all scores are built alike; None, or the common depth.

    Raises:
        ValueError: at build time, when query and memory differ in depth.

    Example:

    ```python
    score = zoo.layers.scores.DotScore()
    query, memory = np.ones((2, 1, 4)), np.ones((2, 5, 4))
    scores = score(query, score.prepare(memory))  # (2, 1, 5)
    ```

    Reference: Luong et al. 2015, section 3.1, eq. 8 ("dot").
    """

    def __init__(self, units=None, **kwargs):
        super().__init__(**kwargs)
        self.units = units

    def build(self, query_shape, memory_shape):
        if query_shape[-1] != memory_shape[-1]:
            raise ValueError(
                f"{type(self).__name__} needs query and memory of equal depth, got "
                f"query {tuple(query_shape)} and memory {tuple(memory_shape)}. "
                "Use score='general', which learns a map between the two, or make "
                "the depths equal."
            )
        self.built = True

    def prepare(self, memory):
        return ops.convert_to_tensor(memory)

    def call(self, query, keys):
        return ops.matmul(query, ops.transpose(keys, (0, 2, 1)))

    def compute_output_shape(self, query_shape, keys_shape):
        return (*query_shape[:-1], keys_shape[1])

    def get_config(self):
        return {**super().get_config(), "units": self.units}
