import keras
from keras import ops


@keras.saving.register_keras_serializable(package="zoo")
class SoftAlignment(keras.layers.Layer):
    """Soft alignment: the softmax of the scores over the unmasked source.

    a_i = exp(e_i) / sum_j exp(e_j)

    scores (batch, beam, source), mask (batch, source) -> weights (batch, beam,
    source), computed in float32. Masked positions get exactly zero; a row with no
    unmasked position gets zeros throughout.

    Call arguments:
        scores: (batch, beam, source).
        mask: bool (batch, source), True where there is a source position, or None.
        state: what the alignment remembers of the previous target position; a soft
            alignment remembers nothing and hands it on.

    Returns:
        weights (batch, beam, source) and the next state.

    Example:

    ```python
    scores, mask = np.zeros((1, 1, 3)), np.array([[True, True, False]])
    weights, _ = zoo.layers.alignments.SoftAlignment()(scores, mask)  # .5, .5, 0
    ```

    Reference: Bahdanau et al. 2015, eq. 6; Luong et al. 2015, eq. 7.
    """

    def call(self, scores, mask=None, state=()):
        scores = ops.cast(scores, "float32")
        if mask is None:
            return ops.cast(ops.softmax(scores), self.compute_dtype), state
        mask = ops.expand_dims(mask, 1)
        # Finite, so that a row without any valid position has no NaN gradient.
        scores = ops.where(mask, scores, -1e9)
        weights = ops.where(mask, ops.softmax(scores), 0.0)
        return ops.cast(weights, self.compute_dtype), state

    def initial_state(self, memory):
        """The state before the first target position, for a batch of `memory`."""
        return ()
