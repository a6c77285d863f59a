import keras
from keras import ops


@keras.saving.register_keras_serializable(package="zoo")
class SmoothedCrossentropy(keras.losses.Loss):
    """Cross-entropy of integer labels with label smoothing, a mean over real tokens.

    loss = -(1 - smoothing) log p(y) - smoothing mean_v log p(v)

    labels (batch, target), logits (batch, target, vocabulary); with sample weights
    (batch, target) the mean is over the weights, so that padding does not count.
    Keras's own sparse cross-entropy has no smoothing, and its dense one would need
    one-hot labels as large as the logits.

    Args:
        smoothing: share of the probability spread over the vocabulary.

    Reference: Szegedy et al. 2016, section 7.
    """

    def __init__(self, smoothing=0.0, name="smoothed_crossentropy", **kwargs):
        kwargs.setdefault("reduction", "mean_with_sample_weight")
        super().__init__(name=name, **kwargs)
        self.smoothing = smoothing

    def call(self, y_true, y_pred):
        logits = ops.cast(y_pred, "float32")
        labels = ops.expand_dims(ops.cast(y_true, "int32"), -1)
        log_partition = ops.logsumexp(logits, axis=-1)
        chosen = ops.squeeze(ops.take_along_axis(logits, labels, axis=-1), -1)
        return (
            log_partition
            - (1 - self.smoothing) * chosen
            - self.smoothing * ops.mean(logits, axis=-1)
        )

    def get_config(self):
        return {**super().get_config(), "smoothing": self.smoothing}


@keras.saving.register_keras_serializable(package="zoo")
class ConsistentCrossentropy(SmoothedCrossentropy):
    """R-Drop: cross-entropy of two dropout passes that are asked to agree.

    loss = (ce(p) + ce(q)) / 2 + consistency (KL(p|q) + KL(q|p)) / 4

    A batch holds every sentence twice, its second half repeating its first
    (`zoo.data.TranslationBatches(repeated=True)` makes it so); dropout makes the two
    passes p and q differ. labels (2 batch, target), logits (2 batch, target,
    vocabulary).

    Args:
        smoothing: as in `SmoothedCrossentropy`.
        consistency: alpha, the weight of the agreement.

    Reference: Liang et al. 2021, "R-Drop", eq. 3 (with the mean, not the sum, over
    the two passes).
    """

    def __init__(
        self, smoothing=0.0, consistency=1.0, name="consistent_crossentropy", **kwargs
    ):
        super().__init__(smoothing=smoothing, name=name, **kwargs)
        self.consistency = consistency

    def call(self, y_true, y_pred):
        log_probabilities = ops.log_softmax(ops.cast(y_pred, "float32"))
        p, q = ops.split(log_probabilities, 2, axis=0)
        divergence = ops.sum((ops.exp(p) - ops.exp(q)) * (p - q), axis=-1) / 4
        agreement = self.consistency * ops.concatenate([divergence, divergence])
        return super().call(y_true, log_probabilities) + agreement

    def get_config(self):
        return {**super().get_config(), "consistency": self.consistency}
