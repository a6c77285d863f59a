"""The start/step contract, as the searches see it.

    memory, state            = model.start(inputs)
    logits, state, alignment = model.step(tokens, state, memory)

`step` is a pure function of its arguments:

- tokens (batch, beam), int32: the token each hypothesis produced last;
- state: nested structure, leaves (batch, beam, ...), what a hypothesis carries along.
  A search is given it with a beam axis of 1, spreads it over its slots, and reorders
  it;
- memory: nested structure, leaves (batch, ...), fixed for a source, never tiled over
  the beam nor gathered;
- logits (batch, beam, vocabulary), of any float type: computed on in float32;
- alignment (batch, beam, source): what the step attended to; may be None as long as
  nobody asks for alignments or a coverage penalty.

Every search is one `keras.ops.while_loop` over buffers of fixed size, so that it runs
eagerly, under `tf.function` (also with unknown batch and source lengths) and under
`jax.jit`; greedy and beam search run as built-in LiteRT operators too, for which
nobody draws random numbers. What a search returns:

- token_ids (batch, n_best, max_length), int32: each hypothesis with its end token,
  padded with `pad_token_id`;
- lengths (batch, n_best), int32: tokens in each, the end token counted;
- log_probabilities, scores (batch, n_best), float32: the sum over exactly those
  tokens, and what the search ranks by;
- finished (batch, n_best), bool: False where the limit cut the hypothesis off;
- alignments (batch, n_best, max_length, source), float32: if asked for, a row a
  token, zeros after the last.
"""

from numbers import Integral

import keras
from keras import ops


def check_integer(name, value, minimum):
    if not isinstance(value, Integral) or value < minimum:
        raise ValueError(
            f"`{name}` must be an integer of at least {minimum}, got {value!r}."
        )


def check_tokens(start_token_id, end_token_id, pad_token_id, max_length):
    check_integer("start_token_id", start_token_id, 0)
    check_integer("end_token_id", end_token_id, 0)
    check_integer("pad_token_id", pad_token_id, 0)
    check_integer("max_length", max_length, 1)
    if end_token_id == pad_token_id:
        raise ValueError(
            "`end_token_id` and `pad_token_id` must differ, or no search can tell "
            f"a finished hypothesis from a padded one; both are {end_token_id}."
        )


def batch_size(state, memory):
    """The batch axis: a Python integer where it is static, else a tensor."""
    leaves = keras.tree.flatten((state, memory))
    leaves = [leaf for leaf in leaves if leaf is not None]
    if not leaves:
        raise ValueError(
            "`state` and `memory` hold no tensor, so the batch size is unknown. "
            "Put what the model knows of its source into `memory`."
        )
    return ops.shape(leaves[0])[0]


def sentence_limits(limits, batch, max_length):
    """Each sentence's longest output, (batch, 1), between 1 and `max_length`."""
    if limits is None:
        return ops.full((batch, 1), max_length, dtype="int32")
    limits = ops.cast(ops.convert_to_tensor(limits), "int32")
    if len(limits.shape) != 1:
        raise ValueError(
            "`limits` must be one length for each sentence, shaped (batch,). "
            f"Received shape {tuple(limits.shape)}."
        )
    return ops.reshape(ops.clip(limits, 1, max_length), (batch, 1))


def spread_state(state, batch, slots):
    """Copies a state with a beam axis of 1 into every slot."""

    def spread(leaf):
        leaf = ops.convert_to_tensor(leaf)
        if len(leaf.shape) < 2 or leaf.shape[1] not in (1, None):
            raise ValueError(
                "A search starts from one hypothesis per sentence: the leaves of "
                "`state` must be shaped (batch, 1, ...). Received a leaf of shape "
                f"{tuple(leaf.shape)}. Pass `state` as `start` returns it; the "
                "search itself spreads it over the beam."
            )
        return ops.broadcast_to(leaf, (batch, slots, *ops.shape(leaf)[2:]))

    return keras.tree.map_structure(spread, state)


def source_length(step, tokens, state, memory):
    """The source axis of the alignments, for buffers made before the first step.

    Only the shape of this one step is used: a graph prunes the rest of it, all of it
    where the shape is static.
    """
    alignment = step(tokens, state, memory)[2]
    if alignment is None:
        raise ValueError(
            "`step` returned None for its alignment, so there are no alignments to "
            "return or to count coverage with. Call the search without "
            "`return_alignments` and `coverage_penalty`."
        )
    return ops.shape(alignment)[-1]


def gather(values, index):
    """values (batch, beam, ...), index (batch, count) -> (batch, count, ...)."""
    batch, beam, *rest = ops.shape(values)
    offsets = ops.expand_dims(ops.arange(batch, dtype="int32") * beam, 1)
    return ops.take(ops.reshape(values, (-1, *rest)), index + offsets, axis=0)


def write(buffer, position, values, axis):
    """`buffer` with `values` at `position` of `axis`.

    Not `keras.ops.slice_update`: TensorFlow compiles that anew, for some 20 ms, at
    every size of batch and source it meets.
    """
    here = ops.arange(buffer.shape[axis], dtype="int32") == position
    shape = [1] * len(buffer.shape)
    shape[axis] = -1
    return ops.where(ops.reshape(here, shape), ops.expand_dims(values, axis), buffer)


def measure(token_ids, end_token_id, limits):
    """Lengths and finished (batch, beam) of token_ids (batch, beam, target).

    A hypothesis has one end token at most; one without was cut off at its limit.
    """
    positions = ops.arange(1, token_ids.shape[-1] + 1, dtype="int32")
    ends = ops.max(ops.where(token_ids == end_token_id, positions, 0), axis=-1)
    finished = ends > 0
    return ops.where(finished, ends, limits), finished


def within(lengths, max_length):
    """(batch, beam) -> (batch, beam, max_length), True at a hypothesis's tokens."""
    return ops.arange(max_length, dtype="int32") < ops.expand_dims(lengths, -1)
