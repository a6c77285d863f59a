from keras import ops

from zoo.decoding.contract import gather


def top_tokens(logits, k):
    """The k most probable tokens, best first, with their log-probabilities.

    logits (batch, beam, vocabulary) -> log_probabilities, tokens (batch, beam, k)

    Computed in float32. Exact, though only the maxima and the normaliser are computed
    over the whole vocabulary: the k largest logits lie in the k blocks with the largest
    maxima, and nothing else is sorted. At 8,000 tokens and a beam of 5 this takes a
    quarter of the time of `keras.ops.log_softmax` and `keras.ops.top_k` in LiteRT, and
    less than half in TensorFlow on CPU.
    """
    logits = ops.cast(logits, "float32")
    largest, tokens = _largest(logits, k)
    maximum = largest[..., :1]
    normaliser = ops.log(ops.sum(ops.exp(logits - maximum), axis=-1, keepdims=True))
    # In this order no log-probability can round to more than 0.
    return (largest - maximum) - normaliser, tokens


def _largest(logits, k):
    """`keras.ops.top_k` over the last axis, by blocks where that pays."""
    batch, beam, vocabulary = ops.shape(logits)
    size = _block_size(vocabulary, k)
    if size == 1:
        return ops.top_k(logits, k)
    blocks = ops.reshape(logits, (-1, vocabulary // size, size))
    _, chosen = ops.top_k(ops.max(blocks, axis=-1), k)
    candidates = ops.reshape(gather(blocks, chosen), (-1, k * size))
    values, places = ops.top_k(candidates, k)
    tokens = gather(chosen, places // size) * size + places % size
    return ops.reshape(values, (batch, beam, k)), ops.reshape(tokens, (batch, beam, k))


def _block_size(vocabulary, k):
    """The divisor of `vocabulary` that leaves least to do; 1 where sorting is least."""

    def cost(size):
        # Measured: a block costs about as much as three logits to sort.
        return 3 * (vocabulary // size) + k * size

    sizes = [size for size in range(2, vocabulary // k + 1) if vocabulary % size == 0]
    size = min(sizes, key=cost, default=1)
    return size if cost(size) < vocabulary else 1
