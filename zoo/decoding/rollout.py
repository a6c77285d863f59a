from keras import ops

from zoo.decoding.contract import (
    batch_size,
    measure,
    sentence_limits,
    source_length,
    spread_state,
    within,
    write,
)


def rollout(
    step,
    choose,
    state,
    memory,
    *,
    slots,
    start_token_id,
    end_token_id,
    pad_token_id,
    max_length,
    limits,
    return_alignments,
):
    """Extends every slot by the one token `choose` picks, until all have ended.

    `choose(logits, position)` returns tokens and their log-probabilities, (batch,
    beam) each, for logits (batch, beam, vocabulary). Slots never trade places.
    Returns the result of a search (see `zoo.decoding.contract`), its hypotheses in
    slot order and scored by log-probability.
    """
    batch = batch_size(state, memory)
    limits = sentence_limits(limits, batch, max_length)
    carry = {
        "position": ops.zeros((), dtype="int32"),
        "tokens": ops.full((batch, slots), start_token_id, dtype="int32"),
        "state": spread_state(state, batch, slots),
        "log_probabilities": ops.zeros((batch, slots), dtype="float32"),
        "frozen": ops.zeros((batch, slots), dtype="bool"),
        "token_ids": ops.full((batch, slots, max_length), pad_token_id, dtype="int32"),
    }
    if return_alignments:
        source = source_length(step, carry["tokens"], carry["state"], memory)
        # Target leads, so that a step writes one contiguous block.
        carry["alignments"] = ops.zeros(
            (max_length, batch, slots, source), dtype="float32"
        )

    def unfinished(carry):
        return ops.logical_not(ops.all(carry["frozen"]))

    def extend(carry):
        position, frozen = carry["position"], carry["frozen"]
        logits, state, alignment = step(carry["tokens"], carry["state"], memory)
        tokens, log_probabilities = choose(logits, position)
        tokens = ops.where(frozen, pad_token_id, tokens)
        extended = {
            "position": position + 1,
            "tokens": tokens,
            "state": state,
            "log_probabilities": carry["log_probabilities"]
            + ops.where(frozen, 0.0, log_probabilities),
            "frozen": frozen | (tokens == end_token_id) | (position + 1 >= limits),
            "token_ids": write(carry["token_ids"], position, tokens, axis=2),
        }
        if return_alignments:
            alignment = ops.cast(alignment, "float32")
            extended["alignments"] = write(
                carry["alignments"], position, alignment, axis=0
            )
        return extended

    carry = ops.while_loop(unfinished, extend, carry)
    lengths, finished = measure(carry["token_ids"], end_token_id, limits)
    result = {
        "token_ids": carry["token_ids"],
        "lengths": lengths,
        "log_probabilities": carry["log_probabilities"],
        "scores": carry["log_probabilities"],
        "finished": finished,
    }
    if return_alignments:
        rows = ops.expand_dims(within(lengths, max_length), -1)
        alignments = ops.transpose(carry["alignments"], (1, 2, 0, 3))
        result["alignments"] = ops.where(rows, alignments, 0.0)
    return result
