import keras
from keras import ops

from zoo.layers import alignments, scores


@keras.saving.register_keras_serializable(package="zoo")
class Attention(keras.layers.Layer):
    """Attention: a score and an alignment, and the context they select.

    e_ti = score(s_t, h_i)
    a_t = alignment(e_t)
    c_t = sum_i a_ti h_i

    query s (batch, target, query units), memory h (batch, source, memory units)
    -> context (batch, target, memory units), weights (batch, target, source).
    A masked source position gets weight zero and so has no influence on anything.

    Args:
        score: `"additive"`, `"general"`, `"dot"` or `"scaled_dot"`.
        alignment: `"soft"`.
        units: width of the score's hidden layer, for scores that have one.

    Call arguments:
        query: (batch, target, query units).
        memory: (batch, source, memory units).
        mask: bool (batch, source), True where there is a source position, or None.

    Returns:
        context and weights.

    Where the same memory is asked many times, as in a recurrent decoder, `prepare` it
    once and then `step`: the keys are projected once, and the second axis of the query
    may be the hypotheses of a beam, which share the memory without copies.

    Raises:
        ValueError: for an unknown score or alignment, and for shapes that the score
            cannot match.

    Example:

    ```python
    attention = zoo.layers.Attention(score="additive", units=128)
    query, memory = np.ones((2, 7, 64)), np.ones((2, 5, 32))
    context, weights = attention(query, memory)  # (2, 7, 32), (2, 7, 5)
    ```

    Reference: Bahdanau et al. 2015, section 3.1; Luong et al. 2015, section 3.
    """

    def __init__(self, score="additive", alignment="soft", units=None, **kwargs):
        super().__init__(**kwargs)
        self.score = score
        self.alignment = alignment
        self.units = units
        self.supports_masking = True
        self.score_layer = scores.get(score)(
            units=units, dtype=self.dtype_policy, name="score"
        )
        self.alignment_layer = alignments.get(alignment)(
            dtype=self.dtype_policy, name="alignment"
        )

    def build(self, query_shape, memory_shape):
        if len(query_shape) != 3 or len(memory_shape) != 3:
            raise ValueError(
                "Attention expects query (batch, target, units) and memory (batch, "
                f"source, units), got {tuple(query_shape)} and {tuple(memory_shape)}. "
                "For a single query, add a target axis of one."
            )
        self.score_layer.build(query_shape, memory_shape)
        self.alignment_layer.build((*query_shape[:-1], memory_shape[1]))
        self.built = True

    def prepare(self, memory, mask=None):
        """What does not depend on the query, computed once for a source.

        Args:
            memory: (batch, source, memory units).
            mask: bool (batch, source), or None.

        Returns:
            A dict with `annotations`, their projected `keys`, and `mask`.
        """
        annotations = ops.cast(memory, self.compute_dtype)
        if mask is None:
            mask = ops.ones(ops.shape(annotations)[:2], "bool")
        return {
            "annotations": annotations,
            "keys": self.score_layer.prepare(annotations),
            "mask": ops.cast(mask, "bool"),
        }

    def initial_state(self, prepared):
        """The attention's own state before the first target position."""
        return self.alignment_layer.initial_state(prepared)

    def step(self, query, prepared, previous=()):
        """Attends once.

        Args:
            query: (batch, beam, query units).
            prepared: what `prepare` gave.
            previous: the attention's own state, from `initial_state` or the last step.

        Returns:
            context (batch, beam, memory units), weights (batch, beam, source), and
            the next state.
        """
        energies = self.score_layer(query, prepared["keys"])
        weights, state = self.alignment_layer(energies, prepared["mask"], previous)
        return ops.matmul(weights, prepared["annotations"]), weights, state

    def call(self, query, memory, mask=None):
        prepared = self.prepare(memory, mask)
        context, weights, _ = self.step(query, prepared, self.initial_state(prepared))
        return context, weights

    def compute_mask(self, query, previous_mask=None):
        return None

    def compute_output_shape(self, query_shape, memory_shape):
        return (
            (*query_shape[:-1], memory_shape[-1]),
            (*query_shape[:-1], memory_shape[1]),
        )

    def get_config(self):
        return {
            **super().get_config(),
            "score": self.score,
            "alignment": self.alignment,
            "units": self.units,
        }
