import keras

from zoo.layers.scores.dot import DotScore


@keras.saving.register_keras_serializable(package="zoo")
class ScaledDotScore(DotScore):
    """Dot-product score divided by the root of the depth.

    e_i = s . h_i / sqrt(units)

    query (batch, beam, units), memory (batch, source, units)
    -> (batch, beam, source). Query and memory need the same depth.

    Args:
        units: accepted so that all scores are built alike; None, or the common depth.

    Raises:
        ValueError: at build time, when query and memory differ in depth.

    Example:

    ```python
    score = zoo.layers.scores.ScaledDotScore()
    query, memory = np.ones((2, 1, 4)), np.ones((2, 5, 4))
    scores = score(query, score.prepare(memory))  # (2, 1, 5), each 4 / 2
    ```

    Reference: Vaswani et al. 2017, section 3.2.1, eq. 1.
    """

    def prepare(self, memory):
        return super().prepare(memory) * memory.shape[-1] ** -0.5
