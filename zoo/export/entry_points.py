"""A model's functions of tensors, as a LiteRT file offers them."""

import keras
import tensorflow as tf
from keras import ops, tree


def entry_points(model, source, search):
    """Traces `translate`, `encode` and `step`: see `zoo.export.litert.write_litert`.

    They read the weights as constants, since variables that a `while_loop` captures
    convert to operators that fail when they run.

    Args:
        model: a model that keeps the start/step contract, with its preprocessor.
        source: size of the source axis.
        search: dict of arguments of the model's `search`.

    Returns:
        A dict from the names to concrete functions.
    """
    constants = [(weight, tf.constant(weight.numpy())) for weight in model.weights]
    beam = search["beam_size"]
    dtypes = {}

    def trace(function, **shapes):
        def stateless(**tensors):
            with keras.StatelessScope(state_mapping=constants):
                return function(**tensors)

        return tf.function(stateless).get_concrete_function(
            **{
                name: tf.TensorSpec(shape, dtype, name=name)
                for name, (shape, dtype) in shapes.items()
            }
        )

    def inputs(token_ids):
        pad = model.preprocessor.tokenizer.pad_token_id
        return {
            "encoder_token_ids": token_ids,
            "encoder_padding_mask": ops.not_equal(token_ids, pad),
        }

    def translate(token_ids):
        found = model.search(
            inputs(token_ids), return_alignments=True, bounded=True, **search
        )
        # Whether the end was found shows in the last token.
        del found["finished"]
        return found

    def encode(token_ids):
        chosen = inputs(token_ids)
        memory, state = model.start(chosen, bounded=True)
        state = tree.map_structure(
            lambda x: ops.broadcast_to(x, (1, beam, *x.shape[2:])), state
        )
        dtypes.update(memory=_dtypes(memory), state=_dtypes(state))
        return {
            "limit": model.output_limits(chosen, search["max_length"]),
            **_named("memory", memory),
            **_named("state", state),
        }

    def step(tokens, **parts):
        memory, state = (
            _restored(name, dtypes[name], parts) for name in ("memory", "state")
        )
        logits, state, alignment = model.step(tokens, state, memory)
        return {"logits": logits, "alignment": alignment, **_named("state", state)}

    source_shape = (1, source), "int32"
    functions = {
        "translate": trace(translate, token_ids=source_shape),
        "encode": trace(encode, token_ids=source_shape),
    }
    parts = {
        name: (part.shape, part.dtype)
        for name, part in functions["encode"].structured_outputs.items()
        if name != "limit"
    }
    functions["step"] = trace(step, tokens=((1, beam), "int32"), **parts)
    return functions


def _dtypes(structure):
    return tree.map_structure(
        lambda leaf: keras.backend.standardize_dtype(leaf.dtype), structure
    )


def _names(prefix, structure):
    return [
        "_".join(map(str, (prefix, *path)))
        for path, _ in tree.flatten_with_path(structure)
    ]


def _named(prefix, structure):
    """A nested structure's leaves by name; bool ones as int32, which all hosts have."""
    return {
        name: ops.cast(leaf, "int32") if dtype == "bool" else leaf
        for name, leaf, dtype in zip(
            _names(prefix, structure),
            tree.flatten(structure),
            tree.flatten(_dtypes(structure)),
            strict=True,
        )
    }


def _restored(prefix, dtypes, parts):
    """The nested structure whose leaves `_named` gave."""
    leaves = [
        ops.cast(parts[name], dtype)
        for name, dtype in zip(
            _names(prefix, dtypes), tree.flatten(dtypes), strict=True
        )
    ]
    return tree.pack_sequence_as(dtypes, leaves)
