from zoo.decoding.contract import check_tokens
from zoo.decoding.rollout import rollout
from zoo.decoding.top_tokens import top_tokens


def greedy_search(
    step,
    state,
    memory,
    *,
    start_token_id,
    end_token_id,
    pad_token_id=0,
    max_length,
    limits=None,
    return_alignments=False,
):
    """Takes the most probable token at every position.

    Args:
        step: The model's step function, `step(tokens, state, memory)` ->
            `(logits, state, alignment)`; see `zoo.decoding.contract`.
        state: The model's first state, leaves shaped `(batch, 1, ...)`.
        memory: What the model keeps of the source, leaves shaped `(batch, ...)`.
        start_token_id: Token fed to the first step; not part of the output.
        end_token_id: Token that finishes a hypothesis.
        pad_token_id: Token written after the end.
        max_length: Size of the target axis, and the longest output.
        limits: Each sentence's own longest output, `(batch,)`, brought into 1 to
            `max_length`; None for `max_length` everywhere.
        return_alignments: Whether to return the alignments too.

    Returns:
        A dictionary of `token_ids`, `lengths`, `log_probabilities`, `scores` (here
        the log-probabilities), `finished` and, if asked for, `alignments`, with one
        hypothesis per sentence; shapes in `zoo.decoding.contract`.

    Example:

    >>> import keras, zoo.decoding
    >>> # After token 1 always 3, after 3 always 2.
    >>> table = 9.0 * keras.ops.one_hot([0, 3, 0, 2], 4)
    >>> def step(tokens, state, memory):
    ...     return keras.ops.take(table, tokens, axis=0), state, None
    >>> result = zoo.decoding.greedy_search(
    ...     step, (), keras.ops.zeros((1, 1)),
    ...     start_token_id=1, end_token_id=2, max_length=5,
    ... )
    >>> keras.ops.convert_to_numpy(result["token_ids"]).tolist()
    [[[3, 2, 0, 0, 0]]]
    """
    check_tokens(start_token_id, end_token_id, pad_token_id, max_length)

    def choose(logits, position):
        log_probabilities, tokens = top_tokens(logits, 1)
        return tokens[..., 0], log_probabilities[..., 0]

    return rollout(
        step,
        choose,
        state,
        memory,
        slots=1,
        start_token_id=start_token_id,
        end_token_id=end_token_id,
        pad_token_id=pad_token_id,
        max_length=max_length,
        limits=limits,
        return_alignments=return_alignments,
    )
