import keras
import numpy as np
from keras import ops

from zoo.decoding.contract import (
    batch_size,
    check_integer,
    check_tokens,
    gather,
    measure,
    sentence_limits,
    source_length,
    spread_state,
    within,
    write,
)
from zoo.decoding.top_tokens import top_tokens

# The attention a real source position counts with at least, so that its log is finite.
_UNATTENDED = 1e-6


def beam_search(
    step,
    state,
    memory,
    *,
    start_token_id,
    end_token_id,
    pad_token_id=0,
    max_length,
    limits=None,
    beam_size=5,
    n_best=1,
    length_penalty=1.0,
    coverage_penalty=0.0,
    source_mask=None,
    return_alignments=False,
):
    """Finds the `n_best` outputs with the highest normalised log-probability.

    score(Y) = log P(Y) / lp(Y) + cp(Y)
    lp(Y) = ((5 + |Y|) / 6) ^ alpha, |Y| counting the end token
    cp(Y) = beta * sum_i log(min(sum_t a_ti, 1))

    Each sentence has `beam_size` slots. A finished hypothesis keeps its slot: it is
    neither extended nor pushed out. The live ones compete by log-probability for the
    slots that are left. A sentence is done when no live hypothesis is left, when it
    has reached its limit, or when `n_best` finished hypotheses have scores that no
    live one can reach any more; from then on its slots stand still, so that a result
    never depends on the rest of the batch.

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
        beam_size: Slots per sentence.
        n_best: Hypotheses to return, at most `beam_size`.
        length_penalty: alpha. 0 ranks by log-probability; more favours long outputs.
        coverage_penalty: beta. More favours outputs that attended to every source
            position.
        source_mask: `(batch, source)`, True at real source positions; the coverage
            penalty counts no others. Without it a position whose alignments are all
            exactly 0 is taken for padding. A real position that was never attended to
            counts as attended to with 1e-6.
        return_alignments: Whether to return the alignments too.

    Returns:
        A dictionary of `token_ids`, `lengths`, `log_probabilities`, `scores`,
        `finished` and, if asked for, `alignments`; shapes in
        `zoo.decoding.contract`. Hypotheses are sorted by score, those that the limit
        cut off behind all that finished. Where there are fewer than `n_best` possible
        outputs, the rest have length 0 and a score of minus infinity.

    Example:

    >>> import keras, zoo.decoding
    >>> # Greedy takes 3 and can only go on to 4 or 5; the beam finds 6, then the end.
    >>> table = keras.ops.log([[1.0] * 7, [0, 0, 0, 5, 0, 0, 4], [1] * 7,
    ...     [0, 0, 0, 0, 1, 1, 0]] + [[0, 0, 1, 0, 0, 0, 0]] * 3)
    >>> def step(tokens, state, memory):
    ...     return keras.ops.take(table, tokens, axis=0), state, None
    >>> result = zoo.decoding.beam_search(
    ...     step, (), keras.ops.zeros((1, 1)), beam_size=2, length_penalty=0.0,
    ...     start_token_id=1, end_token_id=2, max_length=4,
    ... )
    >>> keras.ops.convert_to_numpy(result["token_ids"]).tolist()
    [[[6, 2, 0, 0]]]

    Reference: Wu et al. 2016, section 7, eq. 14 (the penalties).
    """
    check_tokens(start_token_id, end_token_id, pad_token_id, max_length)
    check_integer("beam_size", beam_size, 1)
    check_integer("n_best", n_best, 1)
    if n_best > beam_size:
        raise ValueError(
            f"A beam of {beam_size} holds no {n_best} hypotheses: lower `n_best` or "
            "raise `beam_size`."
        )
    _check_penalty("length_penalty", length_penalty)
    _check_penalty("coverage_penalty", coverage_penalty)

    batch = batch_size(state, memory)
    limits = sentence_limits(limits, batch, max_length)
    first = ops.full((batch, 1), start_token_id, dtype="int32")
    source = None
    if return_alignments or coverage_penalty:
        source = source_length(step, first, state, memory)

    lengths = np.arange(max_length + 1)
    penalties = ops.convert_to_tensor(
        ((5 + lengths) / 6) ** length_penalty, dtype="float32"
    )
    limit_penalties = ops.take(penalties, limits, axis=0)
    if source_mask is not None:
        source_mask = ops.expand_dims(ops.cast(source_mask, "bool"), 1)

    def score(log_probabilities, lengths, coverage):
        scores = log_probabilities / ops.take(penalties, lengths, axis=0)
        if coverage is None:
            return scores
        real = coverage > 0 if source_mask is None else source_mask
        logs = ops.log(ops.clip(coverage, _UNATTENDED, 1.0))
        return scores + coverage_penalty * ops.sum(ops.where(real, logs, 0.0), axis=-1)

    moving = {
        "state": spread_state(state, batch, beam_size),
        "token_ids": ops.full(
            (batch, beam_size, max_length), pad_token_id, dtype="int32"
        ),
    }
    carry = {
        "position": ops.zeros((), dtype="int32"),
        "tokens": ops.broadcast_to(first, (batch, beam_size)),
        # Minus infinity marks an empty slot: one is live to begin with.
        "log_probabilities": ops.broadcast_to(
            ops.convert_to_tensor([[0.0] + [-np.inf] * (beam_size - 1)], "float32"),
            (batch, beam_size),
        ),
        "frozen": ops.zeros((batch, beam_size), dtype="bool"),
        # The best scores among finished hypotheses.
        "best": ops.full((batch, n_best), -np.inf, dtype="float32"),
        # What follows a hypothesis from slot to slot.
        "moving": moving,
    }
    if coverage_penalty:
        moving["coverage"] = ops.zeros((batch, beam_size, source), dtype="float32")
    if return_alignments:
        # The alignments stay where a step wrote them (target leads, so that it writes
        # one contiguous block); `slots` says in which slot to look for them.
        moving["slots"] = ops.zeros((batch, beam_size, max_length), dtype="int32")
        carry["alignments"] = ops.zeros(
            (max_length, batch, beam_size, source), dtype="float32"
        )

    def unfinished(carry):
        return ops.logical_not(ops.all(carry["frozen"]))

    def extend(carry):
        position, frozen = carry["position"], ops.expand_dims(carry["frozen"], -1)
        moving, log_probabilities = dict(carry["moving"]), carry["log_probabilities"]
        logits, moving["state"], alignment = step(
            carry["tokens"], moving["state"], memory
        )
        if source is not None:
            alignment = ops.cast(alignment, "float32")
        if coverage_penalty:
            moving["coverage"] += ops.where(frozen, 0.0, alignment)

        # No slot can place more than `beam_size` of its extensions.
        width = min(beam_size, logits.shape[-1])
        keys, tokens = top_tokens(logits, width)
        keys += ops.expand_dims(log_probabilities, -1)
        # A frozen slot offers itself, and wins whatever the others offer.
        offer = np.array([np.inf] + [-np.inf] * (width - 1), dtype="float32")
        keys = ops.where(frozen, offer, keys)
        tokens = ops.where(frozen, pad_token_id, tokens)
        keys, choice = ops.top_k(ops.reshape(keys, (-1, beam_size * width)), beam_size)
        tokens = gather(ops.reshape(tokens, (-1, beam_size * width)), choice)
        parents = choice // width
        kept = keys == np.inf
        log_probabilities = ops.where(kept, gather(log_probabilities, parents), keys)
        moving = keras.tree.map_structure(lambda leaf: gather(leaf, parents), moving)
        moving["token_ids"] = write(moving["token_ids"], position, tokens, axis=2)

        ended = (tokens == end_token_id) & (keys > -np.inf)
        scores = score(log_probabilities, position + 1, moving.get("coverage"))
        best = ops.concatenate(
            [carry["best"], ops.where(ended, scores, -np.inf)], axis=-1
        )
        best, _ = ops.top_k(best, n_best)
        frozen = kept | ended | (position + 1 >= limits)
        # No live hypothesis can score more: log-probabilities only fall, and the
        # coverage penalty is never above 0.
        live = ops.where(frozen, -np.inf, log_probabilities)
        bound = ops.max(live, axis=-1, keepdims=True) / limit_penalties
        extended = {
            "position": position + 1,
            "tokens": tokens,
            "log_probabilities": log_probabilities,
            "frozen": frozen | (best[:, -1:] >= bound),
            "best": best,
            "moving": moving,
        }
        if return_alignments:
            moving["slots"] = write(moving["slots"], position, parents, axis=2)
            extended["alignments"] = write(
                carry["alignments"], position, alignment, axis=0
            )
        return extended

    carry = ops.while_loop(unfinished, extend, carry)

    moving, log_probabilities = carry["moving"], carry["log_probabilities"]
    lengths, finished = measure(moving["token_ids"], end_token_id, limits)
    filled = log_probabilities > -np.inf
    lengths, finished = ops.where(filled, lengths, 0), finished & filled
    scores = score(log_probabilities, lengths, moving.get("coverage"))
    ranks = _rank(scores, finished, n_best)
    lengths = gather(lengths, ranks)
    there = within(lengths, max_length)
    result = {
        "token_ids": ops.where(there, gather(moving["token_ids"], ranks), pad_token_id),
        "lengths": lengths,
        "log_probabilities": gather(log_probabilities, ranks),
        "scores": gather(scores, ranks),
        "finished": gather(finished, ranks),
    }
    if return_alignments:
        alignments = _collect(carry["alignments"], gather(moving["slots"], ranks))
        result["alignments"] = ops.where(ops.expand_dims(there, -1), alignments, 0.0)
    return result


def _check_penalty(name, value):
    if not value >= 0:
        raise ValueError(
            f"`{name}` must be at least 0, which switches it off; got {value!r}."
        )


def _rank(scores, finished, count):
    """The `count` best slots, finished ones first, each kind by score."""
    # Both sorts are stable, so the second leaves the order of scores within a kind.
    _, by_score = ops.top_k(scores, scores.shape[-1])
    finished = ops.cast(gather(finished, by_score), "int32")
    _, finished_first = ops.top_k(finished, count)
    return gather(by_score, finished_first)


def _collect(alignments, slots):
    """The alignments of hypotheses that sat in `slots` when they were computed.

    alignments (target, batch, beam, source), slots (batch, n_best, target)
    -> (batch, n_best, target, source)
    """
    target, batch, beam, source = ops.shape(alignments)
    n_best = slots.shape[1]
    alignments = ops.reshape(
        ops.transpose(alignments, (1, 0, 2, 3)), (batch, target * beam, source)
    )
    rows = slots + np.arange(0, target * beam, beam, dtype="int32")
    rows = gather(alignments, ops.reshape(rows, (-1, n_best * target)))
    return ops.reshape(rows, (batch, n_best, target, source))
