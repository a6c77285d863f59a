import keras
from keras import ops

from zoo.decoding.contract import batch_size, check_integer, check_tokens, gather
from zoo.decoding.rollout import rollout
from zoo.decoding.top_tokens import top_tokens


def sample(
    step,
    state,
    memory,
    *,
    start_token_id,
    end_token_id,
    pad_token_id=0,
    max_length,
    limits=None,
    num_samples=1,
    temperature=1.0,
    top_k=None,
    top_p=None,
    seed=None,
    return_alignments=False,
):
    """Draws outputs at random from the model's distribution.

    At each position a token is drawn from softmax(logits / temperature), cut down to
    the `top_k` most probable tokens, then to the nucleus of these: the fewest, most
    probable first, whose probabilities together reach `top_p`.

    The log-probability reported is the model's own, of the full distribution at
    temperature 1. What a sentence draws depends on its place in the batch.

    Args:
        step: The model's step function, `step(tokens, state, memory)` ->
            `(logits, state, alignment)`; see `zoo.decoding.contract`.
        state: The model's first state, leaves shaped `(batch, 1, ...)`.
        memory: What the model keeps of the source, leaves shaped `(batch, ...)`.
        start_token_id: Token fed to the first step; not part of the output.
        end_token_id: Token that finishes a sample.
        pad_token_id: Token written after the end.
        max_length: Size of the target axis, and the longest output.
        limits: Each sentence's own longest output, `(batch,)`, brought into 1 to
            `max_length`; None for `max_length` everywhere.
        num_samples: Samples drawn for each sentence, independent of one another.
        temperature: Above 1 flattens the distribution, below 1 sharpens it.
        top_k: How many tokens may be drawn; None for all.
        top_p: The probability the nucleus must reach; None for all. Without `top_k`
            the whole vocabulary is sorted at every step, which is slow.
        seed: An integer (the same draws at every call), a
            `keras.random.SeedGenerator`, or None for Keras's global one.
        return_alignments: Whether to return the alignments too.

    Returns:
        A dictionary of `token_ids`, `lengths`, `log_probabilities`, `scores` (here
        the log-probabilities), `finished` and, if asked for, `alignments`, with
        `num_samples` hypotheses per sentence in the order drawn; shapes in
        `zoo.decoding.contract`.

    Reference: Fan et al. 2018, section 5 (top-k); Holtzman et al. 2020, section 3.1
    (top-p).
    """
    check_tokens(start_token_id, end_token_id, pad_token_id, max_length)
    check_integer("num_samples", num_samples, 1)
    if not temperature > 0:
        raise ValueError(
            f"`temperature` must be above 0, got {temperature!r}. For the most "
            "probable token at every position use `greedy_search`."
        )
    if top_k is not None:
        check_integer("top_k", top_k, 1)
    if top_p is not None and not 0 < top_p <= 1:
        raise ValueError(
            f"`top_p` must be above 0 and at most 1, got {top_p!r}. Pass None to "
            "draw from all tokens."
        )
    # One draw a position, made outside the loop. Below 1 by more than float32 can
    # round away, so that no draw falls behind the last token with any probability.
    draws = keras.random.uniform(
        (max_length, batch_size(state, memory), num_samples, 1),
        maxval=1.0 - 1e-6,
        dtype="float32",
        seed=seed,
    )

    def choose(logits, position):
        if top_k is None and top_p is None:
            candidates = ops.log_softmax(ops.cast(logits, "float32"))
            tokens = None
        else:
            vocabulary = logits.shape[-1]
            count = min(top_k or vocabulary, vocabulary)
            candidates, tokens = top_tokens(logits, count)
        probabilities = ops.softmax(candidates / temperature)
        if top_p is not None:
            before = ops.cumsum(probabilities, axis=-1) - probabilities
            probabilities = ops.where(before < top_p, probabilities, 0.0)
        cumulative = ops.cumsum(probabilities, axis=-1)
        draw = ops.take(draws, position, axis=0) * cumulative[..., -1:]
        index = ops.sum(ops.cast(cumulative <= draw, "int32"), axis=-1, keepdims=True)
        chosen = _pick(candidates, index)
        return index[..., 0] if tokens is None else _pick(tokens, index), chosen

    return rollout(
        step,
        choose,
        state,
        memory,
        slots=num_samples,
        start_token_id=start_token_id,
        end_token_id=end_token_id,
        pad_token_id=pad_token_id,
        max_length=max_length,
        limits=limits,
        return_alignments=return_alignments,
    )


def _pick(values, index):
    """values (batch, beam, count), index (batch, beam, 1) -> (batch, beam)."""
    batch, beam, count = ops.shape(values)
    picked = gather(ops.reshape(values, (-1, count)), ops.reshape(index, (-1, 1)))
    return ops.reshape(picked, (batch, beam))
